/* SPDX-License-Identifier: MIT */
/* MRET is illegal in S and U mode, SRET in U mode (norm:xret_in_higher_mode, norm:xret_in_lower_mode);
 * nothing of mstatus changes but what the trap itself does. */
#include "lib/env.h"

#define MRET 0x30200073
#define SRET 0x10200073

static uint64_t try_mret(uint64_t unused)
{
    return TRY("mret", unused, unused);
}

static uint64_t try_sret(uint64_t unused)
{
    return TRY("sret", unused, unused);
}

static void check(unsigned number, unsigned mode, uint64_t (*function)(uint64_t), uint64_t bits)
{
    CSR_SET(mstatus, MSTATUS_SPP);
    expect(number, run_in(mode, function, 0), CAUSE_ILLEGAL);
    expect(number + 1, self()->tval, bits);
    expect(number + 2, CSR_READ(mstatus) & (MSTATUS_SPP | MSTATUS_SPIE), MSTATUS_SPP);
}

void test(void)
{
    CSR_CLEAR(mstatus, MSTATUS_SPIE);
    for (unsigned round = 0; round < 3; round++) {
        check(1, MODE_S, try_mret, MRET);
        check(4, MODE_U, try_mret, MRET);
        check(7, MODE_U, try_sret, SRET);
    }
}
