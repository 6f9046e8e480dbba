/* SPDX-License-Identifier: MIT */
/* Checked access to guest RAM. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bus/guest_mem.h"

#define BASE UINT64_C(0x80000000)
#define SIZE UINT64_C(0x4000)

struct fixture {
    struct ram ram;
    struct guest_mem mem;
};

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    struct error err = {""};
    f->mem.ram = &f->ram;
    *state = f;
    return !ram_create(&f->ram, BASE, SIZE, &err);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    ram_destroy(&f->ram);
    test_free(f);
    return 0;
}

static void bytes_written_are_read_back(void **state)
{
    struct fixture *f = *state;
    char text[6] = "";
    assert_true(guest_mem_write(&f->mem, BASE + 0xffe, "hello", 6));
    assert_true(guest_mem_read(&f->mem, BASE + 0xffe, text, 6));
    assert_string_equal(text, "hello");
}

static void range_with_one_byte_outside_touches_nothing(void **state)
{
    struct fixture *f = *state;
    uint8_t bytes[2] = {1, 2};
    assert_false(guest_mem_write(&f->mem, BASE + SIZE - 1, bytes, 2));
    assert_int_equal(f->ram.host[SIZE - 1], 0);
    assert_false(guest_mem_fill(&f->mem, BASE + SIZE - 1, 9, 2));
    assert_int_equal(f->ram.host[SIZE - 1], 0);
    assert_false(guest_mem_read(&f->mem, BASE - 1, bytes, 2));
    assert_int_equal(bytes[0], 1);
    assert_true(guest_mem_write(&f->mem, BASE + SIZE - 1, bytes, 1));
}

static void length_that_wraps_is_refused(void **state)
{
    struct fixture *f = *state;
    uint8_t byte = 0;
    assert_false(guest_mem_contains(&f->mem, BASE, UINT64_MAX));
    assert_false(guest_mem_contains(&f->mem, BASE + 8, UINT64_MAX - 7));
    assert_false(guest_mem_contains(&f->mem, UINT64_MAX, 2));
    assert_null(guest_mem_source(&f->mem, BASE + 1, UINT64_MAX));
    assert_false(guest_mem_read(&f->mem, UINT64_MAX, &byte, 1));
}

static void empty_range_is_accepted_inside_and_at_the_end_only(void **state)
{
    struct fixture *f = *state;
    assert_true(guest_mem_contains(&f->mem, BASE, 0));
    assert_true(guest_mem_contains(&f->mem, BASE + SIZE, 0));
    assert_false(guest_mem_contains(&f->mem, BASE + SIZE + 1, 0));
    assert_false(guest_mem_contains(&f->mem, BASE - 1, 0));
    assert_true(guest_mem_write(&f->mem, BASE + SIZE, "", 0));
}

static void numbers_are_little_endian_at_any_alignment(void **state)
{
    struct fixture *f = *state;
    uint16_t half;
    uint32_t word;
    uint64_t number;
    assert_true(guest_mem_write_u64(&f->mem, BASE + 3, UINT64_C(0x8877665544332211)));
    assert_int_equal(f->ram.host[3], 0x11);
    assert_int_equal(f->ram.host[10], 0x88);
    assert_true(guest_mem_read_u16(&f->mem, BASE + 3, &half));
    assert_int_equal(half, 0x2211);
    assert_true(guest_mem_read_u32(&f->mem, BASE + 4, &word));
    assert_int_equal(word, 0x55443322);
    assert_true(guest_mem_write_u32(&f->mem, BASE + 3, 0xdeadbeef));
    assert_true(guest_mem_write_u16(&f->mem, BASE + 9, 0xcafe));
    assert_true(guest_mem_read_u64(&f->mem, BASE + 3, &number));
    assert_int_equal(number, UINT64_C(0xcafe6655deadbeef));
}

static void number_across_the_end_is_refused(void **state)
{
    struct fixture *f = *state;
    uint64_t number = 7;
    assert_false(guest_mem_read_u64(&f->mem, BASE + SIZE - 7, &number));
    assert_int_equal(number, 7);
    assert_false(guest_mem_write_u64(&f->mem, BASE + SIZE - 7, 1));
    assert_int_equal(f->ram.host[SIZE - 7], 0);
}

/* A page that translated code was made from must be reported when a device writes it. */
static void write_marks_code_pages_stale_and_read_does_not(void **state)
{
    struct fixture *f = *state;
    uint8_t bytes[4];
    f->ram.page_state[0] = f->ram.page_state[1] = f->ram.page_state[2] = f->ram.page_state[3] =
        RAM_PAGE_CODE;
    assert_true(guest_mem_read(&f->mem, BASE + 0x1000, bytes, 4));
    assert_int_equal(f->ram.stale_count, 0);
    assert_true(guest_mem_write(&f->mem, BASE + 0x1ffe, bytes, 4));
    assert_int_equal(f->ram.stale_count, 2);
    assert_true(guest_mem_fill(&f->mem, BASE, 0, 4));
    assert_int_equal(f->ram.stale_count, 3);
    assert_non_null(guest_mem_target(&f->mem, BASE + 0x3000, 8));
    guest_mem_wrote(&f->mem, BASE + 0x3000, 8);
    assert_int_equal(f->ram.stale_count, 4);
    assert_true((f->ram.page_state[3] & RAM_PAGE_STALE) != 0);
}

static void note_of_a_write_outside_ram_is_ignored(void **state)
{
    struct fixture *f = *state;
    guest_mem_wrote(&f->mem, BASE + SIZE, 8);
    guest_mem_wrote(&f->mem, 0, UINT64_MAX);
    assert_int_equal(f->ram.stale_count, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_written_are_read_back),
        TEST(range_with_one_byte_outside_touches_nothing),
        TEST(length_that_wraps_is_refused),
        TEST(empty_range_is_accepted_inside_and_at_the_end_only),
        TEST(numbers_are_little_endian_at_any_alignment),
        TEST(number_across_the_end_is_refused),
        TEST(write_marks_code_pages_stale_and_read_does_not),
        TEST(note_of_a_write_outside_ram_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
