/* SPDX-License-Identifier: MIT */
/* once: its harts meet once */
/* Data, then a flag, without a FENCE between the stores: another hart may see the flag first (norm:fence_op). */
/* strict: store-buffer */
/* fails: 1 */
/* cpus: 2 */
#include "lib/env.h"

#define ROUNDS 2000

static volatile uint64_t data[8] __attribute__((aligned(64)));
static volatile uint64_t flag[8] __attribute__((aligned(64)));
static volatile uint64_t taken[8] __attribute__((aligned(64)));

static void fence(void)
{
    if (FIXED)
        __asm__ volatile("fence rw, rw" ::: "memory");
}

void other_hart(void);
void other_hart(void)
{
    for (uint64_t round = 1;; round++) {
        while (taken[0] != round - 1) {
        }
        data[0] = round;
        fence();
        flag[0] = round;
    }
}

void test(void)
{
    if (wait_for_harts(2) < 2)
        return;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        while (flag[0] != round) {
        }
        __asm__ volatile("fence r, rw" ::: "memory");
        expect(1, data[0], round);
        __asm__ volatile("fence rw, w" ::: "memory");
        taken[0] = round;
    }
}
