/* SPDX-License-Identifier: MIT */
/* A clear bit of mcounteren makes its counter illegal in S and U mode (norm:mcounteren_clr_ill_inst_exc),
 * one of scounteren in U mode (norm:scounteren_op); U mode needs both. M mode always may. The bits of
 * cycle, time and instret are independent of each other. */
#include "lib/env.h"

#define ALL 7

static uint64_t readable(uint64_t unused)
{
    uint64_t value = unused, set = 0;
    if (TRY("csrr %0, cycle", value, 0) == NO_TRAP)
        set |= 1;
    else
        expect(90, self()->cause, CAUSE_ILLEGAL);
    if (TRY("csrr %0, time", value, 0) == NO_TRAP)
        set |= 2;
    if (TRY("csrr %0, instret", value, 0) == NO_TRAP)
        set |= 4;
    if (TRY("csrr %0, hpmcounter3", value, 0) == NO_TRAP)
        set |= 8;
    if (TRY("csrr %0, hpmcounter31", value, 0) == NO_TRAP)
        set |= UINT64_C(1) << 31;
    return set;
}

void test(void)
{
    for (uint64_t m = 0; m <= ALL; m++) {
        CSR_WRITE(mcounteren, m);
        expect(1, CSR_READ(mcounteren), m);
        for (uint64_t s = 0; s <= ALL; s++) {
            CSR_WRITE(scounteren, s);
            expect(2, CSR_READ(scounteren), s);
            expect(3, run_in(MODE_S, readable, 0), m);
            expect(4, run_in(MODE_U, readable, 0), m & s);
            expect(5, readable(0) & ALL, ALL);
        }
    }
}
