/* SPDX-License-Identifier: MIT */
/* The binary form of a trace: a file with a header and the newest records, in the byte order of the host that wrote it
 * (docs/tracing.md). It is written through a mapping, so it is whole even if the process is killed. */
#ifndef MICROVM_OBSERVE_TRACE_RING_H
#define MICROVM_OBSERVE_TRACE_RING_H

#include "base/error.h"
#include "observe/trace_record.h"

#define TRACE_RING_MAGIC "mvmtrace"
#define TRACE_RING_VERSION 1
#define TRACE_RING_BYTE_ORDER UINT32_C(0x01020304)
/* Kept unless told otherwise: 64 MiB. */
#define TRACE_RING_RECORDS (UINT64_C(1) << 20)
#define TRACE_RING_RECORDS_MAX (UINT64_C(1) << 32)

struct trace_ring_header {
    char magic[8];
    uint32_t byte_order;
    uint32_t version;
    uint32_t header_bytes;
    uint32_t record_bytes;
    uint64_t capacity; /* records that there is room for */
    uint64_t written;  /* all there were: the oldest that is there stands at written % capacity, if that many were */
    uint64_t reserved[3];
};

_Static_assert(sizeof(struct trace_ring_header) == 64, "it reaches files as it is");

/* A file's records, oldest first. */
struct trace_ring_reader {
    void *map;
    uint64_t bytes;
    const struct trace_record *records;
    uint64_t capacity, first, count; /* first: the oldest one's place */
    uint64_t lost;                   /* records that were written over */
};

bool trace_ring_open(const char *path, struct trace_ring_reader *reader, struct error *err);
const struct trace_record *trace_ring_at(const struct trace_ring_reader *reader, uint64_t n);
void trace_ring_close(struct trace_ring_reader *reader);

#endif
