/* SPDX-License-Identifier: MIT */
#include "host/disk/disk_io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "host/disk/disk_zeroes.h"

/* What a call says that has failed, or has moved nothing. */
static int error_of(ssize_t count)
{
    return count < 0 && errno != 0 ? errno : EIO;
}

static ssize_t read_some(struct disk_io *io, uint8_t *bytes, size_t count, uint64_t offset)
{
    const struct disk_calls *calls = &io->calls;
    if (!io->at_hand)
        return calls->read_at(calls->owner, io->fd, bytes, count, (off_t)offset);
    if (calls->read_at_hand != NULL)
        return calls->read_at_hand(calls->owner, io->fd, bytes, count, (off_t)offset);
    errno = EAGAIN;
    return -1;
}

/* *moved: how many bytes there are before the file's end or the error. */
static int read_part(struct disk_io *io, uint8_t *bytes, size_t count, uint64_t offset, size_t *moved)
{
    for (*moved = 0; *moved < count;) {
        ssize_t got = read_some(io, bytes + *moved, count - *moved, offset + *moved);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? error_of(got) : 0;
        *moved += (size_t)got;
    }
    return 0;
}

int disk_io_read(struct disk_io *io, void *bytes, size_t count, uint64_t offset)
{
    size_t moved;
    int error = read_part(io, bytes, count, offset, &moved);
    return error == 0 && moved < count ? EIO : error;
}

int disk_io_read_padded(struct disk_io *io, void *bytes, size_t count, uint64_t offset)
{
    size_t moved;
    int error = read_part(io, bytes, count, offset, &moved);
    memset((uint8_t *)bytes + moved, 0, count - moved);
    return error;
}

int disk_io_write(struct disk_io *io, const void *bytes, size_t count, uint64_t offset)
{
    io->dirty = true;
    for (size_t moved = 0; moved < count;) {
        ssize_t put = io->calls.write_at(io->calls.owner, io->fd, (const uint8_t *)bytes + moved, count - moved,
                                         (off_t)(offset + moved));
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return error_of(put);
        moved += (size_t)put;
    }
    return 0;
}

int disk_io_sync(struct disk_io *io)
{
    if (io->sync_error != 0 || !io->dirty || io->unsynced)
        return io->sync_error;
    int result;
    do {
        errno = 0;
        result = io->calls.sync_data(io->calls.owner, io->fd);
    } while (result != 0 && errno == EINTR);
    if (result != 0)
        io->sync_error = error_of(result);
    io->dirty = result != 0;
    return io->sync_error;
}

static int allocate(struct disk_io *io, int mode, uint64_t offset, uint64_t length)
{
    int result;
    io->dirty = true;
    do {
        errno = 0;
        result = io->calls.allocate(io->calls.owner, io->fd, mode | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)length);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : error_of(result);
}

/* The file system or the block device lacks the operation, or lacks it at this alignment. */
static bool cannot_allocate(int error)
{
    return error == EOPNOTSUPP || error == ENOSYS || error == EINVAL;
}

int disk_io_discard(struct disk_io *io, uint64_t offset, uint64_t length)
{
    int error = allocate(io, FALLOC_FL_PUNCH_HOLE, offset, length);
    return cannot_allocate(error) ? 0 : error;
}

static int write_bytes(void *io, const void *bytes, size_t count, uint64_t offset)
{
    return disk_io_write(io, bytes, count, offset);
}

int disk_io_zero(struct disk_io *io, uint64_t offset, uint64_t length, bool hole)
{
    int error = EOPNOTSUPP;
    if (hole)
        error = allocate(io, FALLOC_FL_PUNCH_HOLE, offset, length);
    if (cannot_allocate(error))
        error = allocate(io, FALLOC_FL_ZERO_RANGE, offset, length);
    return cannot_allocate(error) ? disk_zeroes_write(write_bytes, io, offset, length) : error;
}
