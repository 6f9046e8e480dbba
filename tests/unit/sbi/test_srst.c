/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "System Reset Extension". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sbi/sbi_fixture.h"


enum { SHUTDOWN, COLD_REBOOT, WARM_REBOOT };
enum { NO_REASON, SYSTEM_FAILURE };

static void expect_end(void **state, uint64_t type, uint64_t reason, enum sbi_end end,
                       uint64_t code)
{
    struct bench *m = *state;
    CALL(m, 0, EID_SRST, 0, type, reason);
    assert_int_equal(m->ends, 1);
    assert_int_equal(m->end, end);
    assert_int_equal(m->code, code);
}

static void shutdown_without_reason_powers_off(void **state)
{
    expect_end(state, SHUTDOWN, NO_REASON, SBI_END_POWEROFF, 0);
}

static void shutdown_after_a_system_failure_fails_with_1(void **state)
{
    expect_end(state, SHUTDOWN, SYSTEM_FAILURE, SBI_END_FAIL, 1);
}

static void cold_reboot_reboots(void **state)
{
    expect_end(state, COLD_REBOOT, NO_REASON, SBI_END_REBOOT, 0);
}

static void warm_reboot_reboots(void **state)
{
    expect_end(state, WARM_REBOOT, SYSTEM_FAILURE, SBI_END_REBOOT, 0);
}

static void parameters_are_32_bits_wide(void **state)
{
    expect_end(state, UINT64_C(1) << 32, UINT64_C(1) << 32, SBI_END_POWEROFF, 0);
}

static void reserved_and_vendor_values_are_invalid_parameters(void **state)
{
    struct bench *m = *state;
    const uint64_t type[] = {3, 0xefffffff, 0xf0000000, 0xffffffff};
    const uint64_t reason[] = {2, 0xdfffffff, 0xe0000000, 0xf0000000, 0xffffffff};
    for (unsigned i = 0; i < sizeof type / sizeof *type; i++)
        assert_int_equal(CALL(m, 0, EID_SRST, 0, type[i], NO_REASON), INVALID_PARAM);
    for (unsigned i = 0; i < sizeof reason / sizeof *reason; i++)
        assert_int_equal(CALL(m, 0, EID_SRST, 0, SHUTDOWN, reason[i]), INVALID_PARAM);
    assert_int_equal(m->ends, 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(shutdown_without_reason_powers_off),
        TEST(shutdown_after_a_system_failure_fails_with_1),
        TEST(cold_reboot_reboots),
        TEST(warm_reboot_reboots),
        TEST(parameters_are_32_bits_wide),
        TEST(reserved_and_vendor_values_are_invalid_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
