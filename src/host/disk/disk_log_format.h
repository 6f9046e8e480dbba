/* SPDX-License-Identifier: MIT */
/* The bytes of a disk log (docs/disk-log.md), and its reader. */
#ifndef MICROVM_HOST_DISK_DISK_LOG_FORMAT_H
#define MICROVM_HOST_DISK_DISK_LOG_FORMAT_H

#include <stddef.h>

#include "host/disk/disk_log.h"

struct disk_log_record {
    enum disk_log_kind kind;
    unsigned disk;
    uint64_t offset, length; /* bytes */
    const uint8_t *data;     /* length bytes of WRITE and DISK; NULL of the others */
};

void disk_log_file_header(uint8_t bytes[DISK_LOG_HEADER_BYTES]);
void disk_log_encode(const struct disk_log_record *record, uint8_t bytes[DISK_LOG_RECORD_BYTES]);

/* A log in memory; bytes are borrowed. */
struct disk_log_reader {
    const uint8_t *bytes;
    size_t size, next;
};

/* False: this is no disk log, or one of another version. */
bool disk_log_read_begin(struct disk_log_reader *reader, const uint8_t *bytes, size_t size, struct error *err);

/* The next record, whose data points into the log. False: the log ends here, or what follows is not whole. */
bool disk_log_read(struct disk_log_reader *reader, struct disk_log_record *record);

#endif
