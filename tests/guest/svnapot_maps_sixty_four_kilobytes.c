/* SPDX-License-Identifier: MIT */
/* Sixteen entries with N and PPN[3:0] = 8 map 64 KiB, the address's own bits below
 * (norm:Svnapot_implicit_read_ppn_subst); other patterns and N in a superpage are reserved
 * (norm:Svnapot_reserved_encoding_fault). A fence by any of its addresses concerns all of it. */
/* qemu: no, 7.2 has no Svnapot by default */
#include "lib/deep.h"

#define VA UINT64_C(0x40020000)
#define NAPOT_BYTES 0x10000
#define PAGES 16

static uint64_t frames[2][NAPOT_BYTES / 8] __attribute__((aligned(NAPOT_BYTES)));
static uint64_t *root;

static void map_all(uint64_t pte)
{
    for (unsigned i = 0; i < PAGES; i++)
        *deep_entry(root, 3, VA + i * PAGE, 0) = pte;
}

static uint64_t napot(const void *frame)
{
    return PTE_OF(frame) | PTE_OF(8 * PAGE) | PTE_N | PTE_RWX;
}

static void check_pages(unsigned number, uint64_t which)
{
    for (unsigned i = 0; i < PAGES; i++) {
        uint64_t value = 0;
        expect(number, try_load((void *)(VA + i * PAGE + 8 * i), &value), NO_TRAP);
        expect(number + 1, value, which << 8 | i);
        expect(number + 2, try_store((void *)(VA + i * PAGE + 256), value), NO_TRAP);
        expect(number + 3, frames[which][(i * PAGE + 256) / 8], value);
    }
    uint64_t across = 0;
    expect(number, try_load((void *)(VA + PAGE - 4), &across), NO_TRAP);
    expect(number + 1, across, 0);
}

static void check_fault(unsigned number, volatile uint64_t *entry, uint64_t pte)
{
    uint64_t value = 0, old = *entry;
    *entry = pte;
    sfence_all();
    for (unsigned round = 0; round < 2; round++) {
        expect(number, try_load((void *)VA, &value), CAUSE_LOAD_PAGE);
        expect(number + 1, try_store((void *)VA, value), CAUSE_STORE_PAGE);
        expect(number + 2, try_call((void *)VA, &value), CAUSE_FETCH_PAGE);
    }
    *entry = old;
}

static uint64_t in_s_mode(uint64_t unused)
{
    for (unsigned fenced = 0; fenced < PAGES; fenced++) {
        map_all(napot(frames[fenced & 1]));
        __asm__ volatile("sfence.vma %0, x0" ::"r"(VA + fenced * PAGE) : "memory");
        check_pages(1, fenced & 1);
    }
    for (unsigned low = 0; low < 16; low++)
        if (low != 8)
            check_fault(10, deep_entry(root, 3, VA, 0), PTE_OF(frames) | PTE_OF(low * PAGE) | PTE_N | PTE_RWX);
    volatile uint64_t *middle = deep_entry(root, 3, VA, 1);
    check_fault(20, middle, PTE_OF(0x80000000) | PTE_N | PTE_RWX);
    check_fault(30, middle, PTE_OF(0x80000000) | PTE_OF(8 * PAGE) | PTE_N | PTE_RWX);
    check_fault(40, deep_entry(root, 3, VA, 2), PTE_OF(0x80000000) | PTE_OF(8 * PAGE) | PTE_N | PTE_RWX);
    return unused;
}

void test(void)
{
    for (uint64_t which = 0; which < 2; which++)
        for (unsigned i = 0; i < PAGES; i++)
            frames[which][(i * PAGE + 8 * i) / 8] = which << 8 | i;
    root = deep_create(3, 0);
    map_all(napot(frames[0]));
    CSR_WRITE(satp, deep_satp(root, 3, 0));
    run_in(MODE_S, in_s_mode, 0);
}
