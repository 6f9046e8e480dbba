/* SPDX-License-Identifier: MIT */
/* menvcfg.ADUE: on, an access sets A and a store sets D (norm:Svadu_hw_update_a_d_bits); off, either
 * one missing is a page fault and the entry stays as it was (norm:svade_access_ad_bit_clear). */
/* qemu: no, 7.2 has no ADUE and always sets the bits */
#include "lib/env.h"

#define VA UINT64_C(0x40000000)
#define ADUE (UINT64_C(1) << 61)
#define AD (PTE_A | PTE_D)

static uint64_t frame[PAGE / 8] __attribute__((aligned(PAGE)));
static volatile uint64_t *entry;
static uint64_t *root;

static void set_bits(uint64_t bits)
{
    *entry = (uint64_t)frame >> 2 | PTE_V | PTE_R | PTE_W | PTE_X | bits;
    sfence_all();
}

static uint64_t do_load(uint64_t unused)
{
    (void)unused;
    uint64_t value = 0;
    return try_load((void *)VA, &value);
}

static uint64_t do_store(uint64_t value)
{
    return try_store((void *)VA, value);
}

static uint64_t do_amo(uint64_t value)
{
    return TRY("amoor.d x0, %0, (%1)", value, VA);
}

static uint64_t do_fetch(uint64_t unused)
{
    (void)unused;
    uint64_t value = 0;
    return try_call((void *)VA, &value);
}

static void check(unsigned number, uint64_t (*access)(uint64_t), uint64_t bits, uint64_t cause,
                  uint64_t bits_after)
{
    set_bits(bits);
    expect(number, run_in(MODE_S, access, 0x8082), cause);
    expect(number + 1, *entry & AD, bits_after);
}

void test(void)
{
    root = table_create(0);
    entry = table_entry(root, VA);
    CSR_WRITE(satp, table_satp(root, 0));
    frame[0] = 0x8082; /* c.jr ra */
    __asm__ volatile("fence.i" ::: "memory");

    CSR_SET(0x30a, ADUE);
    check(10, do_load, 0, NO_TRAP, PTE_A);
    check(12, do_fetch, 0, NO_TRAP, PTE_A);
    check(14, do_store, 0, NO_TRAP, AD);
    check(16, do_store, PTE_A, NO_TRAP, AD);
    check(18, do_amo, PTE_A, NO_TRAP, AD);

    CSR_CLEAR(0x30a, ADUE);
    check(20, do_load, 0, CAUSE_LOAD_PAGE, 0);
    check(22, do_fetch, 0, CAUSE_FETCH_PAGE, 0);
    check(24, do_store, 0, CAUSE_STORE_PAGE, 0);
    check(26, do_store, PTE_A, CAUSE_STORE_PAGE, PTE_A);
    check(28, do_amo, PTE_A, CAUSE_STORE_PAGE, PTE_A);
    check(30, do_load, PTE_A, NO_TRAP, PTE_A);
    check(32, do_store, AD, NO_TRAP, AD);
}
