/* SPDX-License-Identifier: MIT */
/* Copy, scale, add and triad over three arrays of 64-bit integers, 64 MiB in all, in S mode on 4 KiB pages. */
#include "runtime.h"

enum { ARRAY = (64 << 20) / 3 / 8, ROUNDS = 14 };

static uint64_t a[ARRAY], b[ARRAY], c[ARRAY];

/* The arrays pass for unknown, so that each pass is one over memory. */
#define FOR_EACH(statement)                                                                                            \
    do {                                                                                                               \
        for (size_t i = 0; i < ARRAY; i++)                                                                             \
            statement;                                                                                                 \
        __asm__ volatile("" : : : "memory");                                                                           \
    } while (0)

int main(void)
{
    enter_supervisor(66 << 20, 0);
    FOR_EACH(a[i] = i + 1);
    for (uint64_t round = 3; round < 3 + 2 * ROUNDS; round += 2) {
        FOR_EACH(c[i] = a[i]);
        FOR_EACH(b[i] = round * c[i]);
        FOR_EACH(c[i] = a[i] + b[i]);
        FOR_EACH(a[i] = b[i] + round * c[i]);
    }
    uint64_t sum = 0;
    FOR_EACH(sum = sum * 31 + (a[i] ^ b[i] ^ c[i]));
    return is_result(sum, 0x9fe8de9142f6e1ac);
}
