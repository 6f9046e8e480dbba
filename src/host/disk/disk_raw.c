/* SPDX-License-Identifier: MIT */
/* A raw image: the guest's bytes are the file's. */
#include "host/disk/disk_raw.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/disk/disk_io.h"

struct raw {
    struct disk_io io;
    uint64_t size_bytes;
};

bool disk_raw_image(const struct disk_file *file, const struct disk_calls *calls, enum disk_cache cache,
                    struct disk_image *image, struct error *err)
{
    struct raw *raw = calloc(1, sizeof *raw);
    if (raw == NULL)
        return error_set(err, "out of memory");
    raw->io = (struct disk_io){.calls = *calls, .fd = file->fd, .unsynced = cache == DISK_CACHE_UNSAFE};
    raw->size_bytes = file->size_bytes;
    *image = (struct disk_image){&disk_raw, raw, file->size_bytes, file->read_only};
    return true;
}

static bool raw_open(const struct disk_options *options, struct disk_image *image, struct error *err)
{
    struct disk_file file;
    if (!disk_file_open(options, &file, err))
        return false;
    if (disk_file_check_size(options, file.size_bytes, err) &&
        disk_raw_image(&file, disk_calls_host(), options->cache, image, err))
        return true;
    disk_file_close(&file);
    return false;
}

static bool raw_start(void *state, const struct disk_calls *calls, struct error *err)
{
    struct raw *raw = state;
    (void)err;
    raw->io.calls = *calls;
    return true;
}

static int raw_read(void *state, void *bytes, size_t count, uint64_t offset)
{
    struct raw *raw = state;
    return disk_io_read(&raw->io, bytes, count, offset);
}

static int raw_read_at_hand(void *state, void *bytes, size_t count, uint64_t offset)
{
    struct raw *raw = state;
    raw->io.at_hand = true;
    int error = raw_read(state, bytes, count, offset);
    raw->io.at_hand = false;
    return error;
}

static int raw_write(void *state, const void *bytes, size_t count, uint64_t offset)
{
    struct raw *raw = state;
    return disk_io_write(&raw->io, bytes, count, offset);
}

static int raw_flush(void *state)
{
    struct raw *raw = state;
    return disk_io_sync(&raw->io);
}

static bool raw_is_lost(void *state)
{
    const struct raw *raw = state;
    return raw->io.sync_error != 0;
}

static int raw_discard(void *state, uint64_t offset, uint64_t length)
{
    struct raw *raw = state;
    return disk_io_discard(&raw->io, offset, length);
}

static int raw_write_zeroes(void *state, uint64_t offset, uint64_t length, bool may_unmap)
{
    struct raw *raw = state;
    return disk_io_zero(&raw->io, offset, length, may_unmap);
}

/* Block devices and some file systems know of no holes. */
static uint64_t raw_next_data(void *state, uint64_t offset)
{
    const struct raw *raw = state;
    off_t data = lseek(raw->io.fd, (off_t)offset, SEEK_DATA);
    if (data < 0)
        return errno == ENXIO ? raw->size_bytes : offset;
    return (uint64_t)data;
}

static int raw_close(void *state)
{
    struct raw *raw = state;
    int error = disk_io_sync(&raw->io);
    if (raw->io.fd >= 0)
        close(raw->io.fd);
    free(raw);
    return error;
}

const struct disk_format disk_raw = {
    .name = "raw",
    .open = raw_open,
    .start = raw_start,
    .read = raw_read,
    .read_at_hand = raw_read_at_hand,
    .write = raw_write,
    .flush = raw_flush,
    .is_lost = raw_is_lost,
    .discard = raw_discard,
    .write_zeroes = raw_write_zeroes,
    .next_data = raw_next_data,
    .close = raw_close,
};
