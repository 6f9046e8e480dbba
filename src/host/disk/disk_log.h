/* SPDX-License-Identifier: MIT */
/* The log of what a run did to its disks, from which the states can be computed that a loss of power could have left. One
 * file for all disks of a machine, in the one order in which the calls succeeded; docs/disk-log.md has the format. */
#ifndef MICROVM_HOST_DISK_DISK_LOG_H
#define MICROVM_HOST_DISK_DISK_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "host/disk/disk_calls.h"

/* Disks in one log. */
#define DISK_LOG_DISKS 64u
#define DISK_LOG_HEADER_BYTES 16u
#define DISK_LOG_RECORD_BYTES 32u

enum disk_log_kind {
    DISK_LOG_DISK = 1, /* offset: the file's size in bytes, 0 if it grows; the data is its name */
    DISK_LOG_WRITE,    /* the data went to offset */
    DISK_LOG_ZEROES,   /* length bytes from offset became zeros, or were discarded */
    DISK_LOG_STABLE,   /* all that was written to the disk before survives a loss of power */
    DISK_LOG_END       /* the machine ended in order */
};

struct disk_log;

/* Makes the file, or empties it. NULL: err says why. */
struct disk_log *disk_log_create(const char *path, struct error *err);

/* The calls for one more disk's file, of so many bytes (0: it grows): those of the host, with each success recorded. They are valid until disk_log_close. False:
 * err says why. */
bool disk_log_add(struct disk_log *log, const char *disk, uint64_t size_bytes, struct disk_calls *calls,
                  struct error *err);

/* True, once, with a line for the user: the log could not be written any more, and ends where it does. The disks go on. */
bool disk_log_take_warning(struct disk_log *log, struct error *warning);

/* Ends the log. All disks are closed. False: it is not whole. Accepts NULL. */
bool disk_log_close(struct disk_log *log, struct error *err);

#endif
