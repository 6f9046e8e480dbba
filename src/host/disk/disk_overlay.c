/* SPDX-License-Identifier: MIT */
#include "host/disk/disk_overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/disk/disk_image.h"
#include "host/disk/disk_zeroes.h"
#include "host/file_calls.h"

#define BLOCK DISK_OVERLAY_BLOCK_BYTES

struct disk_overlay {
    int fd;                  /* what is changed, each block in its own place */
    struct disk_image under; /* without a format: a replay's, or closed */
    uint64_t size_bytes;
    size_t map_bytes;
    uint8_t *map;
};

static bool is_changed(const struct disk_overlay *o, uint64_t block)
{
    return (o->map[block / 8] >> (block % 8) & 1) != 0;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The bytes from offset on, of at most count, that are all in the overlay, or all in the image under it. */
static size_t run_length(const struct disk_overlay *o, uint64_t offset, size_t count)
{
    uint64_t limit = earlier(offset + count, o->size_bytes), end = align_down(offset, BLOCK) + BLOCK;
    while (end < limit && is_changed(o, end / BLOCK) == is_changed(o, offset / BLOCK))
        end += BLOCK;
    return (size_t)(earlier(end, limit) - offset);
}

static int read_run(struct disk_overlay *o, uint8_t *bytes, size_t count, uint64_t offset)
{
    if (is_changed(o, offset / BLOCK))
        return file_read_all(file_calls_host(), o->fd, bytes, count, offset) ? 0 : errno;
    return o->under.format->read(o->under.state, bytes, count, offset);
}

static int overlay_read(void *state, void *bytes, size_t count, uint64_t offset)
{
    struct disk_overlay *o = state;
    int error = 0;
    for (size_t moved = 0, run; moved < count && error == 0; moved += run) {
        run = run_length(o, offset + moved, count - moved);
        error = read_run(o, (uint8_t *)bytes + moved, run, offset + moved);
    }
    return error;
}

/* Of what nobody has changed. */
static int overlay_read_at_hand(void *state, void *bytes, size_t count, uint64_t offset)
{
    struct disk_overlay *o = state;
    bool apart = is_changed(o, offset / BLOCK) || run_length(o, offset, count) < count;
    return apart ? EAGAIN : disk_image_read_at_hand(&o->under, bytes, count, offset);
}

static void mark(struct disk_overlay *o, uint64_t first, uint64_t end)
{
    for (uint64_t block = first / BLOCK; block * BLOCK < end; block++)
        o->map[block / 8] |= (uint8_t)BIT(block % 8);
}

/* Part of a block: the rest of it comes from where the block has been up to now. Blocks count as changed once all of them
 * is there. */
static int write_part(struct disk_overlay *o, const uint8_t *bytes, size_t count, uint64_t offset)
{
    uint8_t block[BLOCK] = {0};
    uint64_t first = align_down(offset, BLOCK);
    size_t length = (size_t)earlier(BLOCK, o->size_bytes - first);
    int error = read_run(o, block, length, first);
    if (error != 0)
        return error;
    memcpy(block + (offset - first), bytes, count);
    if (!file_write_all(file_calls_host(), o->fd, block, length, first))
        return errno;
    mark(o, first, first + length);
    return 0;
}

static int write_blocks(struct disk_overlay *o, const uint8_t *bytes, size_t count, uint64_t offset)
{
    if (!file_write_all(file_calls_host(), o->fd, bytes, count, offset))
        return errno;
    mark(o, offset, offset + count);
    return 0;
}

static int overlay_write(void *state, const void *bytes, size_t count, uint64_t offset)
{
    struct disk_overlay *o = state;
    int error = 0;
    for (size_t moved = 0, run; moved < count && error == 0; moved += run) {
        uint64_t at = offset + moved, end = align_down(at, BLOCK) + BLOCK;
        bool whole = is_aligned(at, BLOCK) && count - moved >= BLOCK;
        run = whole ? (count - moved) - (count - moved) % BLOCK : (size_t)(earlier(end, offset + count) - at);
        error = whole ? write_blocks(o, (const uint8_t *)bytes + moved, run, at)
                      : write_part(o, (const uint8_t *)bytes + moved, run, at);
    }
    return error;
}

/* The file goes with the process. */
static int overlay_flush(void *state)
{
    (void)state;
    return 0;
}

static int overlay_discard(void *state, uint64_t offset, uint64_t length)
{
    (void)state, (void)offset, (void)length;
    return 0;
}

static int overlay_write_zeroes(void *state, uint64_t offset, uint64_t length, bool may_unmap)
{
    (void)may_unmap;
    return disk_zeroes_write(overlay_write, state, offset, length);
}

static bool overlay_start(void *state, const struct disk_calls *calls, struct error *err)
{
    struct disk_overlay *o = state;
    return o->under.format->start == NULL || o->under.format->start(o->under.state, calls, err);
}

static uint64_t overlay_next_data(void *state, uint64_t offset)
{
    struct disk_overlay *o = state;
    uint64_t changed = offset, end;
    if (o->under.format->next_data == NULL || is_changed(o, offset / BLOCK))
        return offset;
    if (!disk_overlay_next(o, &changed, &end))
        changed = o->size_bytes;
    return earlier(changed, o->under.format->next_data(o->under.state, offset));
}

/* What is changed is still there, for whoever has the overlay. */
static int overlay_close(void *state)
{
    struct disk_overlay *o = state;
    disk_image_close(&o->under);
    return 0;
}

static const struct disk_format overlaid = {
    .name = "overlay",
    .start = overlay_start,
    .read = overlay_read,
    .read_at_hand = overlay_read_at_hand,
    .write = overlay_write,
    .flush = overlay_flush,
    .discard = overlay_discard,
    .write_zeroes = overlay_write_zeroes,
    .next_data = overlay_next_data,
    .close = overlay_close,
};

/* On a disk if the host's folder for such files is on one, else in memory. */
static int nameless_file(void)
{
    const char *folder = getenv("TMPDIR");
    int fd = open(folder != NULL && folder[0] != '\0' ? folder : "/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return fd >= 0 ? fd : memfd_create("disk-overlay", MFD_CLOEXEC);
}

struct disk_overlay *disk_overlay_create(struct disk_image *image, struct error *err)
{
    struct disk_overlay *o = calloc(1, sizeof *o);
    if (o == NULL)
        goto fail;
    o->fd = nameless_file();
    o->size_bytes = image->size_bytes;
    o->map_bytes = (size_t)((o->size_bytes + 8 * BLOCK - 1) / (8 * BLOCK));
    o->map = calloc(1, o->map_bytes);
    if (o->fd < 0 || o->map == NULL || ftruncate(o->fd, (off_t)o->size_bytes) != 0)
        goto fail;
    o->under = *image;
    *image = (struct disk_image){o->under.format != NULL ? &overlaid : NULL, o, o->size_bytes, false};
    return o;
fail:
    error_set(err, "cannot make a file for what the guest changes on a disk: %s",
              strerror(o == NULL || o->map == NULL ? ENOMEM : errno));
    disk_overlay_destroy(o);
    return NULL;
}

void disk_overlay_destroy(struct disk_overlay *o)
{
    if (o == NULL)
        return;
    if (o->fd >= 0)
        close(o->fd);
    disk_image_close(&o->under);
    free(o->map);
    free(o);
}

const struct disk_image *disk_overlay_under(const struct disk_overlay *o)
{
    return &o->under;
}

const uint8_t *disk_overlay_map(const struct disk_overlay *o, size_t *bytes)
{
    *bytes = o->map_bytes;
    return o->map;
}

bool disk_overlay_next(const struct disk_overlay *o, uint64_t *first, uint64_t *end)
{
    uint64_t block = (*first + BLOCK - 1) / BLOCK, blocks = (o->size_bytes + BLOCK - 1) / BLOCK;
    while (block < blocks && !is_changed(o, block))
        block++;
    *first = block * BLOCK;
    bool found = block < blocks;
    while (block < blocks && is_changed(o, block))
        block++;
    *end = earlier(block * BLOCK, o->size_bytes);
    return found;
}

bool disk_overlay_read(const struct disk_overlay *o, uint64_t offset, void *bytes, size_t count, struct error *err)
{
    return file_read_all(file_calls_host(), o->fd, bytes, count, offset) ||
           error_set(err, "cannot read what the guest has changed on a disk: %s", strerror(errno));
}

bool disk_overlay_load_map(struct disk_overlay *o, const uint8_t *map, size_t bytes, struct error *err)
{
    uint64_t blocks = (o->size_bytes + BLOCK - 1) / BLOCK;
    bool fits = bytes == o->map_bytes && (blocks % 8 == 0 || map[bytes - 1] >> blocks % 8 == 0);
    if (!fits)
        return error_set(err, "the changed blocks are not those of a disk of %llu bytes",
                         (unsigned long long)o->size_bytes);
    memcpy(o->map, map, bytes);
    return true;
}

bool disk_overlay_load(struct disk_overlay *o, uint64_t offset, const void *bytes, size_t count, struct error *err)
{
    return file_write_all(file_calls_host(), o->fd, bytes, count, offset) ||
           error_set(err, "cannot store what the guest has changed on a disk: %s", strerror(errno));
}
