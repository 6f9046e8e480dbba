/* SPDX-License-Identifier: MIT */
/* An entry that was found invalid may be remembered as that (norm:sfence_vma_ordering_semantics): the page is there for the
 * guest only after SFENCE.VMA. */
/* strict: stale-tlb */
/* fails: 2 */
#include "lib/env.h"

#define VA UINT64_C(0x18003000)

static uint64_t frame[PAGE / 8] __attribute__((aligned(PAGE)));
static uint64_t *root;

static uint64_t in_s_mode(uint64_t unused)
{
    uint64_t value = 0;
    expect(1, try_load((void *)VA, &value), CAUSE_LOAD_PAGE);
    table_map(root, VA, (uint64_t)frame, PTE_RW);
    if (FIXED)
        __asm__ volatile("sfence.vma %0, zero" ::"r"(VA) : "memory");
    (void)unused;
    return try_load((void *)VA, &value);
}

void test(void)
{
    root = table_create(0);
    table_map(root, VA, 0, 0);
    CSR_WRITE(satp, table_satp(root, 0));
    sfence_all();
    expect(2, run_in(MODE_S, in_s_mode, 0), NO_TRAP);
}
