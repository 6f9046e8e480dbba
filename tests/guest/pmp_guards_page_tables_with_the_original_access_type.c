/* SPDX-License-Identifier: MIT */
/* A page table that PMP hides: access faults of the kind of the original access
 * (norm:pmp_check_pagetable_access; norm:pmp_sfence_required asks for the fences). */
#include "lib/env.h"

#define VA UINT64_C(0x40000000)
#define NAPOT_PAGE(address) (((address) | 0x7ff) >> 2)
#define A_NAPOT 0x18
#define RWX 7

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

static void check(unsigned number, uint64_t load, uint64_t store, uint64_t call)
{
    sfence_all();
    expect(number, run_in(MODE_S, do_load, VA), load);
    expect(number + 1, run_in(MODE_S, do_store, VA), store);
    expect(number + 2, run_in(MODE_S, do_call, VA), call);
    if (load != NO_TRAP)
        expect(number + 3, self()->tval, VA);
}

void test(void)
{
    uint64_t *root = table_create(0);
    uint64_t table = (uint64_t)table_entry(root, VA) & ~(uint64_t)(PAGE - 1);
    table_map(root, VA, (uint64_t)frame, PTE_RWX);
    frame[0] = 0x8082; /* c.jr ra */
    __asm__ volatile("fence.i" ::: "memory");
    CSR_WRITE(satp, table_satp(root, 0));
    check(10, NO_TRAP, NO_TRAP, NO_TRAP);
    CSR_WRITE(pmpaddr1, UINT64_MAX);
    CSR_WRITE(pmpaddr0, NAPOT_PAGE(table));
    CSR_WRITE(pmpcfg0, (A_NAPOT | RWX) << 8 | A_NAPOT);
    check(20, CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS, CAUSE_FETCH_ACCESS);
    CSR_WRITE(pmpcfg0, (A_NAPOT | RWX) << 8 | A_NAPOT | RWX);
    check(30, NO_TRAP, NO_TRAP, NO_TRAP);
    CSR_WRITE(pmpaddr0, NAPOT_PAGE((uint64_t)frame));
    CSR_WRITE(pmpcfg0, (A_NAPOT | RWX) << 8 | A_NAPOT | 1);
    check(40, NO_TRAP, CAUSE_STORE_ACCESS, CAUSE_FETCH_ACCESS);
}
