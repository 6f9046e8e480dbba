/* SPDX-License-Identifier: MIT */
/* Success is promised to loops of at most 16 instructions alone (norm:constrained_lrsc_loop_size,
 * norm:unconstrained_lrsc_no_progress): a long computation between LR and SC may never succeed. */
/* strict: reservations */
/* fails: 1 */
#include "lib/env.h"

static uint64_t memory;

#if FIXED
#define WORK "addi t0, t0, 30\n"
#else
#define WORK "li t2, 30\n 2: addi t0, t0, 1\n addi t2, t2, -1\n bnez t2, 2b\n"
#endif

void test(void)
{
    uint64_t failed = 1;
    memory = 12;
    for (unsigned i = 0; i < 1000 && failed; i++)
        __asm__ volatile("lr.d t0, (%1)\n" WORK "sc.d %0, t0, (%1)\n"
                         : "=&r"(failed)
                         : "r"(&memory)
                         : "t0", "t2", "memory");
    expect(1, failed, 0);
    expect(2, memory, 42);
}
