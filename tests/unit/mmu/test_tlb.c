/* SPDX-License-Identifier: MIT */
/* The banks of cached translations: what they find, what they drop, and which bank a context gets. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bits.h"
#include "cpu/block.h"
#include "mmu/tlb.h"

static uint8_t host[16 * PAGE_BYTES] __attribute__((aligned(4096)));

static int setup(void **state)
{
    static struct tlb tlb;
    *state = &tlb;
    return tlb_create(&tlb) ? 0 : -1;
}

static int teardown(void **state)
{
    tlb_destroy(*state);
    return 0;
}

static struct mmu_context context(unsigned n)
{
    return (struct mmu_context){.satp = UINT64_C(8) << 60 | n, .priv = PRIV_S};
}

static struct tlb_bank *bank(struct tlb *tlb, unsigned n)
{
    struct mmu_context ctx = context(n);
    return tlb_bank_for(tlb, &ctx);
}

static void a_lookup_finds_what_was_filled_and_nothing_across_pages(void **state)
{
    struct tlb_bank *b = bank(*state, 0);
    uint64_t va = UINT64_C(0xffffffc012345000);
    tlb_fill(b, ACCESS_LOAD, va + 0x123, host, PAGE_SHIFT);
    for (unsigned size = 1; size <= 8; size *= 2)
        for (uint64_t offset = 0; offset < PAGE_BYTES; offset++) {
            uint8_t *found = tlb_lookup(b, ACCESS_LOAD, va + offset, size);
            assert_ptr_equal(found, offset + size <= PAGE_BYTES ? host + offset : NULL);
        }
    assert_null(tlb_lookup(b, ACCESS_STORE, va, 8));
    assert_null(tlb_lookup(b, ACCESS_FETCH, va, 2));
    assert_null(tlb_lookup(b, ACCESS_LOAD, va + TLB_ENTRIES * PAGE_BYTES, 8));
    assert_null(tlb_lookup(b, ACCESS_LOAD, va - 1, 1));
}

/* Fills two pages that share a slot; the first becomes a victim. */
static struct tlb_bank *bank_with_victim(struct tlb *tlb, uint64_t va)
{
    struct tlb_bank *b = bank(tlb, 0);
    tlb_fill(b, ACCESS_STORE, va, host, PAGE_SHIFT);
    tlb_fill(b, ACCESS_STORE, va + TLB_ENTRIES * PAGE_BYTES, host + PAGE_BYTES, PAGE_SHIFT);
    assert_null(tlb_lookup(b, ACCESS_STORE, va, 8));
    return b;
}

static void what_lost_its_place_can_be_put_back(void **state)
{
    const uint64_t va = 0x40003000, other = va + TLB_ENTRIES * PAGE_BYTES;
    struct tlb_bank *b = bank_with_victim(*state, va);
    assert_false(tlb_restore(b, ACCESS_LOAD, va));
    assert_false(tlb_restore(b, ACCESS_STORE, va + PAGE_BYTES));
    for (unsigned i = 0; i < 4; i++) { /* they take each other's place */
        assert_true(tlb_restore(b, ACCESS_STORE, va));
        assert_ptr_equal(tlb_lookup(b, ACCESS_STORE, va + 8, 8), host + 8);
        assert_true(tlb_restore(b, ACCESS_STORE, other));
        assert_ptr_equal(tlb_lookup(b, ACCESS_STORE, other, 8), host + PAGE_BYTES);
    }
}

static void what_was_dropped_is_not_put_back(void **state)
{
    const uint64_t va = 0x40003000;
    struct tlb *tlb = *state;
    tlb_empty(bank_with_victim(tlb, va));
    assert_false(tlb_restore(bank(tlb, 0), ACCESS_STORE, va));
    tlb_drop_address(bank_with_victim(tlb, va), va);
    assert_false(tlb_restore(bank(tlb, 0), ACCESS_STORE, va));
    bank_with_victim(tlb, va);
    tlb_drop_stores_to(tlb, host);
    assert_false(tlb_restore(bank(tlb, 0), ACCESS_STORE, va));
    bank_with_victim(tlb, va);
    tlb_drop_address(bank(tlb, 0), va + PAGE_BYTES);
    assert_true(tlb_restore(bank(tlb, 0), ACCESS_STORE, va));
}

