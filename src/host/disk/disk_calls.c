/* SPDX-License-Identifier: MIT */
#include "host/disk/disk_calls.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

static ssize_t host_read_at(void *owner, int fd, void *bytes, size_t count, off_t offset)
{
    (void)owner;
    return pread(fd, bytes, count, offset);
}

static ssize_t host_write_at(void *owner, int fd, const void *bytes, size_t count, off_t offset)
{
    (void)owner;
    return pwrite(fd, bytes, count, offset);
}

static ssize_t host_read_at_hand(void *owner, int fd, void *bytes, size_t count, off_t offset)
{
    struct iovec part = {bytes, count};
    (void)owner;
    return preadv2(fd, &part, 1, offset, RWF_NOWAIT);
}

static int host_sync_data(void *owner, int fd)
{
    (void)owner;
    return fdatasync(fd);
}

static int host_allocate(void *owner, int fd, int mode, off_t offset, off_t length)
{
    (void)owner;
    return fallocate(fd, mode, offset, length);
}

const struct disk_calls *disk_calls_host(void)
{
    static const struct disk_calls calls = {
        .read_at = host_read_at,
        .write_at = host_write_at,
        .sync_data = host_sync_data,
        .allocate = host_allocate,
        .read_at_hand = host_read_at_hand,
    };
    return &calls;
}
