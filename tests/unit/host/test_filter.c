/* SPDX-License-Identifier: MIT */
/* The output filter: what a guest may and may not send to a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/console/filter.h"

#define ESC "\033"
#define ST "\033\\"

/* Filters text in pieces of `piece` bytes and compares. */
static void check_pieces(const char *in, const char *want, size_t piece)
{
    struct filter filter = {0};
    uint8_t out[512];
    size_t used = 0, length = strlen(in);
    for (size_t at = 0; at < length; at += piece) {
        size_t count = length - at < piece ? length - at : piece;
        used += filter_bytes(&filter, (const uint8_t *)in + at, count, out + used);
    }
    assert_int_equal(used, strlen(want));
    assert_memory_equal(out, want, used);
}

static void check(const char *in, const char *want)
{
    for (size_t piece = 1; piece <= strlen(in); piece++)
        check_pieces(in, want, piece);
}

static uint32_t modes_after(const char *in)
{
    struct filter filter = {0};
    uint8_t out[512];
    filter_bytes(&filter, (const uint8_t *)in, strlen(in), out);
    return filter.modes;
}

static void check_undo(const char *in, const char *want)
{
    char undo[FILTER_UNDO_BYTES];
    size_t length = filter_undo(modes_after(in), undo);
    assert_int_equal(length, strlen(want));
    assert_memory_equal(undo, want, length);
}

static void plain_text_and_csi_pass_unchanged(void **state)
{
    (void)state;
    check("a\r\nb\tc", "a\r\nb\tc");
    check(ESC "[1;31mred" ESC "[0m" ESC "[2J" ESC "[?25l", ESC "[1;31mred" ESC "[0m" ESC "[2J" ESC "[?25l");
    check(ESC "7" ESC "(B" ESC "=" ESC "8", ESC "7" ESC "(B" ESC "=" ESC "8");
}

static void every_kind_of_string_is_dropped(void **state)
{
    (void)state;
    check("a" ESC "]0;title" ST "b", "ab");
    check("a" ESC "]52;c;aGk=\ab", "ab");
    check("a" ESC "P1$r0m" ST "b", "ab");
    check("a" ESC "_app" ST "b", "ab");
    check("a" ESC "^private" ST "b", "ab");
    check("a" ESC "Xstart" ST "b", "ab");
}

static void c1_spellings_of_strings_are_dropped_too(void **state)
{
    (void)state;
    check("a\x9d"
          "0;t\x9c"
          "b",
          "ab");
    check("a\xc2\x9d"
          "0;t\xc2\x9c"
          "b",
          "ab");
    check("a\x90q" ST "b", "ab");
    check("a\xc2\x9f"
          "q" ST "b",
          "ab");
}

static void the_same_bytes_inside_utf8_characters_pass(void **state)
{
    (void)state;
    check("\xc5\x9d|\xe2\x9d\xa4|\xf0\x9f\x98\x90|\xc2\xa9", "\xc5\x9d|\xe2\x9d\xa4|\xf0\x9f\x98\x90|\xc2\xa9");
}

static void an_overlong_spelling_does_not_hide_a_string(void **state)
{
    (void)state;
    check("\xe0\x82\x9dtitle\ab", "\xe0\x82"
                                  "b");
}

static void what_follows_an_unfinished_string_is_filtered_again(void **state)
{
    (void)state;
    check(ESC "]0;never ended\nnext line", "\nnext line");
    check(ESC "]0;a" ESC "[31mred", ESC "[31mred");
    check(ESC "]0;a" ESC "]0;b\ac", "c");
    check(ESC "]0;a\x18"
              "b",
          "b");
}

static void nothing_dropped_leaves_an_escape_that_the_next_byte_could_complete(void **state)
{
    (void)state;
    check(ESC ESC "]0;t\a"
                  "]0;evil\a",
          "]0;evil\a");
    check(ESC "\xc2\x9d"
              "0;t\a"
              "]0;evil\a",
          "]0;evil\a");
    check(ESC "\n]0;t\a"
              "b",
          "\nb");
    check(ESC "\x7f]0;t\a"
              "b",
          "b");
}

