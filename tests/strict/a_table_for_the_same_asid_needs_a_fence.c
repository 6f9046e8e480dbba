/* SPDX-License-Identifier: MIT */
/* An ASID goes to another table: what the old one mapped stays until SFENCE.VMA, whatever satp says (norm:satp_op_sfence_vma). */
/* strict: stale-tlb */
/* fails: 2 */
#include "lib/env.h"

#define VA UINT64_C(0x18003000)
#define ASID 7

static uint64_t frame[2][PAGE / 8] __attribute__((aligned(PAGE)));
static uint64_t *root[2];

static uint64_t in_s_mode(uint64_t unused)
{
    expect(1, *(volatile uint64_t *)VA, 10);
    CSR_WRITE(satp, table_satp(root[1], ASID));
    if (FIXED)
        __asm__ volatile("sfence.vma x0, %0" ::"r"((uint64_t)ASID) : "memory");
    (void)unused;
    return *(volatile uint64_t *)VA;
}

void test(void)
{
    for (unsigned i = 0; i < 2; i++) {
        frame[i][0] = 10 + i;
        root[i] = table_create(0);
        table_map(root[i], VA, (uint64_t)frame[i], PTE_RW);
    }
    CSR_WRITE(satp, table_satp(root[0], ASID));
    sfence_all();
    expect(2, run_in(MODE_S, in_s_mode, 0), 11);
}
