/* SPDX-License-Identifier: MIT */
/* once: it counts on CSRs and variables as they are at the start */
/* pmpcfg's bits 5 and 6 read 0 and W without R is never held (norm:pmp_rwx_warl, norm:pmp_csrs_warl_access), pmpaddr has 54
 * bits (norm:pmp_addr_encoding), RV64's odd pmpcfg are illegal (norm:pmp_cfg_rv64_illegal), and all
 * of them are M mode's alone (norm:pmp_csr_mode). */
/* qemu: no, it holds W without R */
#include "lib/env.h"

#define CFG_A 0x18

static void check_byte(uint64_t want)
{
    CSR_WRITE(pmpcfg0, want << 16);
    uint64_t got = CSR_READ(pmpcfg0);
    expect(1, got & ~UINT64_C(0xff0000), 0);
    got >>= 16;
    expect(2, got & 0x60, 0);
    expect(3, (got & 3) == 2, false);
    if ((want & 3) != 2)
        expect(4, got & 7, want & 7);
    expect(5, got & CFG_A, want & CFG_A);
}

static uint64_t in_s_mode(uint64_t unused)
{
    uint64_t value = 0;
    expect(10, TRY("csrr %0, pmpcfg0", value, unused), CAUSE_ILLEGAL);
    expect(11, TRY("csrr %0, pmpaddr0", value, unused), CAUSE_ILLEGAL);
    expect(12, TRY("csrw pmpaddr15, %0", value, unused), CAUSE_ILLEGAL);
    return 0;
}

void test(void)
{
    uint64_t value = 0;
    run_in(MODE_S, in_s_mode, 0);
    for (uint64_t want = 0; want < 0x80; want++) /* not the lock */
        check_byte(want);
    CSR_WRITE(pmpcfg0, 0);
    expect(20, TRY("csrr %0, 0x3a1", value, 0), CAUSE_ILLEGAL);
    expect(21, TRY("csrr %0, 0x3a3", value, 0), CAUSE_ILLEGAL);
    expect(22, TRY("csrw 0x3a1, %0", value, 0), CAUSE_ILLEGAL);
    expect(23, TRY("csrr %0, 0x3af", value, 0), CAUSE_ILLEGAL);
    CSR_WRITE(pmpaddr0, UINT64_MAX);
    expect(24, CSR_READ(pmpaddr0), (UINT64_C(1) << 54) - 1);
    CSR_WRITE(pmpaddr15, UINT64_MAX);
    expect(25, CSR_READ(pmpaddr15), (UINT64_C(1) << 54) - 1);
    CSR_WRITE(pmpcfg2, UINT64_C(0x1f) << 56);
    expect(26, CSR_READ(pmpcfg2), UINT64_C(0x1f) << 56);
    CSR_WRITE(pmpcfg2, 0);
}