/* Whatever is sent, the output holds neither ESC nor C1 that begins a string. */
static void no_random_stream_gets_a_string_through(void **state)
{
    (void)state;
    static const char alphabet[] =
        "\033\033\033[]PX^_\\\a\n\x18\x7f\x90\x98\x9b\x9c\x9d\x9e\x9f\xc2\xc2\xe0\xf0\xa9?1hlm ;";
    struct filter filter = {0}, again = {0};
    uint32_t seed = 1;
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t in[16], out[32], twice[64];
        for (unsigned i = 0; i < sizeof in; i++) {
            seed = seed * 1664525 + 1013904223;
            in[i] = (uint8_t)alphabet[(seed >> 16) % (sizeof alphabet - 1)];
        }
        size_t count = filter_bytes(&filter, in, sizeof in, out);
        size_t count_again = filter_bytes(&again, out, count, twice);
        assert_true(again.state != FILTER_STRING && again.state != FILTER_STRING_ESCAPE);
        assert_true(count_again <= count + FILTER_HELD);
    }
}

static void raw_output_passes_every_byte(void **state)
{
    (void)state;
    static const char text[] = "a" ESC "]0;t\a"
                               "b\x9d\xc2" ESC;
    struct filter filter = {.keep_strings = true};
    uint8_t out[64];
    assert_int_equal(filter_bytes(&filter, (const uint8_t *)text, sizeof text - 1, out), sizeof text - 1);
    assert_memory_equal(out, text, sizeof text - 1);
}

static void modes_that_the_guest_left_on_are_undone(void **state)
{
    (void)state;
    check_undo(ESC "[?1049h" ESC "[?25l", ESC "[?25h" ESC "[?1049l");
    check_undo(ESC "[?1000;1006h", ESC "[?1000l" ESC "[?1006l");
    check_undo(ESC "[?2004h", ESC "[?2004l");
    check_undo("\xc2\x9b?2004h", ESC "[?2004l");
    check_undo(ESC "[1;31m", ESC "[0m");
}

static void modes_that_the_guest_put_back_need_no_undoing(void **state)
{
    (void)state;
    check_undo(ESC "[?1049h" ESC "[?25l" ESC "[?25h" ESC "[?1049l", "");
    check_undo(ESC "[1;31m" ESC "[0m" ESC "[31m" ESC "[m", "");
    check_undo(ESC "[?1049h" ESC "c", "");
    check_undo("plain " ESC "[2J" ESC "[4h", "");
}

static void undoing_all_modes_at_once_fits(void **state)
{
    (void)state;
    char undo[FILTER_UNDO_BYTES];
    size_t length = filter_undo(UINT32_MAX, undo);
    assert_true(length > 100 && length < sizeof undo - 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_and_csi_pass_unchanged),
        cmocka_unit_test(every_kind_of_string_is_dropped),
        cmocka_unit_test(c1_spellings_of_strings_are_dropped_too),
        cmocka_unit_test(the_same_bytes_inside_utf8_characters_pass),
        cmocka_unit_test(an_overlong_spelling_does_not_hide_a_string),
        cmocka_unit_test(what_follows_an_unfinished_string_is_filtered_again),
        cmocka_unit_test(nothing_dropped_leaves_an_escape_that_the_next_byte_could_complete),
        cmocka_unit_test(no_random_stream_gets_a_string_through),
        cmocka_unit_test(raw_output_passes_every_byte),
        cmocka_unit_test(modes_that_the_guest_left_on_are_undone),
        cmocka_unit_test(modes_that_the_guest_put_back_need_no_undoing),
        cmocka_unit_test(undoing_all_modes_at_once_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
