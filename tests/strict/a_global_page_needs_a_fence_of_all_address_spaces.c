/* SPDX-License-Identifier: MIT */
/* A global mapping stays behind a fence that names an address space, and is every address space's
 * (norm:sfence_vma_va_asid, norm:sfence_vma_asid_only). */
/* strict: stale-tlb */
/* fails: 2 */
#include "lib/env.h"

#define VA UINT64_C(0x18003000)
#define ASID 5

static uint64_t frame[2][PAGE / 8] __attribute__((aligned(PAGE)));
static uint64_t *root;

static uint64_t in_s_mode(uint64_t unused)
{
    expect(1, *(volatile uint64_t *)VA, 10);
    table_map(root, VA, (uint64_t)frame[1], PTE_RW | PTE_G);
    if (FIXED)
        __asm__ volatile("sfence.vma %0, zero" ::"r"(VA) : "memory");
    else
        __asm__ volatile("sfence.vma %0, %1" ::"r"(VA), "r"((uint64_t)ASID) : "memory");
    (void)unused;
    return *(volatile uint64_t *)VA;
}

void test(void)
{
    frame[0][0] = 10;
    frame[1][0] = 11;
    root = table_create(0);
    table_map(root, VA, (uint64_t)frame[0], PTE_RW | PTE_G);
    CSR_WRITE(satp, table_satp(root, ASID));
    sfence_all();
    expect(2, run_in(MODE_S, in_s_mode, 0), 11);
}
