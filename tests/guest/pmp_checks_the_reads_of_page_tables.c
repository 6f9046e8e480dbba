/* SPDX-License-Identifier: MIT */
/* A page table in memory that PMP does not let S mode read: an access fault of the original
 * access's kind, not a page fault (norm:pmp_check_pagetable_access, norm:pmp_with_paging). So at
 * each level, cold, and warm with the translation dropped before; and where a table may be read but
 * not written, for the update of A and D, which then does not happen. */
/* qemu: no, it reports an AMO as a load */
#include "lib/env.h"

#define VA UINT64_C(0x40000000)
#define NAPOT_PAGE(table) ((uint64_t)(table) >> 2 | (PAGE / 8 - 1))
#define NAPOT 0x18
#define RWX 7

static uint64_t frame[PAGE / 8] __attribute__((aligned(PAGE)));

static uint64_t in_s_mode(uint64_t blocked)
{
    uint64_t value = 0, at = VA;
    expect(1, try_load((void *)VA, &value), blocked ? CAUSE_LOAD_ACCESS : NO_TRAP);
    if (blocked)
        expect(2, self()->tval, VA);
    expect(3, try_store((void *)(VA + 8), 1), blocked ? CAUSE_STORE_ACCESS : NO_TRAP);
    if (blocked)
        expect(4, self()->tval, VA + 8);
    expect(5, TRY("amoadd.d %0, %0, (%1)", value, at), blocked ? CAUSE_STORE_ACCESS : NO_TRAP);
    expect(6, TRY("lr.d %0, (%1)", value, at), blocked ? CAUSE_LOAD_ACCESS : NO_TRAP);
    expect(7, try_call((void *)(VA + PAGE / 2), &value), blocked ? CAUSE_FETCH_ACCESS : NO_TRAP);
    if (blocked)
        expect(8, self()->tval, VA + PAGE / 2);
    return 0;
}

static uint64_t load_in_s_mode(uint64_t unused)
{
    return try_load((void *)VA, &unused);
}

static uint64_t store_in_s_mode(uint64_t unused)
{
    return try_store((void *)VA, unused);
}

/* Entry 0 forbids a page, entry 1 allows the rest. */
static void forbid(const void *page, uint64_t permissions)
{
    CSR_WRITE(pmpcfg0, 0);
    CSR_WRITE(pmpaddr0, NAPOT_PAGE(page));
    CSR_WRITE(pmpaddr1, UINT64_MAX);
    CSR_WRITE(pmpcfg0, (NAPOT | RWX) << 8 | NAPOT | permissions);
    sfence_all();
}

void test(void)
{
    uint64_t *root = table_create(0);
    table_map(root, VA, (uint64_t)frame, PTE_RWX);
    frame[PAGE / 16] = 0x00008067;
    __asm__ volatile("fence.i");
    const volatile uint64_t *last = table_entry(root, VA);
    const uint64_t *middle = (const uint64_t *)(root[VA >> 30] << 2 & ~UINT64_C(0xfff));
    root[0] = PTE_RW; /* the UART, for messages */
    CSR_WRITE(satp, table_satp(root, 0));
    for (unsigned round = 0; round < 2; round++) {
        forbid(frame, RWX);
        run_in(MODE_S, in_s_mode, false);
        forbid((const void *)last, 0);
        run_in(MODE_S, in_s_mode, true);
        forbid(middle, 4);
        run_in(MODE_S, in_s_mode, true);
        forbid(frame, RWX);
        run_in(MODE_S, in_s_mode, false);
        forbid((const void *)last, 1); /* reading suffices: A and D are set */
        run_in(MODE_S, in_s_mode, false);
    }
    uint64_t fresh = (uint64_t)frame >> 2 | PTE_V | PTE_R | PTE_W;
    table_map(root, VA, (uint64_t)frame, PTE_V | PTE_R | PTE_W);
    forbid((const void *)last, 1);
    expect(10, run_in(MODE_S, load_in_s_mode, 0), CAUSE_LOAD_ACCESS);
    expect(11, run_in(MODE_S, store_in_s_mode, 0), CAUSE_STORE_ACCESS);
    expect(12, *last, fresh);
    forbid((const void *)last, 3);
    expect(13, run_in(MODE_S, load_in_s_mode, 0), NO_TRAP);
    expect(14, *last, fresh | PTE_A);
    forbid((const void *)last, 1);
    expect(15, run_in(MODE_S, load_in_s_mode, 0), NO_TRAP);
    expect(16, run_in(MODE_S, store_in_s_mode, 0), CAUSE_STORE_ACCESS);
    expect(17, *last, fresh | PTE_A);
}
