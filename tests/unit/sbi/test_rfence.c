/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "RFENCE Extension". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sbi/sbi_fixture.h"

enum { FENCE_I, SFENCE_VMA, SFENCE_VMA_ASID };

#define PAGE_A UINT64_C(0x10000000)
#define PAGE_B UINT64_C(0x10001000)
#define TOP_PAGE UINT64_C(0xfffffffffffff000)

static struct tlb_bank *bank_of(struct bench *m, unsigned n, uint64_t asid)
{
    const uint64_t satp = field_set(field_set(1, SATP_MODE, SATP_SV39), SATP_ASID, asid);
    const struct mmu_context context = {.satp = satp, .priv = PRIV_S};
    return tlb_bank_for(&m->tlb[n], &context);
}

static void fill(struct bench *m, unsigned n, uint64_t asid, uint64_t va)
{
    tlb_fill(bank_of(m, n, asid), ACCESS_LOAD, va, m->ram.host, PAGE_SHIFT);
}

static bool cached(struct bench *m, unsigned n, uint64_t asid, uint64_t va)
{
    return tlb_lookup(bank_of(m, n, asid), ACCESS_LOAD, va, 8) != NULL;
}

static int setup_filled(void **state)
{
    setup(state);
    struct bench *m = *state;
    for (unsigned i = 1; i < HARTS; i++)
        start_hart(m, i);
    for (unsigned i = 0; i < HARTS; i++)
        for (uint64_t asid = 1; asid <= 2; asid++) {
            fill(m, i, asid, PAGE_A);
            fill(m, i, asid, PAGE_B);
            fill(m, i, asid, TOP_PAGE);
        }
    return 0;
}

static void sfence_by_address_drops_that_page_on_the_harts_of_the_mask(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_RFENCE, SFENCE_VMA, 2, 0, PAGE_A, PAGE_BYTES), SUCCESS);
    assert_false(cached(m, 1, 1, PAGE_A));
    assert_false(cached(m, 1, 2, PAGE_A));
    assert_true(cached(m, 1, 1, PAGE_B));
    assert_true(cached(m, 0, 1, PAGE_A));
    assert_true(cached(m, 2, 1, PAGE_A));
}

static void sfence_covers_every_page_that_the_range_touches(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_RFENCE, SFENCE_VMA, 2, 0, PAGE_A + 0xffc, 8), SUCCESS);
    assert_false(cached(m, 1, 1, PAGE_A));
    assert_false(cached(m, 1, 1, PAGE_B));
    assert_true(cached(m, 1, 1, TOP_PAGE));
}

static void sfence_of_start_0_and_size_0_drops_everything(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_RFENCE, SFENCE_VMA, 2, 0, 0, 0), SUCCESS);
    assert_false(cached(m, 1, 1, PAGE_A));
    assert_false(cached(m, 1, 2, TOP_PAGE));
    assert_true(cached(m, 0, 1, PAGE_A));
}

static void sfence_of_size_all_ones_drops_everything_from_anywhere(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_RFENCE, SFENCE_VMA, 2, 0, PAGE_B, UINT64_MAX), SUCCESS);
    assert_false(cached(m, 1, 1, PAGE_A));
    assert_false(cached(m, 1, 2, PAGE_B));
}

static void sfence_of_a_large_range_drops_all_of_it(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_RFENCE, SFENCE_VMA, 2, 0, 0x1000, UINT64_C(1) << 40), SUCCESS);
    assert_false(cached(m, 1, 1, PAGE_A));
    assert_false(cached(m, 1, 2, PAGE_B));
}

static void sfence_may_end_at_the_top_of_the_address_space(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_RFENCE, SFENCE_VMA, 2, 0, TOP_PAGE, PAGE_BYTES), SUCCESS);
    assert_false(cached(m, 1, 1, TOP_PAGE));
    assert_true(cached(m, 1, 1, PAGE_A));
}

