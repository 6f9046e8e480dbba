/* SPDX-License-Identifier: MIT */
/* With menvcfg.ADUE clear a page fault stands in for the update: A = 0 for any access, D = 0 for a
 * store (norm:svade_access_ad_bit_clear, norm:Svadu_disabled_hw_update_falls_back_to_svade). */
/* options: --cpu svade=on */
/* qemu: no, 7.2 always updates A and D */
#include "lib/env.h"

#define VA UINT64_C(0x40000000)
#define ADUE (UINT64_C(1) << 61)
#define RET 0x8082

static uint16_t frame[PAGE / 2] __attribute__((aligned(PAGE)));
static volatile uint64_t *entry;

static void set_leaf(uint64_t bits)
{
    *entry = (uint64_t)frame >> 2 | PTE_V | PTE_R | PTE_W | PTE_X | bits;
    sfence_all();
}

static void check(unsigned number, uint64_t bits, uint64_t load, uint64_t store, uint64_t fetch)
{
    uint64_t value = 0;
    set_leaf(bits);
    uint64_t pte = *entry;
    for (unsigned round = 0; round < 3; round++) {
        expect(number, try_load((void *)VA, &value), load);
        expect(number + 1, TRY("sd x0, 64(%1)", value, VA), store);
        expect(number + 2, TRY("amoor.d x0, x0, (%1)", value, VA), store);
        expect(number + 3, TRY("lr.d x0, (%1)", value, VA), load);
        expect(number + 4, try_call((void *)VA, &value), fetch);
        if (fetch != NO_TRAP)
            expect(number + 5, self()->tval, VA);
        expect(number + 6, *entry, pte);
    }
}

static uint64_t in_s_mode(uint64_t updates)
{
    if (updates) {
        uint64_t value = 0;
        set_leaf(0);
        expect(50, TRY("sd x0, 64(%1)", value, VA), NO_TRAP);
        expect(51, *entry & (PTE_A | PTE_D), PTE_A | PTE_D);
        return 0;
    }
    check(1, 0, CAUSE_LOAD_PAGE, CAUSE_STORE_PAGE, CAUSE_FETCH_PAGE);
    check(11, PTE_D, CAUSE_LOAD_PAGE, CAUSE_STORE_PAGE, CAUSE_FETCH_PAGE);
    check(21, PTE_A, NO_TRAP, CAUSE_STORE_PAGE, NO_TRAP);
    check(31, PTE_A | PTE_D, NO_TRAP, NO_TRAP, NO_TRAP);
    return 0;
}

void test(void)
{
    for (unsigned i = 0; i < PAGE / 2; i++)
        frame[i] = RET;
    __asm__ volatile("fence.i" ::: "memory");
    expect(60, CSR_READ(0x30a) & ADUE, 0);
    uint64_t *root = table_create(0);
    entry = table_entry(root, VA);
    CSR_WRITE(satp, table_satp(root, 0));
    run_in(MODE_S, in_s_mode, false);
    CSR_SET(0x30a, ADUE);
    expect(61, CSR_READ(0x30a) & ADUE, ADUE);
    sfence_all();
    run_in(MODE_S, in_s_mode, true);
    CSR_CLEAR(0x30a, ADUE);
    sfence_all();
    run_in(MODE_S, in_s_mode, false);
}
