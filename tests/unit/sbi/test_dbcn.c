/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "Debug Console Extension". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sbi/sbi_fixture.h"


enum { WRITE, READ, WRITE_BYTE };

#define BUFFER (RAM_BASE + 0x10ffd)
#define RAM_END (RAM_BASE + RAM_BYTES)

static void write_sends_the_bytes_in_memory(void **state)
{
    struct bench *m = *state;
    memcpy(ram_at(&m->ram, BUFFER, 5), "hello", 5);
    assert_int_equal(CALL(m, 0, EID_DBCN, WRITE, 5, BUFFER, 0), SUCCESS);
    assert_int_equal(value_of(m, 0), 5);
    assert_int_equal(m->written, 5);
    assert_memory_equal(m->output, "hello", 5);
}

static void write_of_nothing_succeeds_anywhere(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_DBCN, WRITE, 0, 0, 0), SUCCESS);
    assert_int_equal(value_of(m, 0), 0);
    assert_int_equal(m->written, 0);
}

static void write_may_reach_the_last_byte_of_ram(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_DBCN, WRITE, 4, RAM_END - 4, 0), SUCCESS);
    assert_int_equal(value_of(m, 0), 4);
}

static void memory_outside_ram_is_an_invalid_parameter_and_nothing_moves(void **state)
{
    struct bench *m = *state;
    const uint64_t bad[][3] = {
        {5, RAM_END - 4, 0},        {1, RAM_BASE - 1, 0}, {1, 0, 0},
        {1, UINT64_MAX, 0},         {1, RAM_BASE, 1},     {UINT64_MAX, 1, 0},
        {UINT64_MAX, RAM_BASE, 0},  {1, 0x10000000, 0},   {RAM_BYTES + 1, RAM_BASE, 0},
    };
    m->input = "xyz";
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        for (uint64_t fid = WRITE; fid <= READ; fid++)
            assert_int_equal(CALL(m, 0, EID_DBCN, fid, bad[i][0], bad[i][1], bad[i][2]),
                             INVALID_PARAM);
    assert_int_equal(m->written, 0);
    assert_string_equal(m->input, "xyz");
}

static void large_write_is_done_in_part_and_says_so(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_DBCN, WRITE, RAM_BYTES, RAM_BASE, 0), SUCCESS);
    assert_true(value_of(m, 0) > 0 && value_of(m, 0) < RAM_BYTES);
    assert_int_equal(m->written, value_of(m, 0));
}

static void read_gives_what_has_come_and_no_more(void **state)
{
    struct bench *m = *state;
    m->input = "abcdef";
    assert_int_equal(CALL(m, 0, EID_DBCN, READ, 4, BUFFER, 0), SUCCESS);
    assert_int_equal(value_of(m, 0), 4);
    assert_memory_equal(ram_at(&m->ram, BUFFER, 5), "abcd", 5);
    assert_int_equal(CALL(m, 0, EID_DBCN, READ, 4, BUFFER, 0), SUCCESS);
    assert_int_equal(value_of(m, 0), 2);
    assert_memory_equal(ram_at(&m->ram, BUFFER, 4), "efcd", 4);
}

static void read_without_input_gives_0_and_writes_nothing(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_DBCN, READ, 16, BUFFER, 0), SUCCESS);
    assert_int_equal(value_of(m, 0), 0);
    assert_int_equal(*ram_at(&m->ram, BUFFER, 1), 0);
}

static void read_over_translated_code_marks_its_page_stale(void **state)
{
    struct bench *m = *state;
    memset(ram_at(&m->ram, KERNEL, 4), 0, 4);
    const uint32_t jump_to_self = 0x0000006f;
    memcpy(ram_at(&m->ram, KERNEL, 4), &jump_to_self, 4);
    assert_non_null(code_cache_find(m->cache, &m->hart[0]));
    m->input = "x";
    CALL(m, 0, EID_DBCN, READ, 1, KERNEL + 0x800, 0);
    assert_true(m->ram.page_state[(KERNEL - RAM_BASE) >> PAGE_SHIFT] & RAM_PAGE_STALE);
}

static void write_byte_sends_the_low_byte_of_a0(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_DBCN, WRITE_BYTE, 0xabcdef41), SUCCESS);
    assert_int_equal(value_of(m, 0), 0);
    assert_int_equal(m->written, 1);
    assert_int_equal(m->output[0], 'A');
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(write_sends_the_bytes_in_memory),
        TEST(write_of_nothing_succeeds_anywhere),
        TEST(write_may_reach_the_last_byte_of_ram),
        TEST(memory_outside_ram_is_an_invalid_parameter_and_nothing_moves),
        TEST(large_write_is_done_in_part_and_says_so),
        TEST(read_gives_what_has_come_and_no_more),
        TEST(read_without_input_gives_0_and_writes_nothing),
        TEST(read_over_translated_code_marks_its_page_stale),
        TEST(write_byte_sends_the_low_byte_of_a0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
