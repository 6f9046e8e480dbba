/* SPDX-License-Identifier: MIT */
/* norm:intr_M_mode_pri: MEI MSI MTI SEI SSI STI, highest first, once MIE lets them through. */
/* qemu: no, 7.2 takes the one with the lowest number */
#include "lib/env.h"

static uint64_t first_of(uint64_t enabled)
{
    uint64_t unused = 0;
    CSR_WRITE(mie, enabled);
    return TRY("csrsi mstatus, 8\n nop\n csrci mstatus, 8", unused, 0);
}

void test(void)
{
    CSR_CLEAR(0x30a, UINT64_C(1) << 63); /* STIP is software's */
    CSR_SET(mip, MIP_SSIP | MIP_STIP | MIP_SEIP);
    *(volatile uint32_t *)CLINT_MSIP = 1;
    *(volatile uint64_t *)CLINT_MTIMECMP = 0;
    uint64_t all = MIP_MSIP | MIP_MTIP | MIP_SEIP | MIP_SSIP | MIP_STIP;
    expect(1, CSR_READ(mip) & all, all);
    const unsigned order[] = {3, 7, 9, 1, 5};
    for (unsigned i = 0; i < 5; i++) {
        expect(2, first_of(all), INTERRUPT(order[i]));
        expect(3, self()->tval, 0);
        all &= ~(UINT64_C(1) << order[i]);
    }
    expect(4, first_of(0), NO_TRAP);
}
