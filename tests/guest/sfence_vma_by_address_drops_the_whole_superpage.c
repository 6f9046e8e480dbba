/* SPDX-License-Identifier: MIT */
/* A fence by any address of a superpage concerns its one leaf entry, and with it every address that
 * the entry maps (norm:sfence_vma_va_all_asid). */
#include "lib/env.h"

#define VA UINT64_C(0x40000000)
#define MEGAPAGE (UINT64_C(1) << 21)
#define LOW UINT64_C(0x80400000)
#define HIGH UINT64_C(0x80600000)

static uint64_t *middle;

static uint64_t seen(uint64_t offset)
{
    uint64_t value = 9999;
    expect(90, try_load((void *)(VA + offset), &value), NO_TRAP);
    return value;
}

static uint64_t in_s_mode(uint64_t unused)
{
    (void)unused;
    for (uint64_t fenced = 0; fenced < MEGAPAGE; fenced += MEGAPAGE / 8) {
        expect(1, seen(0), 1);
        expect(2, seen(MEGAPAGE - 8), 1);
        *middle = HIGH >> 2 | PTE_RW;
        __asm__ volatile("sfence.vma %0, x0" ::"r"(VA + fenced) : "memory");
        expect(3, seen(0), 2);
        expect(4, seen(MEGAPAGE - 8), 2);
        *middle = LOW >> 2 | PTE_RW;
        sfence_all();
    }
    return 0;
}

void test(void)
{
    *(volatile uint64_t *)LOW = *(volatile uint64_t *)(LOW + MEGAPAGE - 8) = 1;
    *(volatile uint64_t *)HIGH = *(volatile uint64_t *)(HIGH + MEGAPAGE - 8) = 2;
    uint64_t *root = table_create(0);
    table_entry(root, VA);
    middle = (uint64_t *)(root[VA >> 30] << 2 & ~(uint64_t)(PAGE - 1));
    *middle = LOW >> 2 | PTE_RW;
    CSR_WRITE(satp, table_satp(root, 0));
    sfence_all();
    run_in(MODE_S, in_s_mode, 0);
}
