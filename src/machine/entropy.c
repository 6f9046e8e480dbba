/* SPDX-License-Identifier: MIT */
#include "machine/entropy.h"

#include <sys/random.h>

/* getrandom gives this much at once and whole, whatever signals come. */
#define HOST_PIECE 256u

uint64_t entropy_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void fill_from(uint64_t *state, uint8_t *bytes, size_t count)
{
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++) {
        if (i % 8 == 0)
            word = entropy_next(state);
        bytes[i] = (uint8_t)(word >> 8 * (i % 8));
    }
}

void entropy_from_seed(uint64_t seed, uint8_t *bytes, size_t count)
{
    fill_from(&seed, bytes, count);
}

static size_t fill_from_host(uint8_t *bytes, size_t count)
{
    size_t filled = 0;
    while (filled < count) {
        size_t piece = count - filled < HOST_PIECE ? count - filled : HOST_PIECE;
        ssize_t got = getrandom(bytes + filled, piece, 0);
        if (got <= 0)
            break;
        filled += (size_t)got;
    }
    return filled;
}

size_t entropy_fill(void *owner, uint8_t *bytes, size_t count)
{
    struct entropy *entropy = owner;
    if (!entropy->seeded)
        return fill_from_host(bytes, count);
    fill_from(&entropy->state, bytes, count);
    return count;
}
