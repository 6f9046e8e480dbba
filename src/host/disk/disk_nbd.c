/* SPDX-License-Identifier: MIT */
#include "host/disk/disk_nbd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/disk/disk_zeroes.h"
#include "host/disk/nbd_link.h"

/* The longest that every server takes. */
#define PIECE_BYTES (UINT64_C(32) << 20)
/* How long a server that was there may be away before a request fails. */
#define TRIES 50
#define BETWEEN_TRIES_NS 100000000

struct nbd {
    struct nbd_library library;
    struct nbd_link link;
    struct nbd_export export;
    char *uri;
    bool unsynced; /* DISK_CACHE_UNSAFE */
    bool dirty;    /* the server has said that something is written, and not yet that it is stable */
    bool lost;     /* it was gone while that was so, or could not make it stable */
    bool away;     /* the server was not there the last time */
};

static bool check_size(const struct disk_options *options, uint64_t size_bytes, struct error *err)
{
    if (size_bytes == 0)
        return error_set(err, "disk '%.200s': the export is empty", options->path);
    return size_bytes % DISK_SECTOR_BYTES == 0 ||
           error_set(err, "disk '%.200s': the export has %llu bytes, which is no multiple of %u", options->path,
                     (unsigned long long)size_bytes, DISK_SECTOR_BYTES);
}

static void destroy(struct nbd *n)
{
    nbd_link_close(&n->link);
    nbd_library_close(&n->library);
    free(n->uri);
    free(n);
}

static bool nbd_image_open(const struct disk_options *options, struct disk_image *image, struct error *err)
{
    struct nbd *n = calloc(1, sizeof *n);
    char *uri = strdup(options->path);
    if (n == NULL || uri == NULL) {
        free(n);
        free(uri);
        return error_set(err, "out of memory");
    }
    *n = (struct nbd){.uri = uri, .unsynced = options->cache == DISK_CACHE_UNSAFE};
    n->link.library = &n->library;
    if (!nbd_library_open(&n->library, err) || !nbd_link_open(&n->link, uri, &n->export, err) ||
        !check_size(options, n->export.size_bytes, err)) {
        destroy(n);
        return false;
    }
    *image = (struct disk_image){&disk_nbd, n, n->export.size_bytes, options->read_only || n->export.read_only};
    return true;
}

/* The same disk, as far as that can be told. */
static bool reconnect_once(struct nbd *n)
{
    struct nbd_export export;
    if (!nbd_link_open(&n->link, n->uri, &export, NULL))
        return false;
    if (export.size_bytes == n->export.size_bytes && export.read_only == n->export.read_only) {
        n->export = export;
        return true;
    }
    nbd_link_close(&n->link);
    return false;
}

/* Waits for a server that was there before; of one that has stayed away longer it only sees whether it is back. */
static bool reconnect(struct nbd *n)
{
    const struct timespec between = {.tv_nsec = BETWEEN_TRIES_NS};
    bool there = reconnect_once(n);
    for (unsigned i = 1; i < TRIES && !there && !n->away; i++) {
        nanosleep(&between, NULL);
        there = reconnect_once(n);
    }
    n->away = !there;
    return there;
}

/* Once more on another connection if the first one breaks. */
static int run(struct nbd *n, const struct nbd_command *command)
{
    for (unsigned attempt = 0; attempt < 2; attempt++) {
        if (n->link.handle == NULL && !reconnect(n))
            return EIO;
        int error = nbd_link_run(&n->link, command);
        if (n->link.handle != NULL)
            return error;
        n->lost |= n->dirty;
    }
    return EIO;
}

static int run_pieces(struct nbd *n, struct nbd_command command)
{
    int error = 0;
    for (uint64_t left = command.count; left > 0 && error == 0;) {
        command.count = left < PIECE_BYTES ? left : PIECE_BYTES;
        error = run(n, &command);
        command.offset += command.count;
        command.bytes = command.bytes != NULL ? (uint8_t *)command.bytes + command.count : NULL;
        left -= command.count;
        n->dirty |= error == 0 && command.verb != NBD_READ && command.verb != NBD_WRITE_STABLE;
    }
    return error;
}

static int nbd_image_read(void *state, void *bytes, size_t count, uint64_t offset)
{
    return run_pieces(state, (struct nbd_command){NBD_READ, bytes, count, offset});
}

static int nbd_image_write(void *state, const void *bytes, size_t count, uint64_t offset)
{
    return run_pieces(state, (struct nbd_command){NBD_WRITE, (void *)(uintptr_t)bytes, count, offset});
}

/* A server without flushes keeps what it has said is written, or cannot be asked to. */
static int nbd_image_flush(void *state)
{
    struct nbd *n = state;
    const struct nbd_command command = {.verb = NBD_FLUSH};
    if (n->lost)
        return EIO;
    if (!n->dirty || n->unsynced || !n->export.can_flush)
        return 0;
    int error = run(n, &command);
    n->lost |= error != 0;
    n->dirty = false;
    return n->lost ? EIO : 0;
}

/* In one: a server that is gone between a write and its flush has lost nothing that anybody was told of. */
static int nbd_image_write_stable(void *state, const void *bytes, size_t count, uint64_t offset)
{
    struct nbd *n = state;
    if (n->export.can_fua && !n->unsynced && !n->lost)
        return run_pieces(n, (struct nbd_command){NBD_WRITE_STABLE, (void *)(uintptr_t)bytes, count, offset});
    int error = nbd_image_write(n, bytes, count, offset);
    return error == 0 ? nbd_image_flush(n) : error;
}

static bool nbd_image_is_lost(void *state)
{
    return ((const struct nbd *)state)->lost;
}

static int nbd_image_discard(void *state, uint64_t offset, uint64_t length)
{
    struct nbd *n = state;
    if (!n->export.can_trim)
        return 0;
    return run_pieces(n, (struct nbd_command){NBD_TRIM, NULL, length, offset});
}

static int nbd_image_write_zeroes(void *state, uint64_t offset, uint64_t length, bool may_unmap)
{
    struct nbd *n = state;
    if (!n->export.can_zero)
        return disk_zeroes_write(nbd_image_write, n, offset, length);
    return run_pieces(n, (struct nbd_command){may_unmap ? NBD_ZERO : NBD_ZERO_KEPT, NULL, length, offset});
}

static int nbd_image_finish(void *state)
{
    struct nbd *n = state;
    int error = nbd_image_flush(n);
    destroy(n);
    return error;
}

const struct disk_format disk_nbd = {
    .name = "nbd",
    .open = nbd_image_open,
    .read = nbd_image_read,
    .write = nbd_image_write,
    .write_stable = nbd_image_write_stable,
    .flush = nbd_image_flush,
    .is_lost = nbd_image_is_lost,
    .discard = nbd_image_discard,
    .write_zeroes = nbd_image_write_zeroes,
    .close = nbd_image_finish,
};
