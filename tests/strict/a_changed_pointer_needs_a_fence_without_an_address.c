/* SPDX-License-Identifier: MIT */
/* A fence that names an address is for leaves alone (norm:sfence_vma_va_all_asid): who hangs in another table
 * needs one with rs1 = x0. */
/* strict: stale-tlb */
/* fails: 2 */
#include "lib/env.h"

#define VA UINT64_C(0x18003000)
#define PPN(address) ((uint64_t)(address) >> 12 << 10)

static uint64_t frame[2][PAGE / 8] __attribute__((aligned(PAGE)));
static uint64_t upper[PAGE / 8] __attribute__((aligned(PAGE)));
static uint64_t lower[2][PAGE / 8] __attribute__((aligned(PAGE)));
static uint64_t *root;

static uint64_t in_s_mode(uint64_t unused)
{
    expect(1, *(volatile uint64_t *)VA, 10);
    upper[VA >> 21 & 511] = PPN(lower[1]) | PTE_V;
    if (FIXED)
        __asm__ volatile("sfence.vma" ::: "memory");
    else
        __asm__ volatile("sfence.vma %0, zero" ::"r"(VA) : "memory");
    (void)unused;
    return *(volatile uint64_t *)VA;
}

void test(void)
{
    for (unsigned i = 0; i < 2; i++) {
        frame[i][0] = 10 + i;
        lower[i][VA >> 12 & 511] = PPN(frame[i]) | PTE_RW;
    }
    root = table_create(0);
    root[0] = PPN(upper) | PTE_V;
    upper[VA >> 21 & 511] = PPN(lower[0]) | PTE_V;
    CSR_WRITE(satp, table_satp(root, 0));
    sfence_all();
    expect(2, run_in(MODE_S, in_s_mode, 0), 11);
}
