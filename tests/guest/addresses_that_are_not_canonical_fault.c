/* SPDX-License-Identifier: MIT */
/* once: page tables are given out once */
/* Bits above a virtual address's width that differ from its top bit: page fault, for loads, stores,
 * atomics and jumps, xtval and xepc showing the whole address (norm:Sv39_va_signext,
 * norm:Sv48_va_signext, norm:Sv57_va_signext), even where the same low bits are mapped and known. */
/* qemu: no, 7.2 reports the fault of an AMO as that of a load */
#include "lib/deep.h"

#define LOW_VA UINT64_C(0x7654000)

static uint16_t frame[PAGE / 2] __attribute__((aligned(PAGE)));

static void check_good(uint64_t address)
{
    uint64_t value = 0;
    expect(1, TRY("ld %0, 64(%1)", value, address), NO_TRAP);
    expect(2, TRY("sd %0, 64(%1)", value, address), NO_TRAP);
    expect(3, try_call((void *)address, &value), NO_TRAP);
}

static void check_bad(uint64_t address)
{
    uint64_t value = 0;
    expect(10, TRY("ld %0, (%1)", value, address), CAUSE_LOAD_PAGE);
    expect(11, self()->tval, address);
    expect(12, TRY("sd %0, (%1)", value, address), CAUSE_STORE_PAGE);
    expect(13, self()->tval, address);
    expect(14, TRY("amoor.d x0, %0, (%1)", value, address), CAUSE_STORE_PAGE);
    expect(15, TRY("lr.d x0, (%1)", value, address), CAUSE_LOAD_PAGE);
    expect(16, try_call((void *)address, &value), CAUSE_FETCH_PAGE);
    expect(17, self()->tval, address);
    expect(18, self()->epc, address);
}

/* The address with every bit above the width flipped, one at a time and all together. */
static void check_around(uint64_t address, unsigned width)
{
    for (unsigned round = 0; round < 2; round++) {
        check_good(address);
        for (unsigned bit = width; bit < 64; bit++)
            check_bad(address ^ UINT64_C(1) << bit);
        check_bad(address ^ (UINT64_MAX << width));
        check_good(address);
    }
}

static uint64_t in_s_mode(uint64_t levels)
{
    unsigned width = 12 + 9 * (unsigned)levels;
    uint64_t half = deep_half((unsigned)levels), value = 0;
    check_around(LOW_VA, width);
    check_around(half - PAGE, width);
    check_around(-half, width);
    check_bad(half);
    check_bad(-half - PAGE);
    /* Across the edge: the second part is the one that cannot be. */
    expect(20, TRY("ld %0, (%1)", value, half - 4), CAUSE_LOAD_PAGE);
    expect(21, self()->tval, half);
    expect(22, TRY("sd %0, (%1)", value, half - 1), CAUSE_STORE_PAGE);
    expect(23, self()->tval, half);
    return 0;
}

void test(void)
{
    for (unsigned i = 0; i < PAGE / 2; i++)
        frame[i] = 0x8082; /* c.jr ra */
    __asm__ volatile("fence.i" ::: "memory");
    for (unsigned levels = 3; levels <= 5; levels++) {
        uint64_t *root = deep_create(levels, 0);
        *deep_entry(root, levels, LOW_VA, 0) = PTE_OF(frame) | PTE_RWX;
        *deep_entry(root, levels, deep_half(levels) - PAGE, 0) = PTE_OF(frame) | PTE_RWX;
        *deep_entry(root, levels, -deep_half(levels), 0) = PTE_OF(frame) | PTE_RWX;
        CSR_WRITE(satp, deep_satp(root, levels, 0));
        sfence_all();
        run_in(MODE_S, in_s_mode, levels);
    }
}
