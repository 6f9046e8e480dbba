/* SPDX-License-Identifier: MIT */
/* Under MPRV with MPP = U or S, loads, stores and atomics of M mode heed U bits, SUM and MXR as there
 * (norm:mstatus_mprv_ldst_op, norm:mstatus_sum_op_mprv_mpp); with MPP = M none of that, and fetches never
 * (norm:mstatus_mprv_inst_xlat_op). */
/* qemu: no, 7.2 reports the fault of an AMO as that of a load */
#include "lib/try_as.h"

#define S_PAGE UINT64_C(0x40000000)
#define U_PAGE UINT64_C(0x40001000)
#define X_PAGE UINT64_C(0x40002000)
#define NO_PAGE UINT64_C(0x40003000)

static uint64_t frame[PAGE / 8] __attribute__((aligned(PAGE)));

static void check(unsigned number, unsigned mode, uint64_t address, bool loads, bool stores)
{
    for (unsigned round = 0; round < 2; round++) {
        uint64_t value = 5;
        expect(number, TRY_AS(mode, "ld %0, (%1)", value, address), loads ? NO_TRAP : CAUSE_LOAD_PAGE);
        if (loads)
            expect(number + 1, value, frame[0]);
        value = 0x1234;
        expect(number + 2, TRY_AS(mode, "sd %0, 8(%1)", value, address), stores ? NO_TRAP : CAUSE_STORE_PAGE);
        if (stores)
            expect(number + 3, frame[1], 0x1234);
        frame[1] = 0;
        if (!stores)
            expect(number + 4, TRY_AS(mode, "amoadd.d x0, %0, (%1)", value, address), CAUSE_STORE_PAGE);
    }
}

static void check_all(bool sum, bool mxr)
{
    CSR_CLEAR(mstatus, MSTATUS_SUM | MSTATUS_MXR);
    CSR_SET(mstatus, (sum ? MSTATUS_SUM : 0) | (mxr ? MSTATUS_MXR : 0));
    check(1, MODE_S, S_PAGE, true, true);
    check(6, MODE_S, U_PAGE, sum, sum);
    check(11, MODE_S, X_PAGE, mxr, false);
    check(16, MODE_S, NO_PAGE, false, false);
    check(21, MODE_U, S_PAGE, false, false);
    check(26, MODE_U, U_PAGE, true, true);
    check(31, MODE_U, X_PAGE, false, false);
    check(36, MODE_U, NO_PAGE, false, false);
    check(41, MODE_M, (uint64_t)frame, true, true);
}

void test(void)
{
    uint64_t *root = table_create(0);
    table_map(root, S_PAGE, (uint64_t)frame, PTE_RW);
    table_map(root, U_PAGE, (uint64_t)frame, PTE_RW | PTE_U);
    table_map(root, X_PAGE, (uint64_t)frame, PTE_V | PTE_X | PTE_A | PTE_D);
    root[2] = 0; /* M mode's code has no mapping at all */
    CSR_WRITE(satp, table_satp(root, 0));
    sfence_all();
    frame[0] = 77;
    for (unsigned i = 0; i < 4; i++)
        check_all(i & 1, i & 2);
}
