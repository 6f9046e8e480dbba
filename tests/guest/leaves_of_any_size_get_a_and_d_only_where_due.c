/* SPDX-License-Identifier: MIT */
/* With menvcfg.ADUE a load or fetch sets A, a store, SC or AMO A and D, in leaves of any size; what
 * faults or has what it needs sets nothing more (norm:Svadu_hw_update_a_d_bits). */
#include "lib/deep.h"

#define VA UINT64_C(0x40000000)
#define ADUE (UINT64_C(1) << 61)
#define RET 0x8082

static uint16_t frame[PAGE / 2] __attribute__((aligned(2 << 20)));
static volatile uint64_t *entry;

enum action { LOAD, STORE, AMO, LR, FETCH };

static uint64_t act(enum action action)
{
    uint64_t value = RET | UINT64_C(0x8082) << 16;
    switch (action) {
    case LOAD: return TRY("lw %0, 8(%1)", value, VA);
    case STORE: return TRY("sw %0, 8(%1)", value, VA);
    case AMO: return TRY("amoor.w %0, x0, (%1)", value, VA);
    case LR: return TRY("lr.w %0, (%1)", value, VA);
    default: return try_call((void *)VA, &value);
    }
}

/* A leaf with these bits: the action's outcome, and the bits that it adds. Twice: cold and warm. */
static void check(unsigned number, uint64_t bits, enum action action, uint64_t outcome, uint64_t added)
{
    uint64_t pte = PTE_OF(frame) | PTE_V | bits;
    *entry = pte;
    sfence_all();
    for (unsigned round = 0; round < 2; round++) {
        expect(number, act(action), outcome);
        expect(number + 1, *entry, pte | added);
    }
}

static uint64_t in_s_mode(uint64_t unused)
{
    (void)unused;
    check(1, PTE_R | PTE_W | PTE_X, LOAD, NO_TRAP, PTE_A);
    check(3, PTE_R | PTE_W | PTE_X, LR, NO_TRAP, PTE_A);
    check(5, PTE_R | PTE_W | PTE_X, FETCH, NO_TRAP, PTE_A);
    check(7, PTE_R | PTE_W | PTE_X, STORE, NO_TRAP, PTE_A | PTE_D);
    check(9, PTE_R | PTE_W | PTE_X, AMO, NO_TRAP, PTE_A | PTE_D);
    check(11, PTE_R | PTE_W | PTE_A, STORE, NO_TRAP, PTE_D);
    check(13, PTE_R | PTE_W | PTE_A, LOAD, NO_TRAP, 0);
    check(15, PTE_R | PTE_W | PTE_D, LOAD, NO_TRAP, PTE_A);
    check(17, PTE_R, STORE, CAUSE_STORE_PAGE, 0);
    check(19, PTE_R | PTE_W, FETCH, CAUSE_FETCH_PAGE, 0);
    check(21, PTE_X, LOAD, CAUSE_LOAD_PAGE, 0);
    check(23, PTE_R | PTE_W | PTE_U, LOAD, CAUSE_LOAD_PAGE, 0);
    return 0;
}

/* D must come with the first store after loads that made the translation known. */
static uint64_t store_after_loads(uint64_t unused)
{
    (void)unused;
    *entry = PTE_OF(frame) | PTE_V | PTE_R | PTE_W;
    sfence_all();
    for (unsigned i = 0; i < 10; i++)
        expect(30, act(LOAD), NO_TRAP);
    expect(31, *entry & (PTE_A | PTE_D), PTE_A);
    expect(32, act(STORE), NO_TRAP);
    expect(33, *entry & (PTE_A | PTE_D), PTE_A | PTE_D);
    return 0;
}

void test(void)
{
    for (unsigned i = 0; i < PAGE / 2; i++)
        frame[i] = RET;
    __asm__ volatile("fence.i" ::: "memory");
    CSR_SET(0x30a, ADUE);
    uint64_t *root = deep_create(3, 0);
    CSR_WRITE(satp, deep_satp(root, 3, 0));
    for (unsigned level = 1; level != UINT32_MAX; level--) {
        *deep_entry(root, 3, VA, 1) = 0;
        entry = deep_entry(root, 3, VA, level);
        run_in(MODE_S, in_s_mode, 0);
        run_in(MODE_S, store_after_loads, 0);
    }
}
