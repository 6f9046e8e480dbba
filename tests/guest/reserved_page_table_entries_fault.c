/* SPDX-License-Identifier: MIT */
/* Page faults: V = 0, W without R (norm:Sv39_pte_future_rsv covers the reserved bits), a pointer where
 * only a leaf can be, and a superpage that is not aligned (norm:Sv39_superpage_align_fault). */
#include "lib/deep.h"

#define VA UINT64_C(0x40000000)

static uint16_t frame[PAGE / 2] __attribute__((aligned(2 << 20)));
static volatile uint64_t *entry;

static void check(unsigned number, uint64_t pte, bool valid)
{
    uint64_t value = 0;
    *entry = pte;
    sfence_all();
    for (unsigned round = 0; round < 2; round++) {
        expect(number, try_load((void *)VA, &value), valid ? NO_TRAP : CAUSE_LOAD_PAGE);
        expect(number + 1, try_store((void *)(VA + 64), value), valid ? NO_TRAP : CAUSE_STORE_PAGE);
        expect(number + 2, try_call((void *)VA, &value), valid ? NO_TRAP : CAUSE_FETCH_PAGE);
        if (!valid)
            expect(number + 3, self()->tval, VA);
    }
}

static uint64_t in_s_mode(uint64_t level)
{
    check(1, PTE_OF(frame) | PTE_RWX, true);
    check(5, PTE_OF(frame) | (PTE_RWX & ~PTE_V), false);
    check(9, PTE_OF(frame) | (PTE_RWX & ~PTE_R), false);
    check(13, PTE_OF(frame) | PTE_V | PTE_W | PTE_A | PTE_D, false);
    if (level == 0)
        check(17, PTE_OF(frame) | PTE_V, false);
    for (unsigned bit = 54; bit < 61; bit++)
        check(21, PTE_OF(frame) | PTE_RWX | UINT64_C(1) << bit, false);
    if (level == 1)
        for (unsigned bit = 12; bit < 21; bit++)
            check(25, PTE_OF((uint64_t)frame + (UINT64_C(1) << bit)) | PTE_RWX, false);
    check(29, PTE_OF(frame) | PTE_RWX, true);
    return 0;
}

/* A gigabyte: its low 18 PPN bits. */
static uint64_t giga_in_s_mode(uint64_t unused)
{
    for (unsigned bit = 12; bit < 30; bit++)
        check(33, PTE_OF(0x80000000 + (UINT64_C(1) << bit)) | PTE_RWX, false);
    return unused;
}

void test(void)
{
    for (unsigned i = 0; i < PAGE / 2; i++)
        frame[i] = 0x8082; /* c.jr ra */
    __asm__ volatile("fence.i" ::: "memory");
    uint64_t *root = deep_create(3, 0);
    CSR_WRITE(satp, deep_satp(root, 3, 0));
    entry = deep_entry(root, 3, VA, 0);
    run_in(MODE_S, in_s_mode, 0);
    entry = deep_entry(root, 3, VA, 1);
    run_in(MODE_S, in_s_mode, 1);
    entry = deep_entry(root, 3, VA, 2);
    run_in(MODE_S, giga_in_s_mode, 0);
}
