/* SPDX-License-Identifier: MIT */
/* SplitMix64: turns seeds in a row into unrelated sequences that are the same everywhere. Not for secrets. */
#ifndef MICROVM_BASE_SPLITMIX_H
#define MICROVM_BASE_SPLITMIX_H

#include <stdint.h>

/* The next 64 bits. */
static inline uint64_t splitmix_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* A number below limit, which is not 0. */
static inline uint64_t splitmix_below(uint64_t *state, uint64_t limit)
{
    return splitmix_next(state) % limit;
}

#endif
