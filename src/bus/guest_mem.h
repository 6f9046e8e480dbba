/* SPDX-License-Identifier: MIT */
/* The guest memory layer: the only way in which loaders and devices touch guest RAM. Every range is
 * checked; a range with any byte outside RAM is refused as a whole and touches nothing. */
#ifndef MICROVM_BUS_GUEST_MEM_H
#define MICROVM_BUS_GUEST_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mmu/ram.h"

/* A view of one RAM; the RAM stays the machine's. Cheap to copy. */
struct guest_mem {
    struct ram *ram;
};

/* True if [gpa, gpa + length) lies in RAM; an empty range does if gpa is in RAM or at its end. */
bool guest_mem_contains(const struct guest_mem *mem, uint64_t gpa, uint64_t length);

bool guest_mem_read(const struct guest_mem *mem, uint64_t gpa, void *bytes, uint64_t length);
bool guest_mem_write(const struct guest_mem *mem, uint64_t gpa, const void *bytes, uint64_t length);
bool guest_mem_fill(const struct guest_mem *mem, uint64_t gpa, uint8_t byte, uint64_t length);

/* The guest has no use for what is there: ram_discard. Returns the bytes that the host has got back. */
uint64_t guest_mem_discard(const struct guest_mem *mem, uint64_t gpa, uint64_t length);

/* Little-endian numbers, at any alignment. */
bool guest_mem_read_u16(const struct guest_mem *mem, uint64_t gpa, uint16_t *value);
bool guest_mem_read_u32(const struct guest_mem *mem, uint64_t gpa, uint32_t *value);
bool guest_mem_read_u64(const struct guest_mem *mem, uint64_t gpa, uint64_t *value);
bool guest_mem_write_u16(const struct guest_mem *mem, uint64_t gpa, uint16_t value);
bool guest_mem_write_u32(const struct guest_mem *mem, uint64_t gpa, uint32_t value);
bool guest_mem_write_u64(const struct guest_mem *mem, uint64_t gpa, uint64_t value);

/* Host pointers for a single bulk copy (read(2) into RAM, write(2) from it), to be dropped before
 * the guest or another device runs; NULL if any byte is outside RAM. Guest harts may change the
 * bytes behind a source, so whatever is decided upon is copied out first. Whoever fills a target
 * says so with guest_mem_wrote, for the part it filled. */
const uint8_t *guest_mem_source(const struct guest_mem *mem, uint64_t gpa, uint64_t length);
uint8_t *guest_mem_target(const struct guest_mem *mem, uint64_t gpa, uint64_t length);
void guest_mem_wrote(const struct guest_mem *mem, uint64_t gpa, uint64_t length);

#endif
