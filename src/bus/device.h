/* SPDX-License-Identifier: MIT */
/* A device on the bus: a table of registers over an opaque state. The table is what dispatch,
 * reference pages, access tests and fuzz seeds are made from. */
#ifndef MICROVM_BUS_DEVICE_H
#define MICROVM_BUS_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/state.h"

/* One register, or an array of `count` registers `stride` bytes apart; index counts within the
 * array, and the arrays of two rows may interleave.
 *
 * Registers lie naturally aligned. size is the register's width in bytes; narrowest and widest are
 * the smallest and largest access served, 0 for exactly size. A narrower access is naturally
 * aligned within the register: a read gives that part, a write merges it into the register's
 * present value. A wider access starts at the register: a read is zero-extended, a write truncated.
 *
 * read or write may be NULL: reads give 0, writes are ignored. peek gives the value without the
 * side effects that read has, and is NULL if read has none; debuggers and the merging of narrow
 * writes use it. */
struct reg {
    const char *name;
    uint32_t offset;
    uint8_t size;
    uint8_t narrowest;
    uint8_t widest;
    uint32_t count; /* 0 counts as 1 */
    uint32_t stride;
    uint64_t (*read)(void *state, uint32_t index);
    void (*write)(void *state, uint32_t index, uint64_t value);
    uint64_t (*peek)(void *state, uint32_t index);
    const char *meaning;
};

#define REG_END                                                                                                        \
    {                                                                                                                  \
        .name = NULL                                                                                                   \
    }

/* A device without a table: it is handed each access as it is. False: nothing answers there. */
struct device_calls {
    bool (*read)(void *state, uint64_t offset, unsigned size, uint64_t *value);
    bool (*write)(void *state, uint64_t offset, unsigned size, uint64_t value);
};

struct device {
    const char *name;
    void *state;
    const struct reg *regs;           /* with calls: empty */
    const struct device_calls *calls; /* NULL: the table serves */
    void (*reset)(void *state);
    const struct state_table *saved; /* what of state must be kept */
    const struct state_part *behind; /* what else has state and is reached by the registers, or NULL */
};

/* Access by the table; size is 1, 2, 4 or 8 and offset a multiple of it. False: no register there
 * accepts this offset and size (an access fault). peek changes nothing in the device. */
bool device_read(const struct device *dev, uint64_t offset, unsigned size, uint64_t *value);
bool device_write(const struct device *dev, uint64_t offset, unsigned size, uint64_t value);
bool device_peek(const struct device *dev, uint64_t offset, unsigned size, uint64_t *value);

/* The row that covers the byte at offset, and the index within its array; NULL: none. */
const struct reg *device_register(const struct device *dev, uint64_t offset, uint32_t *index);

#endif
