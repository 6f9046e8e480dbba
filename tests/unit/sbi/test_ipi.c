/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "IPI Extension" and "Hart list parameter". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sbi/sbi_fixture.h"


static int setup_all_started(void **state)
{
    setup(state);
    for (unsigned i = 1; i < HARTS; i++)
        start_hart(*state, i);
    return 0;
}

/* The harts with SSIP pending, which is cleared. */
static uint64_t interrupted(struct bench *m)
{
    uint64_t set = 0;
    for (unsigned i = 0; i < HARTS; i++) {
        if (pending(m, i, MIP_SSIP))
            set |= BIT(i);
        m->hart[i].csr.mip = 0;
    }
    return set;
}

static void ipi_reaches_exactly_the_harts_of_the_mask(void **state)
{
    struct bench *m = *state;
    for (uint64_t mask = 0; mask < BIT(HARTS); mask++) {
        assert_int_equal(CALL(m, 0, EID_IPI, 0, mask, 0), SUCCESS);
        assert_int_equal(interrupted(m), mask);
    }
}

static void mask_counts_from_its_base(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_IPI, 0, 5, 1), SUCCESS);
    assert_int_equal(interrupted(m), BIT(1) | BIT(3));
}

static void base_of_all_ones_means_all_harts_whatever_the_mask(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_IPI, 0, 0, UINT64_MAX), SUCCESS);
    assert_int_equal(interrupted(m), BITS(HARTS - 1, 0));
    assert_int_equal(CALL(m, 0, EID_IPI, 0, UINT64_MAX, UINT64_MAX), SUCCESS);
    assert_int_equal(interrupted(m), BITS(HARTS - 1, 0));
}

static void absent_hart_in_the_mask_is_an_invalid_parameter_and_nobody_hears(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_IPI, 0, BIT(HARTS) | 1, 0), INVALID_PARAM);
    assert_int_equal(CALL(m, 0, EID_IPI, 0, BIT(63), 0), INVALID_PARAM);
    assert_int_equal(CALL(m, 0, EID_IPI, 0, 1, HARTS), INVALID_PARAM);
    assert_int_equal(interrupted(m), 0);
}

static void hart_ids_do_not_wrap(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_IPI, 0, 4, UINT64_MAX - 1), INVALID_PARAM);
    assert_int_equal(interrupted(m), 0);
}

static void base_of_an_empty_mask_need_not_exist(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_IPI, 0, 0, 12345), SUCCESS);
    assert_int_equal(interrupted(m), 0);
}

static void stopped_hart_is_a_valid_target_but_starts_with_nothing_pending(void **state)
{
    struct bench *m = *state;
    CALL(m, 2, EID_HSM, 1);
    assert_int_equal(CALL(m, 0, EID_IPI, 0, 4, 0), SUCCESS);
    start_hart(m, 2);
    assert_false(pending(m, 2, MIP_SSIP));
}

static void ipi_to_a_waiting_hart_makes_it_look(void **state)
{
    struct bench *m = *state;
    m->hart[1].look = false;
    CALL(m, 0, EID_IPI, 0, 2, 0);
    assert_true(m->hart[1].look);
    set_csr(m, 1, CSR_sie, MIP_SSIP);
    assert_true(trap_wakes(&m->hart[1]));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup_all_started, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ipi_reaches_exactly_the_harts_of_the_mask),
        TEST(mask_counts_from_its_base),
        TEST(base_of_all_ones_means_all_harts_whatever_the_mask),
        TEST(absent_hart_in_the_mask_is_an_invalid_parameter_and_nobody_hears),
        TEST(hart_ids_do_not_wrap),
        TEST(base_of_an_empty_mask_need_not_exist),
        TEST(stopped_hart_is_a_valid_target_but_starts_with_nothing_pending),
        TEST(ipi_to_a_waiting_hart_makes_it_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