static void an_empty_bank_finds_nothing_at_any_address(void **state)
{
    struct tlb_bank *b = bank(*state, 0);
    const uint64_t edges[] = {0, 1, PAGE_BYTES - 1, UINT64_MAX, UINT64_MAX - 7, UINT64_MAX - 4095, INT64_MAX};
    for (unsigned i = 0; i < sizeof edges / sizeof *edges; i++)
        for (unsigned size = 1; size <= 8; size *= 2) {
            assert_null(tlb_lookup(b, ACCESS_LOAD, edges[i], size));
            assert_null(tlb_lookup(b, ACCESS_STORE, edges[i], size));
        }
    tlb_fill(b, ACCESS_LOAD, 0, host, PAGE_SHIFT);
    tlb_drop_address(b, 0);
    for (unsigned i = 0; i < sizeof edges / sizeof *edges; i++)
        assert_null(tlb_lookup(b, ACCESS_LOAD, edges[i], 1));
}

static void dropping_an_address_drops_its_page_alone(void **state)
{
    struct tlb_bank *b = bank(*state, 0);
    for (unsigned page = 0; page < 16; page++)
        for (unsigned type = 0; type < 3; type++)
            tlb_fill(b, (enum access_type)type, page * PAGE_BYTES, host + page * PAGE_BYTES, PAGE_SHIFT);
    tlb_drop_address(b, 5 * PAGE_BYTES + 77);
    for (unsigned page = 0; page < 16; page++)
        for (unsigned type = 0; type < 3; type++)
            assert_true((tlb_lookup(b, (enum access_type)type, page * PAGE_BYTES, 1) == NULL) == (page == 5));
}

/* norm:sfence_vma_va_all_asid: a fence for any address in a superpage concerns all of it. */
static void dropping_an_address_in_a_large_page_drops_all_its_entries(void **state)
{
    static const unsigned page_bits[] = {16, 21, 30};
    struct tlb_bank *b = bank(*state, 0);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t base = UINT64_C(3) << 30, last = base + BIT(page_bits[i]) - PAGE_BYTES;
        tlb_fill(b, ACCESS_LOAD, base + PAGE_BYTES, host, page_bits[i]);
        tlb_fill(b, ACCESS_STORE, last, host, page_bits[i]);
        tlb_fill(b, ACCESS_LOAD, base - PAGE_BYTES, host, PAGE_SHIFT);
        tlb_drop_address(b, base + BIT(page_bits[i]));
        assert_non_null(tlb_lookup(b, ACCESS_LOAD, base + PAGE_BYTES, 1));
        tlb_drop_address(b, base + BIT(page_bits[i]) - 1);
        assert_null(tlb_lookup(b, ACCESS_LOAD, base + PAGE_BYTES, 1));
        assert_null(tlb_lookup(b, ACCESS_STORE, last, 1));
    }
}

static void dropping_an_address_forgets_the_blocks_of_its_page(void **state)
{
    struct tlb_bank *b = bank(*state, 0);
    static const struct block some;
    uint64_t pc = UINT64_C(0x80001234);
    tlb_fill_jump(b, pc, &some);
    tlb_drop_address(b, pc + 2 * PAGE_BYTES);
    assert_ptr_equal(b->jump[jump_slot(pc)], &some);
    tlb_drop_address(b, pc & ~UINT64_C(4095));
    assert_ptr_equal(b->jump[jump_slot(pc)], &block_none);
}

static void filling_and_dropping_for_ever_overflows_no_log(void **state)
{
    struct tlb_bank *b = bank(*state, 0);
    static const struct block some;
    for (uint64_t i = 0; i < 200000; i++) {
        uint64_t va = i * 0x9e3779b97f4a7c15u & ~UINT64_C(4095);
        for (unsigned type = 0; type < 3; type++)
            tlb_fill(b, (enum access_type)type, va, host, PAGE_SHIFT);
        tlb_fill_jump(b, va + 2 * (i % 2048), &some);
        if (i % 3 == 0)
            tlb_drop_address(b, va);
        if (i % 5 == 0)
            tlb_drop_stores_to(*state, host);
        for (unsigned type = 0; type < 3; type++)
            assert_in_range(b->log[type].count, 0, TLB_ENTRIES);
        assert_in_range(b->jump_log.count, 0, JUMP_ENTRIES);
    }
    tlb_empty(b);
    for (unsigned i = 0; i < TLB_ENTRIES; i++)
        for (unsigned type = 0; type < 3; type++)
            assert_int_equal(b->entry[type][i].tag, TLB_NO_TAG);
    for (unsigned i = 0; i < JUMP_ENTRIES; i++)
        assert_ptr_equal(b->jump[i], &block_none);
}

