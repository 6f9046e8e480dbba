/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "Timer Extension", with Sstc and without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sbi/sbi_fixture.h"


static void set_timer_raises_stip_when_the_time_has_come(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_TIME, 0, 2000), SUCCESS);
    assert_int_equal(value_of(m, 0), 0);
    csr_update_timer(&m->hart[0], 1999);
    sbi_update_timer(m->sbi, 1999);
    assert_false(pending(m, 0, MIP_STIP));
    csr_update_timer(&m->hart[0], 2000);
    sbi_update_timer(m->sbi, 2000);
    assert_true(pending(m, 0, MIP_STIP));
}

static void set_timer_to_the_future_clears_the_pending_interrupt(void **state)
{
    struct bench *m = *state;
    CALL(m, 0, EID_TIME, 0, 5);
    assert_true(pending(m, 0, MIP_STIP));
    CALL(m, 0, EID_TIME, 0, m->now + 1);
    assert_false(pending(m, 0, MIP_STIP));
}

static void set_timer_to_the_present_is_pending_at_once(void **state)
{
    struct bench *m = *state;
    CALL(m, 0, EID_TIME, 0, m->now);
    assert_true(pending(m, 0, MIP_STIP));
    assert_true(m->hart[0].look);
}

static void all_ones_disarms(void **state)
{
    struct bench *m = *state;
    CALL(m, 0, EID_TIME, 0, 5);
    CALL(m, 0, EID_TIME, 0, UINT64_MAX);
    assert_false(pending(m, 0, MIP_STIP));
    assert_int_equal(sbi_update_timer(m->sbi, UINT64_MAX - 1), UINT64_MAX);
    csr_update_timer(&m->hart[0], UINT64_MAX - 1);
    assert_false(pending(m, 0, MIP_STIP));
}

static void timer_is_of_the_calling_hart_alone(void **state)
{
    struct bench *m = *state;
    start_hart(m, 1);
    CALL(m, 1, EID_TIME, 0, 5);
    assert_true(pending(m, 1, MIP_STIP));
    assert_false(pending(m, 0, MIP_STIP));
}

static void every_set_timer_has_the_deadlines_looked_at_again(void **state)
{
    struct bench *m = *state;
    unsigned before = m->deadline_changes;
    CALL(m, 0, EID_TIME, 0, 3000);
    assert_int_equal(m->deadline_changes, before + 1);
}

static void with_sstc_the_timer_is_stimecmp(void **state)
{
    struct bench *m = *state;
    CALL(m, 0, EID_TIME, 0, 3000);
    assert_int_equal(csr_of(m, 0, CSR_stimecmp), 3000);
    assert_int_equal(sbi_timer_deadline(m->sbi, 0), UINT64_MAX);
}

static void without_sstc_the_next_deadline_is_the_earliest_timer(void **state)
{
    struct bench *m = *state;
    start_hart(m, 1);
    CALL(m, 0, EID_TIME, 0, 3000);
    CALL(m, 1, EID_TIME, 0, 2500);
    assert_int_equal(sbi_timer_deadline(m->sbi, 1), 2500);
    assert_int_equal(sbi_update_timer(m->sbi, 2000), 2500);
    assert_int_equal(sbi_update_timer(m->sbi, 2500), 3000);
    assert_true(pending(m, 1, MIP_STIP));
    assert_false(pending(m, 0, MIP_STIP));
}

static void without_sstc_stip_stays_until_the_next_set_timer(void **state)
{
    struct bench *m = *state;
    CALL(m, 0, EID_TIME, 0, 2000);
    sbi_update_timer(m->sbi, 2000);
    sbi_update_timer(m->sbi, 9000);
    assert_true(pending(m, 0, MIP_STIP));
    CALL(m, 0, EID_TIME, 0, 10000);
    assert_false(pending(m, 0, MIP_STIP));
}

#define BOTH(test)                                                                                 \
    cmocka_unit_test_setup_teardown(test, setup, teardown),                                        \
        {#test " without Sstc", test, setup_without_sstc, teardown, NULL}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(set_timer_raises_stip_when_the_time_has_come),
        BOTH(set_timer_to_the_future_clears_the_pending_interrupt),
        BOTH(set_timer_to_the_present_is_pending_at_once),
        BOTH(all_ones_disarms),
        BOTH(timer_is_of_the_calling_hart_alone),
        BOTH(every_set_timer_has_the_deadlines_looked_at_again),
        cmocka_unit_test_setup_teardown(with_sstc_the_timer_is_stimecmp, setup, teardown),
        cmocka_unit_test_setup_teardown(without_sstc_the_next_deadline_is_the_earliest_timer,
                                        setup_without_sstc, teardown),
        cmocka_unit_test_setup_teardown(without_sstc_stip_stays_until_the_next_set_timer,
                                        setup_without_sstc, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
