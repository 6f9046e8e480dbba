/* SPDX-License-Identifier: MIT */
/* An image's life, and the row of the table of formats. */
#include "host/disk/qcow2.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/disk/disk_image.h"
#include "host/disk/qcow2_impl.h"

static void destroy(struct qcow2 *q)
{
    disk_image_close(&q->backing);
    qcow2_cache_destroy(&q->cache);
    free(q->l1.entries);
    free(q->reftable.entries);
    free(q->frees);
    free(q->unpacked);
    free(q->packed);
    free(q->scratch);
    if (q->io.fd >= 0)
        close(q->io.fd);
    free(q);
}

static bool load(struct qcow2 *q, const struct disk_options *options, const struct qcow2_chain *above,
                 struct error *err)
{
    struct qcow2_backing_name backing;
    struct qcow2_chain chain = {.above = above};
    struct stat info;
    if (fstat(q->io.fd, &info) == 0)
        chain = (struct qcow2_chain){above, info.st_dev, info.st_ino};
    if (!qcow2_header_read(q, &backing, err) || !disk_file_check_size(options, q->size_bytes, err) ||
        !qcow2_table_load(q, &q->l1, "L1 table", err) || !qcow2_table_load(q, &q->reftable, "refcount table", err))
        return false;
    q->frees = calloc(QCOW2_MAX_FREES, sizeof *q->frees);
    if (q->frees == NULL || !qcow2_cache_create(q))
        return error_set(err, "disk '%s': out of memory", q->path);
    return qcow2_backing_open(q, options, &backing, &chain, err);
}

bool qcow2_open_above(const struct disk_options *options, const struct qcow2_chain *above, struct disk_image *image,
                      struct error *err)
{
    struct disk_file file;
    if (!disk_file_open(options, &file, err))
        return false;
    struct qcow2 *q = calloc(1, sizeof *q);
    if (q == NULL) {
        disk_file_close(&file);
        return error_set(err, "disk '%s': out of memory", options->path);
    }
    q->io =
        (struct disk_io){.calls = *disk_calls_host(), .fd = file.fd, .unsynced = options->cache == DISK_CACHE_UNSAFE};
    q->file_end = file.size_bytes;
    q->read_only = file.read_only;
    strcpy(q->path, options->path);
    if (load(q, options, above, err)) {
        *image = (struct disk_image){&disk_qcow2, q, q->size_bytes, q->read_only};
        return true;
    }
    destroy(q);
    return false;
}

static bool qcow2_open(const struct disk_options *options, struct disk_image *image, struct error *err)
{
    return qcow2_open_above(options, NULL, image, err);
}

/* What an earlier user left: clusters that nothing uses, or counts that were never written; of version 2 nothing says that there
 * are none. */
static bool qcow2_start(void *state, const struct disk_calls *calls, struct error *err)
{
    struct qcow2 *q = state;
    q->io.calls = *calls;
    q->started = !q->read_only;
    if (q->read_only)
        return true;
    bool cleared = q->autoclear != 0 || q->bitmaps, counts = q->marked || q->version < 3 || cleared;
    int error = cleared ? qcow2_header_mark(q, true) : 0;
    if (error == 0 && cleared)
        error = qcow2_header_clear(q);
    if (error != 0)
        return error_set(err, "disk '%s': cannot write it: %s", q->path, strerror(error));
    return !counts || qcow2_repair(q, err);
}

static int qcow2_flush(void *state)
{
    struct qcow2 *q = state;
    return q->marked ? qcow2_commit(q) : disk_io_sync(&q->io);
}

static bool qcow2_is_lost(void *state)
{
    const struct qcow2 *q = state;
    return q->io.sync_error != 0;
}

/* In order: all is where it should be, and nobody has to look. */
static int finish(struct qcow2 *q)
{
    if (!q->marked || !q->started)
        return q->io.sync_error;
    int error = qcow2_commit(q);
    while (error == 0 && (q->free_count > 0 || q->cache.dirty_count[QCOW2_PAGE_REFCOUNT] > 0))
        error = qcow2_commit(q);
    return error == 0 && !q->disordered ? qcow2_header_mark(q, false) : error;
}

static int qcow2_close(void *state)
{
    int error = finish(state);
    destroy(state);
    return error;
}

const struct disk_format disk_qcow2 = {
    .name = "qcow2",
    .open = qcow2_open,
    .start = qcow2_start,
    .read = qcow2_read,
    .read_at_hand = qcow2_read_at_hand,
    .write = qcow2_write,
    .flush = qcow2_flush,
    .is_lost = qcow2_is_lost,
    .discard = qcow2_discard,
    .write_zeroes = qcow2_write_zeroes,
    .next_data = qcow2_next_data,
    .close = qcow2_close,
};
