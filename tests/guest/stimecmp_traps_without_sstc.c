/* SPDX-License-Identifier: MIT */
/* Without Sstc there is no stimecmp in any mode and menvcfg.STCE is read-only zero
 * (norm:stimecmp_exist, norm:menvcfg_stce_rdonly0); STIP is software's. */
/* options: --cpu sstc=off */
/* qemu: no, it has Sstc */
#include "lib/env.h"

static uint64_t probe(uint64_t unused)
{
    expect(1, TRY("csrr x0, 0x14d", unused, 0), CAUSE_ILLEGAL);
    expect(2, self()->tval, 0x14d02073);
    expect(3, TRY("csrw 0x14d, x0", unused, 0), CAUSE_ILLEGAL);
    return unused;
}

void test(void)
{
    CSR_WRITE(0x30a, UINT64_MAX);
    expect(4, CSR_READ(0x30a) >> 63, 0);
    CSR_WRITE(mcounteren, 7);
    probe(0);
    run_in(MODE_S, probe, 0);
    run_in(MODE_U, probe, 0);
    CSR_SET(mip, MIP_STIP);
    expect(5, CSR_READ(mip) & MIP_STIP, MIP_STIP);
    CSR_CLEAR(mip, MIP_STIP);
    expect(6, CSR_READ(mip) & MIP_STIP, 0);
}