static void range_past_the_top_is_an_invalid_address(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_RFENCE, SFENCE_VMA, 2, 0, TOP_PAGE, PAGE_BYTES + 1), INVALID_ADDRESS);
    assert_int_equal(CALL(m, 0, EID_RFENCE, SFENCE_VMA_ASID, 2, 0, TOP_PAGE, PAGE_BYTES + 1, 1), INVALID_ADDRESS);
    assert_true(cached(m, 1, 1, TOP_PAGE));
}

static void sfence_by_asid_leaves_other_address_spaces(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_RFENCE, SFENCE_VMA_ASID, 2, 0, PAGE_A, PAGE_BYTES, 1), SUCCESS);
    assert_false(cached(m, 1, 1, PAGE_A));
    assert_true(cached(m, 1, 1, PAGE_B));
    assert_true(cached(m, 1, 2, PAGE_A));
    assert_int_equal(CALL(m, 0, EID_RFENCE, SFENCE_VMA_ASID, 2, 0, 0, UINT64_MAX, 2), SUCCESS);
    assert_false(cached(m, 1, 2, PAGE_A));
    assert_false(cached(m, 1, 2, PAGE_B));
    assert_true(cached(m, 1, 1, PAGE_B));
}

static void asid_of_more_than_16_bits_is_an_invalid_parameter(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_RFENCE, SFENCE_VMA_ASID, 2, 0, 0, 0, 0x10001), INVALID_PARAM);
    assert_true(cached(m, 1, 1, PAGE_A));
}

static void absent_hart_is_an_invalid_parameter_of_each_fence(void **state)
{
    struct bench *m = *state;
    for (uint64_t fid = FENCE_I; fid <= SFENCE_VMA_ASID; fid++)
        assert_int_equal(CALL(m, 0, EID_RFENCE, fid, 1 << HARTS | 2, 0, 0, 0, 1), INVALID_PARAM);
    assert_true(cached(m, 1, 1, PAGE_A));
}

static void base_of_all_ones_fences_all_harts(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_RFENCE, SFENCE_VMA, 0, UINT64_MAX, 0, 0), SUCCESS);
    for (unsigned i = 0; i < HARTS; i++)
        assert_false(cached(m, i, 1, PAGE_A));
}

/* The block at KERNEL of hart 1, whose first word is `word`. */
static const struct block *block_with(struct bench *m, uint32_t word)
{
    const uint32_t jump_to_self = 0x0000006f;
    memcpy(ram_at(&m->ram, KERNEL, 4), &word, 4);
    memcpy(ram_at(&m->ram, KERNEL + 4, 4), &jump_to_self, 4);
    ram_wrote(&m->ram, KERNEL, 8);
    m->hart[1].pc = KERNEL;
    return code_cache_find(m->cache, &m->hart[1]);
}

static void fence_i_drops_code_that_was_written_since(void **state)
{
    struct bench *m = *state;
    const struct block *block = block_with(m, 0x00000013);
    assert_non_null(block);
    assert_int_equal(block->pc, KERNEL);
    block_with(m, 0x00100093);
    assert_int_equal(CALL(m, 0, EID_RFENCE, FENCE_I, 0, 0), SUCCESS);
    assert_int_equal(block->pc, KERNEL);
    assert_int_equal(CALL(m, 0, EID_RFENCE, FENCE_I, 2, 0), SUCCESS);
    assert_int_not_equal(block->pc, KERNEL);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup_filled, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sfence_by_address_drops_that_page_on_the_harts_of_the_mask),
        TEST(sfence_covers_every_page_that_the_range_touches),
        TEST(sfence_of_start_0_and_size_0_drops_everything),
        TEST(sfence_of_size_all_ones_drops_everything_from_anywhere),
        TEST(sfence_of_a_large_range_drops_all_of_it),
        TEST(sfence_may_end_at_the_top_of_the_address_space),
        TEST(range_past_the_top_is_an_invalid_address),
        TEST(sfence_by_asid_leaves_other_address_spaces),
        TEST(asid_of_more_than_16_bits_is_an_invalid_parameter),
        TEST(absent_hart_is_an_invalid_parameter_of_each_fence),
        TEST(base_of_all_ones_fences_all_harts),
        TEST(fence_i_drops_code_that_was_written_since),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
