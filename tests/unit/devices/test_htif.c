/* SPDX-License-Identifier: MIT */
/* HTIF commands and the signature file. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "devices/htif.h"
#include "fakes.h"

#define BASE UINT64_C(0x80000000)
#define SIZE UINT64_C(0x10000)
#define TOHOST (BASE + 0x1000)
#define FROMHOST (BASE + 0x1040)
#define BLOCK (BASE + 0x2000)
#define TEXT (BASE + 0x3000)
#define CONSOLE (UINT64_C(1) << 56)
#define PUT (UINT64_C(1) << 48)

struct fixture {
    struct ram ram;
    struct guest_mem mem;
    struct fake_console console;
    struct htif *htif;
    unsigned exits;
    uint64_t code;
};

static void record_exit(void *owner, uint64_t code)
{
    struct fixture *f = owner;
    f->exits++;
    f->code = code;
}

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    struct error err = {""};
    *state = f;
    f->mem.ram = &f->ram;
    if (!ram_create(&f->ram, BASE, SIZE, &err))
        return -1;
    struct char_backend output = fake_backend(&f->console);
    f->htif = htif_create(&f->mem, TOHOST, FROMHOST, &output, record_exit, f, &err);
    return f->htif == NULL;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    htif_destroy(f->htif);
    ram_destroy(&f->ram);
    test_free(f);
    return 0;
}

static uint64_t load(struct fixture *f, uint64_t gpa)
{
    uint64_t value = 0;
    assert_true(guest_mem_read_u64(&f->mem, gpa, &value));
    return value;
}

static void store64(struct fixture *f, uint64_t gpa, uint64_t value)
{
    assert_true(guest_mem_write_u64(&f->mem, gpa, value));
    htif_wrote(f->htif, gpa, 8);
}

static void store32(struct fixture *f, uint64_t gpa, uint32_t value)
{
    assert_true(guest_mem_write_u32(&f->mem, gpa, value));
    htif_wrote(f->htif, gpa, 4);
}

static void system_call(struct fixture *f, uint64_t number, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t words[] = {number, a, b, c};
    for (unsigned i = 0; i < 4; i++)
        assert_true(guest_mem_write_u64(&f->mem, BLOCK + 8 * i, words[i]));
    store64(f, TOHOST, BLOCK);
}

static void odd_value_exits_with_its_upper_bits(void **state)
{
    struct fixture *f = *state;
    store64(f, TOHOST, 1);
    assert_int_equal(f->exits, 1);
    assert_int_equal(f->code, 0);
    store64(f, TOHOST, 7 << 1 | 1);
    assert_int_equal(f->exits, 2);
    assert_int_equal(f->code, 7);
    assert_int_equal(load(f, TOHOST), 0);
}

static void lone_low_word_store_is_a_command(void **state)
{
    struct fixture *f = *state;
    store32(f, TOHOST, 3);
    assert_int_equal(f->exits, 1);
    assert_int_equal(f->code, 1);
    store32(f, TOHOST + 4, 0);
    assert_int_equal(f->exits, 1);
}

static void high_word_first_makes_a_whole_command(void **state)
{
    struct fixture *f = *state;
    store32(f, TOHOST + 4, (CONSOLE | PUT) >> 32);
    assert_int_equal(f->console.length, 0);
    store32(f, TOHOST, 'h');
    assert_int_equal(f->console.length, 1);
    assert_int_equal(f->console.text[0], 'h');
    assert_int_equal(f->exits, 0);
}

static void zero_and_other_addresses_are_no_command(void **state)
{
    struct fixture *f = *state;
    store64(f, TOHOST, 0);
    assert_true(guest_mem_write_u64(&f->mem, TOHOST, 1));
    htif_wrote(f->htif, TOHOST + 8, 8);
    htif_wrote(f->htif, TOHOST - 8, 8);
    assert_int_equal(f->exits, 0);
    htif_wrote(f->htif, TOHOST - 4, 8);
    assert_int_equal(f->exits, 1);
}

static void console_put_prints_a_byte(void **state)
{
    struct fixture *f = *state;
    store64(f, TOHOST, CONSOLE | PUT | 'o');
    store64(f, TOHOST, CONSOLE | PUT | 'k');
    assert_memory_equal(f->console.text, "ok", 2);
    assert_int_equal(load(f, TOHOST), 0);
    assert_int_equal(load(f, FROMHOST), 0);
}

static void console_get_is_answered_when_input_comes(void **state)
{
    struct fixture *f = *state;
    const uint8_t input[] = "xy";
    assert_int_equal(htif_room(f->htif), 0);
    assert_int_equal(htif_receive(f->htif, input, 2), 0);
    store64(f, TOHOST, CONSOLE);
    assert_int_equal(load(f, FROMHOST), 0);
    assert_int_equal(htif_room(f->htif), 1);
    assert_int_equal(htif_receive(f->htif, input, 2), 1);
    assert_int_equal(load(f, FROMHOST), CONSOLE | 0x100 | 'x');
    assert_int_equal(htif_room(f->htif), 0);
}

static void answer_waits_until_the_guest_took_the_last_one(void **state)
{
    struct fixture *f = *state;
    const uint8_t input[] = "xy";
    store64(f, TOHOST, CONSOLE);
    store64(f, TOHOST, CONSOLE);
    assert_int_equal(htif_receive(f->htif, input, 2), 2);
    assert_int_equal(load(f, FROMHOST), CONSOLE | 0x100 | 'x');
    store64(f, FROMHOST, 0);
    assert_int_equal(load(f, FROMHOST), CONSOLE | 0x100 | 'y');
    store64(f, FROMHOST, 0);
    assert_int_equal(load(f, FROMHOST), 0);
}

static void unread_answers_are_bounded(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < 1000; i++) {
        store64(f, TOHOST, CONSOLE);
        system_call(f, 64, 1, TEXT, 0);
    }
    assert_true(htif_room(f->htif) <= 16);
    uint8_t input[64] = {0};
    assert_true(htif_receive(f->htif, input, sizeof input) <= 16);
}

static void write_call_prints_and_answers(void **state)
{
    struct fixture *f = *state;
    assert_true(guest_mem_write(&f->mem, TEXT, "hello", 5));
    system_call(f, 64, 1, TEXT, 5);
    assert_int_equal(f->console.length, 5);
    assert_memory_equal(f->console.text, "hello", 5);
    assert_int_equal(load(f, BLOCK), 5);
    assert_int_equal(load(f, FROMHOST), 1);
    assert_int_equal(load(f, TOHOST), 0);
}

static void bad_write_calls_give_linux_errors(void **state)
{
    struct fixture *f = *state;
    system_call(f, 64, 3, TEXT, 5);
    assert_int_equal((int64_t)load(f, BLOCK), -9);
    system_call(f, 64, 1, BASE + SIZE - 2, 3);
    assert_int_equal((int64_t)load(f, BLOCK), -14);
    system_call(f, 64, 1, TEXT, UINT64_MAX);
    assert_int_equal((int64_t)load(f, BLOCK), -14);
    system_call(f, 1234, 0, 0, 0);
    assert_int_equal((int64_t)load(f, BLOCK), -38);
    assert_int_equal(f->console.length, 0);
}

static void exit_call_ends_the_run(void **state)
{
    struct fixture *f = *state;
    system_call(f, 93, 42, 0, 0);
    assert_int_equal(f->exits, 1);
    assert_int_equal(f->code, 42);
}

static void pointers_outside_ram_and_unknown_devices_are_ignored(void **state)
{
    struct fixture *f = *state;
    store64(f, TOHOST, BASE + SIZE - 32);
    store64(f, TOHOST, 0x1000);
    store64(f, TOHOST, UINT64_C(0xff00000000000001));
    store64(f, TOHOST, UINT64_C(0x0001000000000001));
    assert_int_equal(f->exits, 0);
    assert_int_equal(load(f, FROMHOST), 0);
    assert_int_equal(load(f, TOHOST), 0);
}

static void symbols_outside_ram_are_an_error_that_names_them(void **state)
{
    struct fixture *f = *state;
    struct char_backend output = fake_backend(&f->console);
    struct error err = {""};
    assert_null(htif_create(&f->mem, BASE + SIZE - 4, FROMHOST, &output, record_exit, f, &err));
    assert_non_null(strstr(err.text, "tohost"));
    assert_null(htif_create(&f->mem, TOHOST, 0x1000, &output, record_exit, f, &err));
    assert_non_null(strstr(err.text, "fromhost"));
}

static void fromhost_may_be_absent(void **state)
{
    struct fixture *f = *state;
    struct char_backend output = fake_backend(&f->console);
    struct error err = {""};
    struct htif *htif = htif_create(&f->mem, TOHOST, HTIF_ABSENT, &output, record_exit, f, &err);
    assert_non_null(htif);
    assert_true(guest_mem_write_u64(&f->mem, TOHOST, 5));
    htif_wrote(htif, TOHOST, 8);
    assert_int_equal(f->code, 2);
    htif_destroy(htif);
}

static void expect_signature(struct fixture *f, uint64_t bytes, unsigned granularity,
                             const char *expected)
{
    char path[] = "/tmp/microvm-signature-XXXXXX";
    char text[256] = "";
    struct error err = {""};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    bool written = htif_write_signature(path, &f->mem, TEXT, TEXT + bytes, granularity, &err);
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    unlink(path);
    assert_true(written);
    assert_true(length >= 0);
    assert_string_equal(text, expected);
}

static void signature_lines_show_the_highest_byte_first(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < 16; i++)
        f->ram.host[TEXT - BASE + i] = (uint8_t)(0xa0 + i);
    expect_signature(f, 8, 4, "a3a2a1a0\na7a6a5a4\n");
    expect_signature(f, 16, 8, "a7a6a5a4a3a2a1a0\nafaeadacabaaa9a8\n");
    expect_signature(f, 16, 16, "afaeadacabaaa9a8a7a6a5a4a3a2a1a0\n");
}

static void last_signature_line_is_filled_with_zeros(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < 16; i++)
        f->ram.host[TEXT - BASE + i] = (uint8_t)(0xa0 + i);
    expect_signature(f, 6, 4, "a3a2a1a0\n0000a5a4\n");
    expect_signature(f, 0, 4, "");
}

static void impossible_signatures_are_errors(void **state)
{
    struct fixture *f = *state;
    struct error err = {""};
    assert_false(htif_write_signature("/dev/null", &f->mem, TEXT, TEXT - 4, 4, &err));
    assert_false(htif_write_signature("/dev/null", &f->mem, TEXT, BASE + SIZE + 4, 4, &err));
    assert_false(htif_write_signature("/dev/null", &f->mem, TEXT, TEXT + 4, 3, &err));
    assert_false(htif_write_signature("/nonexistent/x", &f->mem, TEXT, TEXT + 4, 4, &err));
    assert_non_null(strstr(err.text, "/nonexistent/x"));
    assert_false(htif_write_signature("/dev/full", &f->mem, TEXT, TEXT + 4, 4, &err));
    assert_non_null(strstr(err.text, "/dev/full"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(odd_value_exits_with_its_upper_bits),
        TEST(lone_low_word_store_is_a_command),
        TEST(high_word_first_makes_a_whole_command),
        TEST(zero_and_other_addresses_are_no_command),
        TEST(console_put_prints_a_byte),
        TEST(console_get_is_answered_when_input_comes),
        TEST(answer_waits_until_the_guest_took_the_last_one),
        TEST(unread_answers_are_bounded),
        TEST(write_call_prints_and_answers),
        TEST(bad_write_calls_give_linux_errors),
        TEST(exit_call_ends_the_run),
        TEST(pointers_outside_ram_and_unknown_devices_are_ignored),
        TEST(symbols_outside_ram_are_an_error_that_names_them),
        TEST(fromhost_may_be_absent),
        TEST(signature_lines_show_the_highest_byte_first),
        TEST(last_signature_line_is_filled_with_zeros),
        TEST(impossible_signatures_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
