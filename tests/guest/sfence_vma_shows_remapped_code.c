/* SPDX-License-Identifier: MIT */
/* Code pages are exchanged under a virtual address that is being run from: SFENCE.VMA alone, without
 * FENCE.I, makes the other page's code run (norm:sfence_vma_op). */
#include "lib/env.h"

#define VA UINT64_C(0x40000000)
#define LI_A0(value) ((uint32_t)(value) << 20 | 0x513)
#define RET UINT32_C(0x00008067)

static uint32_t frame[2][PAGE / 4] __attribute__((aligned(PAGE)));
static volatile uint64_t *entry;

static uint64_t call(uint64_t address)
{
    uint64_t value = 9999;
    expect(90, try_call((void *)address, &value), NO_TRAP);
    return value;
}

static uint64_t in_s_mode(uint64_t unused)
{
    (void)unused;
    for (uint64_t i = 0; i < 40; i++) {
        *entry = (uint64_t)frame[i % 2] >> 2 | PTE_RX;
        if (i % 4 < 2)
            sfence_all();
        else
            __asm__ volatile("sfence.vma %0, x0" ::"r"(VA) : "memory");
        expect(1, call(VA), i % 2);
        expect(2, call(VA), i % 2);
    }
    *entry = 0;
    sfence_all();
    uint64_t value = 0;
    expect(3, try_call((void *)VA, &value), CAUSE_FETCH_PAGE);
    expect(4, self()->tval, VA);
    return 0;
}

void test(void)
{
    for (unsigned i = 0; i < 2; i++) {
        frame[i][0] = LI_A0(i);
        frame[i][1] = RET;
    }
    __asm__ volatile("fence.i" ::: "memory");
    uint64_t *root = table_create(0);
    entry = table_entry(root, VA);
    CSR_WRITE(satp, table_satp(root, 0));
    sfence_all();
    run_in(MODE_S, in_s_mode, 0);
}
