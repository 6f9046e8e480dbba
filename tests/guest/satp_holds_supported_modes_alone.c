/* SPDX-License-Identifier: MIT */
/* satp holds Bare, Sv39, Sv48 and Sv57 with every bit of PPN and ASID (norm:satp, norm:satp_mode, norm:satp_mode_sxlen64,
 * norm:satp_ppn_sv39_sz, norm:satp_ppn_sv48_sz, norm:satp_ppn_sv57_sz, norm:asidlen, norm:Sv48_requires_Sv39,
 * norm:Sv57_requires_Sv48); a write with any other mode changes nothing of it (norm:satp_mode_op_unsupported). SFENCE.VMA of an
 * address that is none raises nothing (norm:sfence_vma_invalid_va). */
#include "lib/env.h"

#define MODE_SHIFT 60

static bool supported(unsigned mode)
{
    return mode == 0 || (mode >= 8 && mode <= 10);
}

void test(void)
{
    for (unsigned mode = 8; mode <= 10; mode++)
        for (unsigned bit = 0; bit < 60; bit++) {
            uint64_t want = (uint64_t)mode << MODE_SHIFT | UINT64_C(1) << bit;
            CSR_WRITE(satp, want);
            expect(1, CSR_READ(satp), want);
        }
    uint64_t before = UINT64_C(9) << MODE_SHIFT | 0x1234;
    for (unsigned mode = 0; mode < 16; mode++) {
        CSR_WRITE(satp, before);
        uint64_t want = (uint64_t)mode << MODE_SHIFT;
        CSR_WRITE(satp, mode == 0 ? 0 : want | 0x4321);
        expect(2, CSR_READ(satp), !supported(mode) ? before : mode == 0 ? 0 : want | 0x4321);
    }
    CSR_WRITE(satp, 0);
    uint64_t value = 0;
    for (unsigned bit = 38; bit < 64; bit++)
        expect(3, TRY("sfence.vma %1, zero\n sfence.vma %1, %0", value, UINT64_C(1) << bit), NO_TRAP);
}
