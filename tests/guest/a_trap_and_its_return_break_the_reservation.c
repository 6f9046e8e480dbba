/* SPDX-License-Identifier: MIT */
/* The manual leaves it open whether SC succeeds after a trap or xRET (norm:xret_clr_lr_resv); this
 * machine lets it fail, so that no handler's SC can ever complete somebody else's LR. */
#include "lib/env.h"

static uint64_t word = 5;

static uint64_t sc_after_trap(void)
{
    uint64_t result = 1234;
    __asm__ volatile("la t0, 1f\n sd t0, 32(tp)\n lr.d t1, (%1)\n ebreak\n"
                     "1: li t1, 77\n sc.d %0, t1, (%1)\n"
                     : "+r"(result)
                     : "r"(&word)
                     : "t0", "t1", "memory");
    return result;
}

static uint64_t sc_after_mret(void)
{
    uint64_t result = 1234;
    CSR_SET(mstatus, MSTATUS_MPP);
    __asm__ volatile("la t0, 1f\n csrw mepc, t0\n lr.d t1, (%1)\n mret\n"
                     "1: li t1, 78\n sc.d %0, t1, (%1)\n"
                     : "+r"(result)
                     : "r"(&word)
                     : "t0", "t1", "memory");
    return result;
}

void test(void)
{
    expect(1, sc_after_trap(), 1);
    expect(2, sc_after_mret(), 1);
    expect(3, self()->cause, CAUSE_BREAKPOINT);
    expect(4, word, 5);
}
