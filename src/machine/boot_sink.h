/* SPDX-License-Identifier: MIT */
/* A growing piece of memory with a bound, that ends as the bytes of a boot_file. */
#ifndef MICROVM_MACHINE_BOOT_SINK_H
#define MICROVM_MACHINE_BOOT_SINK_H

#include "machine/boot_file.h"

/* The memory is a memfd's: it can be dropped from the resident set, and comes back, without being read again. */
struct boot_sink {
    uint8_t *bytes;
    uint64_t size;
    uint64_t reserved;
    const struct boot_file_limit *limit;
};

bool boot_sink_open(struct boot_sink *sink, const struct boot_file_limit *limit, struct error *err);

/* The first piece: enough to know what kind of file it is. */
#define BOOT_GLANCE_BYTES 4096

/* To be asked at the start and again with the first piece. False, with a message: a file of so many bytes in all (0:
 * unknown) is too large, or its first piece (if there is one) is not worth going on. */
bool boot_sink_promising(const struct boot_sink *sink, uint64_t bytes, struct error *err);

/* The room for the next bytes; 0 when the limit is reached. */
uint64_t boot_sink_room(const struct boot_sink *sink);

/* "is larger than ..." for a sink without room. */
bool boot_sink_overflow(const struct boot_sink *sink, struct error *err);

/* Gives the memory to file; the sink is then empty. */
void boot_sink_finish(struct boot_sink *sink, struct boot_file *file);

void boot_sink_discard(struct boot_sink *sink);

#endif
