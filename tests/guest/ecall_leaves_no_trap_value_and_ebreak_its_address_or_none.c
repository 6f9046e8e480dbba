/* SPDX-License-Identifier: MIT */
/* The environment calls of the three modes have causes 8, 9 and 11 and a trap value of 0
 * (norm:mtval_other_traps_zero, norm:ecall_op1); EBREAK's and C.EBREAK's is 0 or their address
 * (norm:mtval_vaddr_and_0_sz). xepc is the instruction itself (norm:ecall_ebreak_epc_value). */
#include "lib/env.h"

#define CAUSE_ECALL_M 11

struct result {
    uint64_t cause, at;
};

static struct result result;

static uint64_t do_ecall(uint64_t unused)
{
    (void)unused;
    register uint64_t a7 __asm__("a7") = 0; /* not the call that ends run_in() */
    result.cause = TRY("la t2, 1f\n sd t2, (%1)\n 1: ecall", a7, &result.at);
    return 0;
}

static uint64_t do_ebreak(uint64_t unused)
{
    result.cause = TRY("la %0, 1f\n .option push\n .option norvc\n 1: ebreak\n .option pop", result.at, unused);
    return 0;
}

static uint64_t do_c_ebreak(uint64_t unused)
{
    result.cause = TRY("la %0, 1f\n c.nop\n 1: c.ebreak", result.at, unused);
    return 0;
}

static void check(unsigned number, unsigned mode, uint64_t (*function)(uint64_t), uint64_t cause)
{
    if (mode == MODE_M)
        function(0);
    else
        run_in(mode, function, 0);
    uint64_t tval = self()->tval;
    expect(number, result.cause, cause);
    expect(number + 1, self()->epc, result.at);
    expect(number + 2, tval == 0 || (cause == CAUSE_BREAKPOINT && tval == self()->epc), true);
}

void test(void)
{
    for (unsigned round = 0; round < 3; round++) {
        check(1, MODE_M, do_ecall, CAUSE_ECALL_M);
        check(4, MODE_S, do_ecall, CAUSE_ECALL_S);
        check(7, MODE_U, do_ecall, CAUSE_ECALL_U);
        for (unsigned mode = 0; mode < 4; mode++) {
            if (mode == 2)
                continue;
            check(10, mode, do_ebreak, CAUSE_BREAKPOINT);
            check(13, mode, do_c_ebreak, CAUSE_BREAKPOINT);
        }
    }
}
