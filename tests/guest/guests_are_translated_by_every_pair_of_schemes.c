/* SPDX-License-Identifier: MIT */
/* VS mode over each of three schemes, over each of three of the G stage (norm:H_vm_twostage): what it stores is found where
 * both stages say, and each stage's missing page, right or A bit has its own fault (norm:H_guest_page_fault), told with the
 * guest physical address (norm:mtval2_trapval).
 * qemu: no, its 7.2 gives 0 in mtinst and has no menvcfg.ADUE */
#include "lib/guest.h"

#define VA UINT64_C(0x40000000)
#define GPA UINT64_C(0x50000000)

static uint64_t frame[PAGE / 8] __attribute__((aligned(PAGE)));
static unsigned step;

static uint64_t do_load(uint64_t address)
{
    uint64_t value = 0, cause = try_load((void *)address, &value);
    return cause == NO_TRAP ? value : cause;
}

static uint64_t do_store(uint64_t address)
{
    return try_store((void *)address, address * 3);
}

static uint64_t do_call(uint64_t address)
{
    uint64_t value = 0;
    return try_call((void *)address, &value);
}

static void expect_guest_fault(uint64_t cause, uint64_t gpa, uint64_t tinst)
{
    expect(step, self()->cause, cause);
    expect(step, self()->tval2, gpa >> 2);
    expect(step, self()->tinst, tinst);
    expect(step, self()->status & MSTATUS_GVA, MSTATUS_GVA);
}

static void renew(volatile uint64_t *entry, uint64_t value)
{
    *entry = value;
    hfence_gvma_all();
    hfence_vvma_all();
}

static void one_pair(unsigned vs, unsigned g)
{
    uint64_t *own = deep_create(vs, 0), *guest = guest_create(g);
    volatile uint64_t *leaf = deep_entry(own, vs, VA, 0), *page = guest_entry(guest, g, GPA, 0);
    uint64_t leaf_bits = PTE_OF(GPA) | PTE_RW, page_bits = PTE_OF(frame) | PTE_RWX | PTE_U;
    CSR_WRITE(vsatp, deep_satp(own, vs, 1));
    CSR_WRITE(hgatp, guest_hgatp(guest, g, 1));
    renew(leaf, leaf_bits);
    renew(page, page_bits);
    step++;
    expect(step, run_in_mode(IN_VS, do_store, VA + 8), NO_TRAP);
    expect(step, frame[1], (VA + 8) * 3);
    frame[2] = 77;
    expect(step, run_in_mode(IN_VS, do_load, VA + 16), 77);
    expect(step, run_in_mode(IN_VS, do_call, VA), CAUSE_FETCH_PAGE);
    expect(step, self()->tval2, 0);

    renew(page, page_bits & ~(uint64_t)PTE_U);
    expect(step, run_in_mode(IN_VS, do_load, VA + 16), CAUSE_LOAD_GUEST);
    expect(step, self()->tval, VA + 16);
    expect(step, self()->tval2, (GPA + 16) >> 2);
    renew(page, page_bits & ~(uint64_t)PTE_W);
    expect(step, run_in_mode(IN_VS, do_store, VA + 24), CAUSE_STORE_GUEST);
    expect(step, self()->tval2, (GPA + 24) >> 2);
    renew(page, page_bits & ~(uint64_t)(PTE_A | PTE_D));
    CSR_CLEAR(menvcfg, ENVCFG_ADUE);
    hfence_gvma_all();
    expect(step, run_in_mode(IN_VS, do_load, VA + 16), CAUSE_LOAD_GUEST);
    CSR_SET(menvcfg, ENVCFG_ADUE);
    hfence_gvma_all();
    expect(step, run_in_mode(IN_VS, do_load, VA + 16), 77);
    expect(step, *page, page_bits & ~(uint64_t)PTE_D);

    /* The tables themselves through a page that is not there: a read; a clear A in a read-only one: a write. */
    uint64_t table = (uint64_t)leaf & ~(uint64_t)(PAGE - 1), window = UINT64_C(0x60000000);
    volatile uint64_t *above = deep_entry(own, vs, VA, 1);
    renew(above, PTE_OF(window) | PTE_V);
    expect(step, run_in_mode(IN_VS, do_load, VA + 16), CAUSE_LOAD_GUEST);
    expect_guest_fault(CAUSE_LOAD_GUEST, window, 0x3000);
    renew(guest_entry(guest, g, window, 0), PTE_OF(table) | PTE_V | PTE_R | PTE_U | PTE_A);
    expect(step, run_in_mode(IN_VS, do_load, VA + 16), 77);
    renew(leaf, leaf_bits & ~(uint64_t)(PTE_A | PTE_D));
    CSR_SET(henvcfg, ENVCFG_ADUE);
    hfence_vvma_all();
    expect(step, run_in_mode(IN_VS, do_load, VA + 16), CAUSE_LOAD_GUEST);
    expect_guest_fault(CAUSE_LOAD_GUEST, window, 0x3020);
}

static void empty(volatile uint64_t *words, size_t bytes)
{
    for (size_t i = 0; i < bytes / 8; i++)
        words[i] = 0;
}

void test(void)
{
    frame[0] = 0x8082; /* c.jr ra */
    CSR_SET(henvcfg, ENVCFG_ADUE);
    for (unsigned vs = 3; vs <= 5; vs++) {
        one_pair(vs, 3);
        one_pair(vs, 4);
        one_pair(vs, 5);
        guest_roots_used = deep_used = 0;
        empty(deep_tables[0], sizeof deep_tables);
        empty(guest_roots[0], sizeof guest_roots);
    }
}
