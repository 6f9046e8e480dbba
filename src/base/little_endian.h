/* SPDX-License-Identifier: MIT */
/* Numbers as guests, devices and files have them: the lowest byte first, at any alignment. size: 1 to 8 bytes. */
#ifndef MICROVM_BASE_LITTLE_ENDIAN_H
#define MICROVM_BASE_LITTLE_ENDIAN_H

#include <stdint.h>

static inline void little_put(uint8_t *bytes, unsigned size, uint64_t value)
{
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

static inline uint64_t little_get(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

#endif
