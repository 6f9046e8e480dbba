/* SPDX-License-Identifier: MIT */
/* A page moves to another frame, and so much else is touched that a small TLB would have dropped it: the fence is needed all
 * the same (norm:sfence_vma_ordering_semantics). */
/* strict: stale-tlb */
/* fails: 2 */
#include "lib/env.h"

#define VA UINT64_C(0x18003000)
#define PAGES 4096

static uint64_t frame[2][PAGE / 8] __attribute__((aligned(PAGE)));
static uint64_t *root;

static uint64_t in_s_mode(uint64_t unused)
{
    expect(1, *(volatile uint64_t *)VA, 10);
    table_map(root, VA, (uint64_t)frame[1], PTE_RW);
    if (FIXED)
        __asm__ volatile("sfence.vma %0, zero" ::"r"(VA) : "memory");
    for (uint64_t page = 0; page < PAGES; page++)
        (void)*(volatile uint64_t *)(UINT64_C(0x80000000) + page * PAGE);
    (void)unused;
    return *(volatile uint64_t *)VA;
}

void test(void)
{
    frame[0][0] = 10;
    frame[1][0] = 11;
    root = table_create(0);
    table_map(root, VA, (uint64_t)frame[0], PTE_RW);
    CSR_WRITE(satp, table_satp(root, 0));
    sfence_all();
    expect(2, run_in(MODE_S, in_s_mode, 0), 11);
}
