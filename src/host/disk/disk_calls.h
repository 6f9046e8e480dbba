/* SPDX-License-Identifier: MIT */
/* The calls by which a disk reaches its file. A table, so that tests can let any of them fail and fuzz targets keep their
 * disk in memory. Owns nothing. */
#ifndef MICROVM_HOST_DISK_DISK_CALLS_H
#define MICROVM_HOST_DISK_DISK_CALLS_H

#include <sys/types.h>

/* As the system calls: -1 and errno on failure. Called from the disk's thread, or from the machine's while that one rests. */
struct disk_calls {
    void *owner;
    ssize_t (*read_at)(void *owner, int fd, void *bytes, size_t count, off_t offset);
    ssize_t (*write_at)(void *owner, int fd, const void *bytes, size_t count, off_t offset);
    int (*sync_data)(void *owner, int fd);
    int (*allocate)(void *owner, int fd, int mode, off_t offset, off_t length);
    /* Of what the host has in memory alone; less, or EAGAIN, where it would wait for a disk. NULL: nobody knows. */
    ssize_t (*read_at_hand)(void *owner, int fd, void *bytes, size_t count, off_t offset);
};

/* pread, pwrite, fdatasync, fallocate, preadv2. */
const struct disk_calls *disk_calls_host(void);

#endif
