/* SPDX-License-Identifier: MIT */
/* once: page tables are given out once */
/* After a change of tables, HFENCE.VVMA and HFENCE.GVMA with operands that name it let the guest see it
 * (norm:hfence-vvma_mode, norm:hfence-gvma_op); a superpage's fence may name any page in it. Guests that take turns see
 * each its own memory, and two under one VMID share a fence. */
#include "lib/guest.h"

#define VA UINT64_C(0x40000000)
#define GPA UINT64_C(0x50000000)
#define PAGES 8
#define GUESTS 4

static uint64_t frames[PAGES][PAGE / 8] __attribute__((aligned(PAGE)));

static uint64_t do_load(uint64_t address)
{
    uint64_t value = 0, cause = try_load((void *)address, &value);
    return cause == NO_TRAP ? value : cause;
}

static uint64_t do_sfence(uint64_t address)
{
    __asm__ volatile("sfence.vma %0, zero" ::"r"(address) : "memory");
    return 0;
}

static uint64_t seen(uint64_t address)
{
    return run_in_mode(IN_VS, do_load, address);
}

static void both_fences(void)
{
    uint64_t *own = deep_create(3, 0), *guest = guest_create(3);
    volatile uint64_t *leaf = deep_entry(own, 3, VA, 0), *page = guest_entry(guest, 3, GPA, 0);
    volatile uint64_t *large = guest_entry(guest, 3, GPA + 0x400000, 1), *middle = deep_entry(own, 3, VA + PAGE, 0);
    CSR_WRITE(vsatp, deep_satp(own, 3, 5));
    CSR_WRITE(hgatp, guest_hgatp(guest, 3, 9));
    for (unsigned n = 0; n < PAGES; n++) {
        *guest_entry(guest, 3, GPA + n * PAGE, 0) = PTE_OF(frames[n]) | PTE_RW | PTE_U;
        *leaf = PTE_OF(GPA + n * PAGE) | PTE_RW;
        if (n % 4 == 0)
            hfence_vvma(VA, 5);
        else if (n % 4 == 1)
            hfence_vvma_all();
        else if (n % 4 == 2)
            hfence_vvma(VA + 123, 5 | UINT64_C(1) << 16);
        else
            run_in_mode(IN_VS, do_sfence, VA);
        expect(1, seen(VA), n);
    }
    *leaf = PTE_OF(GPA) | PTE_RW;
    hfence_vvma(VA, 5);
    for (unsigned n = 0; n < PAGES; n++) {
        *page = PTE_OF(frames[n]) | PTE_RW | PTE_U;
        if (n % 2)
            hfence_gvma(GPA, 9);
        else
            hfence_gvma_all();
        expect(2, seen(VA), n);
    }
    *middle = PTE_OF(GPA + 0x400000 + PAGE) | PTE_RW;
    *large = PTE_OF(0x80000000) | PTE_RWX | PTE_U;
    hfence_gvma_all();
    expect(3, seen(VA + PAGE), *(uint64_t *)(0x80000000 + PAGE));
    *large = 0;
    hfence_gvma(GPA + 0x5ff000, 9);
    expect(4, seen(VA + PAGE), CAUSE_LOAD_GUEST);

    /* A table of the guest's moves to another frame. */
    static uint64_t copy[PAGE / 8] __attribute__((aligned(PAGE)));
    volatile uint64_t *above = deep_entry(own, 3, VA, 1);
    volatile uint64_t *window = guest_entry(guest, 3, GPA + 0x100000, 0);
    *window = PTE_OF((uint64_t)leaf & ~(uint64_t)(PAGE - 1)) | PTE_RW | PTE_U;
    *above = PTE_OF(GPA + 0x100000) | PTE_V;
    hfence_gvma_all();
    hfence_vvma_all();
    expect(5, seen(VA), PAGES - 1);
    copy[0] = PTE_OF(GPA + 3 * PAGE) | PTE_RW;
    *window = PTE_OF(copy) | PTE_RW | PTE_U;
    hfence_gvma(GPA + 0x100000, 9);
    hfence_vvma(VA, 5);
    expect(6, seen(VA), 3);
}

static void guests_in_turn(void)
{
    uint64_t own[GUESTS], guest[GUESTS];
    for (unsigned n = 0; n < GUESTS; n++) {
        uint64_t *root = deep_create(3, 0), *second = guest_create(3);
        *deep_entry(root, 3, VA, 0) = PTE_OF(GPA) | PTE_RW;
        *guest_entry(second, 3, GPA, 0) = PTE_OF(frames[n]) | PTE_RW | PTE_U;
        own[n] = deep_satp(root, 3, 1);
        guest[n] = guest_hgatp(second, 3, 20 + n);
    }
    hfence_gvma_all();
    hfence_vvma_all();
    for (unsigned i = 0; i < 40; i++) {
        CSR_WRITE(vsatp, own[i % GUESTS]);
        CSR_WRITE(hgatp, guest[i % GUESTS]);
        expect(7, seen(VA), i % GUESTS);
    }
}

void test(void)
{
    for (unsigned n = 0; n < PAGES; n++)
        frames[n][0] = n;
    both_fences();
    guests_in_turn();
}
