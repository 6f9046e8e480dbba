/* SPDX-License-Identifier: MIT */
/* Bit fields of guest-visible numbers: masks, never C bit-fields. */
#ifndef MICROVM_BASE_BITS_H
#define MICROVM_BASE_BITS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define BIT(n) (UINT64_C(1) << (n))
/* The mask of bits hi..lo, both included. */
#define BITS(hi, lo) ((~UINT64_C(0) >> (63 - (hi))) & (~UINT64_C(0) << (lo)))

/* The field under mask, moved down to bit 0. */
static inline uint64_t field_get(uint64_t value, uint64_t mask)
{
    return (value & mask) / (mask & (~mask + 1));
}

/* value with the field under mask replaced by field's low bits. */
static inline uint64_t field_set(uint64_t value, uint64_t mask, uint64_t field)
{
    return (value & ~mask) | ((field * (mask & (~mask + 1))) & mask);
}

/* The low `bits` bits of value, sign-extended; bits in 1..64. */
static inline int64_t sign_extend(uint64_t value, unsigned bits)
{
    return (int64_t)(value << (64 - bits)) >> (64 - bits);
}

static inline bool is_aligned(uint64_t value, uint64_t size)
{
    return (value & (size - 1)) == 0;
}

static inline uint64_t align_up(uint64_t value, uint64_t size)
{
    return (value + size - 1) & ~(size - 1);
}

static inline uint64_t align_down(uint64_t value, uint64_t size)
{
    return value & ~(size - 1);
}

/* True if [base, base + length) lies in [0, limit) without wrapping. */
static inline bool range_fits(uint64_t base, uint64_t length, uint64_t limit)
{
    return length <= limit && base <= limit - length;
}

#endif
