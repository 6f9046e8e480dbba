/* SPDX-License-Identifier: MIT */
/* The test finisher. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "devices/syscon.h"
#include "fakes.h"

struct stop_record {
    unsigned calls;
    enum syscon_request request;
    uint32_t code;
    struct syscon *syscon;
    const struct device *dev;
};

static void record_stop(void *owner, enum syscon_request request, uint32_t code)
{
    struct stop_record *record = owner;
    record->calls++;
    record->request = request;
    record->code = code;
}

static int set_up(void **state)
{
    struct stop_record *record = test_calloc(1, sizeof *record);
    record->syscon = syscon_create(record_stop, record);
    record->dev = syscon_device(record->syscon);
    *state = record;
    return 0;
}

static int tear_down(void **state)
{
    struct stop_record *record = *state;
    syscon_destroy(record->syscon);
    test_free(record);
    return 0;
}

static void pass_is_requested_by_0x5555(void **state)
{
    struct stop_record *record = *state;
    reg_set(record->dev, 0, 4, 0x5555);
    assert_int_equal(record->calls, 1);
    assert_int_equal(record->request, SYSCON_REQUEST_PASS);
    assert_int_equal(record->code, 0);
}

static void failure_carries_its_16_bit_code(void **state)
{
    struct stop_record *record = *state;
    reg_set(record->dev, 0, 4, 0x012c3333);
    assert_int_equal(record->request, SYSCON_REQUEST_FAIL);
    assert_int_equal(record->code, 300);
    reg_set(record->dev, 0, 4, 0xffff3333);
    assert_int_equal(record->code, 0xffff);
}

static void reset_is_requested_by_0x7777(void **state)
{
    struct stop_record *record = *state;
    reg_set(record->dev, 0, 4, 0x7777);
    assert_int_equal(record->calls, 1);
    assert_int_equal(record->request, SYSCON_REQUEST_RESET);
}

static void halfword_store_works_as_well(void **state)
{
    struct stop_record *record = *state;
    reg_set(record->dev, 0, 2, 0x5555);
    assert_int_equal(record->calls, 1);
    assert_int_equal(record->request, SYSCON_REQUEST_PASS);
}

static void other_values_and_reads_do_nothing(void **state)
{
    struct stop_record *record = *state;
    reg_set(record->dev, 0, 4, 0);
    reg_set(record->dev, 0, 4, 0x5554);
    reg_set(record->dev, 2, 2, 0x5555);
    assert_int_equal(reg_get(record->dev, 0, 4), 0);
    assert_int_equal(record->calls, 0);
}

static void bytes_doublewords_and_other_offsets_are_refused(void **state)
{
    struct stop_record *record = *state;
    assert_true(reg_refused(record->dev, 0, 1));
    assert_true(reg_refused(record->dev, 0, 8));
    assert_true(reg_refused(record->dev, 4, 4));
    assert_int_equal(record->calls, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pass_is_requested_by_0x5555),
        TEST(failure_carries_its_16_bit_code),
        TEST(reset_is_requested_by_0x7777),
        TEST(halfword_store_works_as_well),
        TEST(other_values_and_reads_do_nothing),
        TEST(bytes_doublewords_and_other_offsets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
