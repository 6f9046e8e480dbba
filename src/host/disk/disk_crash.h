/* SPDX-License-Identifier: MIT */
/* The states that a loss of power could have left a logged disk in (host/disk/disk_log.h). */
#ifndef MICROVM_HOST_DISK_DISK_CRASH_H
#define MICROVM_HOST_DISK_DISK_CRASH_H

#include "host/disk/disk_log_format.h"

/* What is drawn for a record that is neither known to be stable nor beyond the crash; each physical block
 * (DISK_BLOCK_BYTES, which the guest is told) is written whole or not at all. */
struct disk_crash {
    unsigned disk;
    uint64_t cut;  /* the records before this one (from 0) had happened */
    uint64_t seed; /* of the draws */
    bool whole;    /* no draws: all that had happened is there, as after the end of the process alone */
    bool lie;      /* flushes count for nothing: the disk that the log's disk must not be */
};

struct disk_crash_calls {
    void *owner;
    /* data NULL: zeros. False: the end, and err is set. */
    bool (*write)(void *owner, uint64_t offset, uint64_t length, const uint8_t *data, struct error *err);
};

/* Applies to a copy of the disk as it was before the run, through calls->write, what the crash left of the records. False:
 * a record goes beyond the disk, the log does not have that disk, or write failed. */
bool disk_crash_apply(const struct disk_log_reader *log, const struct disk_crash *crash,
                      const struct disk_crash_calls *calls, struct error *err);

/* The number of whole records. */
uint64_t disk_log_count(const struct disk_log_reader *log);

#endif