static void stores_to_a_host_page_are_dropped_under_all_addresses_and_contexts(void **state)
{
    struct tlb_bank *first = bank(*state, 0), *second = bank(*state, 1);
    tlb_fill(first, ACCESS_STORE, 0x1000, host, PAGE_SHIFT);
    tlb_fill(first, ACCESS_STORE, 0x5000, host, 21);
    tlb_fill(second, ACCESS_STORE, UINT64_C(0xffffffff80000000), host, PAGE_SHIFT);
    tlb_fill(second, ACCESS_STORE, 0x2000, host + PAGE_BYTES, PAGE_SHIFT);
    tlb_fill(second, ACCESS_LOAD, 0x3000, host, PAGE_SHIFT);
    tlb_drop_stores_to(*state, host);
    assert_null(tlb_lookup(first, ACCESS_STORE, 0x1000, 1));
    assert_null(tlb_lookup(first, ACCESS_STORE, 0x5000, 1));
    assert_null(tlb_lookup(second, ACCESS_STORE, UINT64_C(0xffffffff80000000), 1));
    assert_non_null(tlb_lookup(second, ACCESS_STORE, 0x2000, 1));
    assert_non_null(tlb_lookup(second, ACCESS_LOAD, 0x3000, 1));
}

static void each_part_of_a_context_makes_it_another_bank(void **state)
{
    struct mmu_context ctx = context(0), other[8];
    for (unsigned i = 0; i < 8; i++)
        other[i] = ctx;
    other[0].satp ^= BIT(44);
    other[1].hgatp = 1;
    other[2].priv = PRIV_U;
    other[3].virt = true;
    other[4].sum = true;
    other[5].mxr = true;
    other[6].mxr_both = true;
    other[7].exec_read = true;
    struct tlb_bank *b = tlb_bank_for(*state, &ctx);
    for (unsigned i = 0; i < 8; i++)
        assert_ptr_not_equal(tlb_bank_for(*state, &other[i]), b);
    assert_ptr_equal(tlb_bank_for(*state, &ctx), b);
}

static void the_bank_least_recently_used_is_given_up_and_emptied(void **state)
{
    struct tlb *tlb = *state;
    for (unsigned n = 0; n < TLB_BANKS; n++)
        tlb_fill(bank(tlb, n), ACCESS_LOAD, 0, host + (n % 16) * PAGE_BYTES, PAGE_SHIFT);
    bank(tlb, 0); /* 1 is the oldest now */
    assert_null(tlb_lookup(bank(tlb, 100), ACCESS_LOAD, 0, 1));
    assert_non_null(tlb_lookup(bank(tlb, 0), ACCESS_LOAD, 0, 1));
    assert_non_null(tlb_lookup(bank(tlb, 2), ACCESS_LOAD, 0, 1));
    assert_null(tlb_lookup(bank(tlb, 1), ACCESS_LOAD, 0, 1));
    assert_null(tlb_lookup(bank(tlb, 3), ACCESS_LOAD, 0, 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_lookup_finds_what_was_filled_and_nothing_across_pages),
        TEST(what_lost_its_place_can_be_put_back),
        TEST(what_was_dropped_is_not_put_back),
        TEST(an_empty_bank_finds_nothing_at_any_address),
        TEST(dropping_an_address_drops_its_page_alone),
        TEST(dropping_an_address_in_a_large_page_drops_all_its_entries),
        TEST(dropping_an_address_forgets_the_blocks_of_its_page),
        TEST(filling_and_dropping_for_ever_overflows_no_log),
        TEST(stores_to_a_host_page_are_dropped_under_all_addresses_and_contexts),
        TEST(each_part_of_a_context_makes_it_another_bank),
        TEST(the_bank_least_recently_used_is_given_up_and_emptied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
