/* SPDX-License-Identifier: MIT */
/* A file of a disk, through its table of calls: whole reads and writes, and syncs that do not forget. Owns nothing; the
 * descriptor is its user's. Functions that return int give errno, 0: done. */
#ifndef MICROVM_HOST_DISK_DISK_IO_H
#define MICROVM_HOST_DISK_DISK_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/disk/disk_calls.h"

struct disk_io {
    struct disk_calls calls;
    int fd;
    bool at_hand;  /* reads never wait for the host: what would is EAGAIN */
    bool unsynced; /* DISK_CACHE_UNSAFE: stable when the host pleases */
    bool dirty;    /* written since the last good sync */
    int sync_error; /* of the first sync that failed: what was written before it may be lost, so no sync can succeed again */
};

/* All of it. A file that ends before is an error (EIO), never made-up data. */
int disk_io_read(struct disk_io *io, void *bytes, size_t count, uint64_t offset);
/* As many bytes as there are, zeros behind the file's end. */
int disk_io_read_padded(struct disk_io *io, void *bytes, size_t count, uint64_t offset);
int disk_io_write(struct disk_io *io, const void *bytes, size_t count, uint64_t offset);

int disk_io_sync(struct disk_io *io);

/* Makes a hole, or ignores that there can be none. */
int disk_io_discard(struct disk_io *io, uint64_t offset, uint64_t length);
/* Zeros, as a hole if that may be, by the host's own means if there are any. */
int disk_io_zero(struct disk_io *io, uint64_t offset, uint64_t length, bool hole);

#endif
