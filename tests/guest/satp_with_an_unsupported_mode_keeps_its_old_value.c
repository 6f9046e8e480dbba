/* SPDX-License-Identifier: MIT */
/* A write of satp with a MODE that is reserved changes none of its fields
 * (norm:satp_mode_op_unsupported); the modes of the device tree's mmu-type, Sv57 and below, are all
 * there, with 16 bits of ASID and 44 of PPN (norm:satp_mode_sxlen64, norm:Sv57_requires_Sv48). */
#include "lib/env.h"

#define MODE(mode) ((uint64_t)(mode) << 60)
#define FIELDS UINT64_C(0x0abcd123456789ab)

void test(void)
{
    for (uint64_t good = 8; good <= 10; good++) {
        CSR_WRITE(satp, MODE(good) | FIELDS);
        expect(1, CSR_READ(satp), MODE(good) | FIELDS);
        for (uint64_t mode = 1; mode < 16; mode++) {
            if (mode >= 8 && mode <= 10)
                continue;
            CSR_WRITE(satp, MODE(mode) | 0x5555);
            expect(2, CSR_READ(satp), MODE(good) | FIELDS);
        }
        CSR_WRITE(satp, 0);
        expect(3, CSR_READ(satp), 0);
        CSR_WRITE(satp, MODE(5) | 0x5555);
        expect(4, CSR_READ(satp), 0);
    }
    CSR_WRITE(satp, MODE(8) | (MODE(1) - 1));
    expect(5, CSR_READ(satp), MODE(8) | (MODE(1) - 1));
    CSR_WRITE(satp, 0);
}
