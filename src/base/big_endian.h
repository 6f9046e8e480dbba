/* SPDX-License-Identifier: MIT */
/* Numbers as networks and some files have them: the highest byte first, at any alignment. size: 1 to 8 bytes. */
#ifndef MICROVM_BASE_BIG_ENDIAN_H
#define MICROVM_BASE_BIG_ENDIAN_H

#include <stdint.h>

/* The low bits of the value. */
static inline void big_put(uint8_t *bytes, unsigned size, uint64_t value)
{
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

static inline uint64_t big_get(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static inline unsigned big_get16(const uint8_t *bytes)
{
    return (unsigned)big_get(bytes, 2);
}

static inline uint32_t big_get32(const uint8_t *bytes)
{
    return (uint32_t)big_get(bytes, 4);
}

static inline void big_put16(uint8_t *bytes, unsigned value)
{
    big_put(bytes, 2, value);
}

static inline void big_put32(uint8_t *bytes, uint32_t value)
{
    big_put(bytes, 4, value);
}

#endif
