/* SPDX-License-Identifier: MIT */
/* SUM lets S mode load and store to U pages, never fetch from them (norm:mstatus_sum_op); MXR lets
 * loads read executable pages (norm:mstatus_mxr_op). U mode never gets at S pages. */
#include "lib/env.h"

#define U_PAGE UINT64_C(0x40000000)
#define X_PAGE UINT64_C(0x40001000)

static uint64_t frame[PAGE / 8] __attribute__((aligned(PAGE)));

static uint64_t do_load(uint64_t address)
{
    uint64_t value = 0;
    return try_load((void *)address, &value);
}

static uint64_t do_store(uint64_t address)
{
    return try_store((void *)address, 0x8082);
}

static uint64_t do_call(uint64_t address)
{
    uint64_t value = 0;
    return try_call((void *)address, &value);
}

void test(void)
{
    uint64_t *root = table_create(0);
    table_map(root, U_PAGE, (uint64_t)frame, PTE_RWX | PTE_U);
    table_map(root, X_PAGE, (uint64_t)frame, PTE_V | PTE_X | PTE_A);
    CSR_WRITE(satp, table_satp(root, 0));
    sfence_all();
    frame[0] = 0x8082; /* c.jr ra */
    __asm__ volatile("fence.i" ::: "memory");

    CSR_CLEAR(mstatus, MSTATUS_SUM | MSTATUS_MXR);
    expect(1, run_in(MODE_S, do_load, U_PAGE), CAUSE_LOAD_PAGE);
    expect(2, run_in(MODE_S, do_store, U_PAGE), CAUSE_STORE_PAGE);
    expect(3, run_in(MODE_S, do_call, U_PAGE), CAUSE_FETCH_PAGE);
    expect(4, run_in(MODE_S, do_load, X_PAGE), CAUSE_LOAD_PAGE);
    expect(5, run_in(MODE_S, do_call, X_PAGE), NO_TRAP);

    CSR_SET(mstatus, MSTATUS_SUM);
    expect(6, run_in(MODE_S, do_load, U_PAGE), NO_TRAP);
    expect(7, run_in(MODE_S, do_store, U_PAGE), NO_TRAP);
    expect(8, run_in(MODE_S, do_call, U_PAGE), CAUSE_FETCH_PAGE);
    expect(9, run_in(MODE_S, do_load, X_PAGE), CAUSE_LOAD_PAGE);

    CSR_SET(mstatus, MSTATUS_MXR);
    expect(10, run_in(MODE_S, do_load, X_PAGE), NO_TRAP);
    expect(11, run_in(MODE_S, do_store, X_PAGE), CAUSE_STORE_PAGE);
    CSR_CLEAR(mstatus, MSTATUS_SUM);
    expect(12, run_in(MODE_S, do_load, U_PAGE), CAUSE_LOAD_PAGE);

    root[2] |= PTE_U;
    sfence_all();
    expect(13, run_in(MODE_U, do_load, U_PAGE), NO_TRAP);
    expect(14, run_in(MODE_U, do_load, X_PAGE), CAUSE_LOAD_PAGE);
    expect(15, run_in(MODE_U, do_call, X_PAGE), CAUSE_FETCH_PAGE);
}
