/* SPDX-License-Identifier: MIT */
/* After reset: M mode (norm:M-mode_at_rst2), interrupts and MPRV off, little-endian (norm:mstatus_mstatush_mbe_rst), no
 * translation, mcause 0 since nothing tells one reset from another (norm:mcause_rst1_val, norm:mcause_rst2_val), no reservation
 * (norm:ld_rsv_rst), and WARL fields with legal values: written back, they stay (norm:warl_rst). This much start.S has not
 * touched. */
#include "lib/env.h"

#define MSTATUS_MBE (UINT64_C(1) << 37)
#define MSTATUS_SBE (UINT64_C(1) << 36)

#define STAYS(name, number)                                                                                            \
    do {                                                                                                               \
        uint64_t at_reset = CSR_READ(name);                                                                            \
        CSR_WRITE(name, at_reset);                                                                                     \
        expect(number, CSR_READ(name), at_reset);                                                                      \
    } while (0)

static uint64_t word;

void test(void)
{
    uint64_t failed = 0;
    __asm__ volatile("sc.d %0, zero, (%1)" : "=&r"(failed) : "r"(&word) : "memory");
    expect(1, failed != 0, true);
    expect(2, CSR_READ(mcause), 0);
    expect(3, CSR_READ(mstatus) & (MSTATUS_MIE | MSTATUS_MPRV | MSTATUS_MBE | MSTATUS_SBE), 0);
    expect(4, CSR_READ(satp) >> 60, 0);
    uint64_t value = 0;
    expect(5, TRY("csrr %0, mhartid\n csrr %0, mscratch", value, 0), NO_TRAP); /* M mode's */
    STAYS(mstatus, 10);
    STAYS(medeleg, 11);
    STAYS(mideleg, 12);
    STAYS(mie, 13);
    STAYS(mcounteren, 14);
    STAYS(scounteren, 15);
    STAYS(menvcfg, 16);
    STAYS(senvcfg, 17);
    STAYS(mcountinhibit, 18);
    STAYS(mepc, 19);
    STAYS(stvec, 20);
    STAYS(sepc, 21);
    STAYS(satp, 22);
    STAYS(pmpcfg2, 23);
}
