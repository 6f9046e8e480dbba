/* SPDX-License-Identifier: MIT */
/* norm:satp_mode_op_unsupported: with MODE reserved no field of satp is written. */
#include "lib/env.h"

void test(void)
{
    const uint64_t before = SATP_ASID(0x123) | 0x80000 | SATP_SV39;
    CSR_WRITE(satp, before);
    expect(1, CSR_READ(satp), before);
    for (uint64_t mode = 1; mode < 16; mode++) {
        if (mode >= 8 && mode <= 10)
            continue;
        CSR_WRITE(satp, mode << 60 | SATP_ASID(0x456) | 0x90000);
        expect(2, CSR_READ(satp), before);
    }
    for (uint64_t mode = 8; mode <= 10; mode++) {
        CSR_WRITE(satp, mode << 60 | SATP_ASID(0xffff) | 0x90000);
        expect(3, CSR_READ(satp), mode << 60 | SATP_ASID(0xffff) | 0x90000);
    }
    CSR_WRITE(satp, 0);
    expect(4, CSR_READ(satp), 0);
}
