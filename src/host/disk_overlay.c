/* SPDX-License-Identifier: MIT */
#include "host/disk_overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bits.h"

#define BLOCK DISK_OVERLAY_BLOCK_BYTES

struct disk_overlay {
    int fd; /* what is changed, each block in its own place */
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

/* The bytes from offset on, of at most count, that are all in the overlay, or all in the image. */
static size_t run_length(const struct disk_overlay *o, uint64_t offset, size_t count)
{
    uint64_t limit = earlier(offset + count, o->size_bytes), end = align_down(offset, BLOCK) + BLOCK;
    while (end < limit && is_changed(o, end / BLOCK) == is_changed(o, offset / BLOCK))
        end += BLOCK;
    return (size_t)(earlier(end, limit) - offset);
}

static ssize_t read_at(void *owner, int fd, void *bytes, size_t count, off_t offset)
{
    const struct disk_overlay *o = owner;
    if ((uint64_t)offset >= o->size_bytes)
        return 0;
    bool changed = is_changed(o, (uint64_t)offset / BLOCK);
    return pread(changed ? o->fd : fd, bytes, run_length(o, (uint64_t)offset, count), offset);
}

/* As read(2) and write(2) until all is done; false: errno. */
static bool read_whole(int fd, uint8_t *bytes, size_t count, uint64_t offset)
{
    while (count > 0) {
        ssize_t got = pread(fd, bytes, count, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        errno = got == 0 ? EIO : errno;
        if (got <= 0)
            return false;
        bytes += got;
        offset += (uint64_t)got;
        count -= (size_t)got;
    }
    return true;
}

static bool write_whole(int fd, const uint8_t *bytes, size_t count, uint64_t offset)
{
    while (count > 0) {
        ssize_t put = pwrite(fd, bytes, count, (off_t)offset);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        bytes += put;
        offset += (uint64_t)put;
        count -= (size_t)put;
    }
    return true;
}

/* Part of a block: the rest of it comes from where the block has been up to now. */
static bool write_part(struct disk_overlay *o, int fd, const uint8_t *bytes, size_t count, uint64_t offset)
{
    uint8_t block[BLOCK] = {0};
    uint64_t first = align_down(offset, BLOCK);
    size_t length = (size_t)earlier(BLOCK, o->size_bytes - first);
    if (!read_whole(is_changed(o, first / BLOCK) ? o->fd : fd, block, length, first))
        return false;
    memcpy(block + (offset - first), bytes, count);
    return write_whole(o->fd, block, length, first);
}

/* Blocks count as changed once all of them is there. */
static ssize_t write_blocks(struct disk_overlay *o, const void *bytes, size_t count, uint64_t offset)
{
    ssize_t put = pwrite(o->fd, bytes, count, (off_t)offset);
    if (put < 0)
        return -1;
    put -= put % (ssize_t)BLOCK;
    for (uint64_t block = offset / BLOCK; block < (offset + (uint64_t)put) / BLOCK; block++)
        o->map[block / 8] |= (uint8_t)BIT(block % 8);
    errno = ENOSPC;
    return put > 0 ? put : -1;
}

static ssize_t write_at(void *owner, int fd, const void *bytes, size_t count, off_t offset)
{
    struct disk_overlay *o = owner;
    uint64_t at = (uint64_t)offset, first = align_down(at, BLOCK);
    if (at >= o->size_bytes)
        return 0;
    if (at == first && count >= BLOCK)
        return write_blocks(o, bytes, count - count % BLOCK, at);
    size_t piece = (size_t)earlier(earlier(first + BLOCK, o->size_bytes) - at, count);
    if (!write_part(o, fd, bytes, piece, at))
        return -1;
    o->map[first / BLOCK / 8] |= (uint8_t)BIT(first / BLOCK % 8);
    return (ssize_t)piece;
}

/* The file goes with the process. */
static int sync_data(void *owner, int fd)
{
    (void)owner, (void)fd;
    return 0;
}

/* Discards may be ignored, and zeros written one by one. */
static int allocate(void *owner, int fd, int mode, off_t offset, off_t length)
{
    (void)owner, (void)fd, (void)mode, (void)offset, (void)length;
    errno = EOPNOTSUPP;
    return -1;
}

/* On a disk if the host's folder for such files is on one, else in memory. */
static int nameless_file(void)
{
    const char *folder = getenv("TMPDIR");
    int fd = open(folder != NULL && folder[0] != '\0' ? folder : "/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return fd >= 0 ? fd : memfd_create("disk-overlay", MFD_CLOEXEC);
}

struct disk_overlay *disk_overlay_create(uint64_t size_bytes, struct disk_calls *calls, struct error *err)
{
    struct disk_overlay *o = calloc(1, sizeof *o);
    if (o == NULL)
        goto fail;
    o->fd = nameless_file();
    o->size_bytes = size_bytes;
    o->map_bytes = (size_t)((size_bytes + 8 * BLOCK - 1) / (8 * BLOCK));
    o->map = calloc(1, o->map_bytes);
    if (o->fd < 0 || o->map == NULL || ftruncate(o->fd, (off_t)size_bytes) != 0)
        goto fail;
    *calls = (struct disk_calls){o, read_at, write_at, sync_data, allocate};
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
    free(o->map);
    free(o);
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
    return read_whole(o->fd, bytes, count, offset) ||
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
    return write_whole(o->fd, bytes, count, offset) ||
           error_set(err, "cannot store what the guest has changed on a disk: %s", strerror(errno));
}
