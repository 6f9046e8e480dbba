/* SPDX-License-Identifier: MIT */
/* An SC between which and its LR nothing has happened may fail (norm:sc_w_failure, norm:constrained_lrsc_forward_progress_sc): the
 * next round, or a later one, succeeds. */
/* strict: reservations */
/* fails: 1 */
#include "lib/env.h"

#define ROUNDS 10000

static uint64_t count;

#if FIXED
#define AGAIN "bnez t1, 1b\n"
#else
#define AGAIN
#endif

void test(void)
{
    count = 0;
    for (unsigned i = 0; i < ROUNDS; i++)
        __asm__ volatile("1: lr.d t0, (%0)\n addi t0, t0, 1\n sc.d t1, t0, (%0)\n" AGAIN ::"r"(&count)
                         : "t0", "t1", "memory");
    expect(1, count, ROUNDS);
}
