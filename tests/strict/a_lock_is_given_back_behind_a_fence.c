/* SPDX-License-Identifier: MIT */
/* once: its harts meet once */
/* cpus: 4 */
/* A lock that a plain store gives back, without a FENCE before it, does not keep what it guards: the next holder may miss the
 * stores of the last
 * (norm:fence_op). */
/* strict: store-buffer */
/* fails: 1 */
#include "lib/together.h"

#define ROUNDS 3000
#define HARTS 4

static uint64_t lock[8] __attribute__((aligned(64)));
static volatile uint64_t count[8] __attribute__((aligned(64)));

static void acquire(void)
{
    uint64_t was = 1;
    while (was != 0)
        __asm__ volatile("amoswap.d.aq %0, %1, (%2)" : "=r"(was) : "r"(UINT64_C(1)), "r"(lock) : "memory");
}

static void release(void)
{
    if (FIXED)
        __asm__ volatile("fence rw, w" ::: "memory");
    *(volatile uint64_t *)lock = 0;
}

static void work(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        acquire();
        count[0]++;
        release();
    }
}

void test(void)
{
    uint64_t harts = work_together(HARTS);
    expect(1, count[0], harts * ROUNDS);
}
