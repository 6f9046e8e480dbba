/* SPDX-License-Identifier: MIT */
/* once: page tables are given out once */
/* Sv39, Sv48 and Sv57: a leaf at any level maps what it covers, in the lower and the upper half, with the
 * address's bits below it as offset (norm:Sv39_leaf_any_level, norm:Sv48_leaf_any_level,
 * norm:Sv57_leaf_any_level, norm:Sv39_levels, norm:Sv48_levels, norm:Sv57_levels, norm:Sv39_LEVELS,
 * norm:Sv48_LEVELS, norm:Sv57_LEVELS, norm:Sv39_page_sizes, norm:Sv48_page_sizes, norm:Sv57_page_sizes,
 * norm:Sv39_page_offset_sz, norm:Sv48_page_offset_sz, norm:Sv57_page_offset_sz); one that is not aligned to its size
 * faults (norm:Sv48_superpage_align_fault, norm:Sv57_superpage_align_fault). */
#include "lib/deep.h"

#define RAM UINT64_C(0x80000000)

static uint64_t frame[PAGE / 8] __attribute__((aligned(PAGE)));
static uint64_t *root;

/* An address of the entry `index` of the root's last or another table such that a superpage of this level
 * with the right PPN shows the frame there. */
static uint64_t address_in(unsigned levels, unsigned level, bool upper)
{
    uint64_t size = UINT64_C(1) << (12 + 9 * level);
    uint64_t base = upper ? -deep_half(levels) : deep_half(levels) / 2;
    return base + ((uint64_t)frame & (size - 1));
}

static void check(unsigned number, uint64_t va, uint64_t seed)
{
    uint64_t value = 0;
    frame[0] = seed;
    for (unsigned round = 0; round < 2; round++) {
        expect(number, try_load((void *)va, &value), NO_TRAP);
        expect(number + 1, value, seed);
        expect(number + 2, try_store((void *)(va + 8), ~seed), NO_TRAP);
        expect(number + 3, frame[1], ~seed);
    }
}

struct request {
    uint64_t va;
    bool faults;
};

static uint64_t in_s_mode(uint64_t argument)
{
    const struct request *request = (const struct request *)argument;
    uint64_t value = 0;
    if (!request->faults) {
        check(1, request->va, request->va * 3 + 1);
        return 0;
    }
    for (unsigned round = 0; round < 2; round++) {
        expect(10, try_load((void *)request->va, &value), CAUSE_LOAD_PAGE);
        expect(11, try_store((void *)request->va, value), CAUSE_STORE_PAGE);
        expect(12, try_call((void *)request->va, &value), CAUSE_FETCH_PAGE);
        expect(13, self()->tval, request->va);
    }
    return 0;
}

static void run(uint64_t va, bool faults)
{
    struct request request = {va, faults};
    sfence_all();
    run_in(MODE_S, in_s_mode, (uint64_t)&request);
}

static void check_level(unsigned levels, unsigned level, bool upper)
{
    uint64_t size = UINT64_C(1) << (12 + 9 * level);
    uint64_t va = address_in(levels, level, upper), pa = (uint64_t)frame & ~(size - 1);
    volatile uint64_t *entry = deep_entry(root, levels, va, level);
    uint64_t old = *entry;
    *entry = PTE_OF(pa) | PTE_RWX;
    run(va, false);
    for (unsigned bit = 12; bit < 12 + 9 * level; bit++) {
        *entry = PTE_OF(pa | UINT64_C(1) << bit) | PTE_RWX;
        if ((pa & UINT64_C(1) << bit) == 0)
            run(va, true);
    }
    *entry = 0;
    run(va, true);
    *entry = old;
}

void test(void)
{
    for (unsigned levels = 3; levels <= 5; levels++) {
        root = deep_create(levels, 0);
        CSR_WRITE(satp, deep_satp(root, levels, levels));
        for (unsigned level = 0; level < levels; level++)
            for (unsigned upper = 0; upper < 2; upper++)
                check_level(levels, level, upper);
    }
}
