/* SPDX-License-Identifier: MIT */
/* What scripts do at the keyboard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <linux/input-event-codes.h>

#include "machine/typing.h"

static struct typing typing;

static int set_up(void **state)
{
    (void)state;
    typing.count = 0;
    return 0;
}

static void is(unsigned n, uint16_t code, bool pressed, uint32_t after_us)
{
    assert_true(n < typing.count);
    assert_int_equal(typing.actions[n].code, code);
    assert_int_equal(typing.actions[n].pressed, pressed);
    assert_int_equal(typing.actions[n].after_us, after_us);
}

static void a_chord_goes_down_in_order_and_up_in_reverse(void **state)
{
    (void)state;
    assert_true(typing_add_keys(&typing, "ctrl-alt-delete", 100, NULL));
    assert_int_equal(typing.count, 6);
    is(0, KEY_LEFTCTRL, true, 100000);
    is(1, KEY_LEFTALT, true, 0);
    is(2, KEY_DELETE, true, 0);
    is(3, KEY_DELETE, false, 100000);
    is(4, KEY_LEFTALT, false, 0);
    is(5, KEY_LEFTCTRL, false, 0);
}

static void names_are_qemus(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint16_t code;
    } rows[] = {{"ret", KEY_ENTER},
                {"spc", KEY_SPACE},
                {"a", KEY_A},
                {"0", KEY_0},
                {"f12", KEY_F12},
                {"kp_0", KEY_KP0},
                {"kp_add", KEY_KPPLUS},
                {"pgup", KEY_PAGEUP},
                {"shift_r", KEY_RIGHTSHIFT},
                {"meta_l", KEY_LEFTMETA},
                {"less", KEY_102ND},
                {"sysrq", KEY_SYSRQ},
                {"grave_accent", KEY_GRAVE},
                {"menu", KEY_MENU},
                {"volumeup", KEY_VOLUMEUP},
                {"minus", KEY_MINUS}};
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        typing.count = 0;
        assert_true(typing_add_keys(&typing, rows[i].name, 1, NULL));
        is(0, rows[i].code, true, 1000);
    }
}

static void each_name_makes_a_key(void **state)
{
    (void)state;
    unsigned count = 0;
    for (const char *name; (name = typing_key_name(count)) != NULL; count++) {
        typing.count = 0;
        assert_true(typing_add_keys(&typing, name, 1, NULL));
        assert_int_equal(typing.count, 2);
    }
    assert_true(count > 240);
}

static void what_is_no_key_is_named_with_the_nearest(void **state)
{
    (void)state;
    struct error err;
    assert_false(typing_add_keys(&typing, "ctrl-alt-delet", 100, &err));
    assert_non_null(strstr(err.text, "'delet'; did you mean delete?"));
    assert_false(typing_add_keys(&typing, "ctrl--a", 100, &err));
    assert_false(typing_add_keys(&typing, "", 100, &err));
    assert_false(typing_add_keys(&typing, "a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a", 100, &err));
    assert_int_equal(typing.count, 0);
}

static void letters_with_shift_are_typed_with_shift(void **state)
{
    (void)state;
    assert_true(typing_add_text(&typing, "aB", true, NULL));
    assert_int_equal(typing.count, 6);
    is(0, KEY_A, true, TYPING_TEXT_US);
    is(1, KEY_A, false, 0);
    is(2, KEY_LEFTSHIFT, true, TYPING_TEXT_US);
    is(3, KEY_B, true, 0);
    is(4, KEY_B, false, 0);
    is(5, KEY_LEFTSHIFT, false, 0);
}

static void each_character_of_ascii_has_a_key_of_its_own(void **state)
{
    (void)state;
    bool seen[2][KEY_CNT] = {{false}};
    for (char c = ' '; c <= '~'; c++) {
        const char text[] = {c, '\0'};
        typing.count = 0;
        assert_true(typing_add_text(&typing, text, false, NULL));
        bool shift = typing.count == 4;
        bool *place = &seen[shift][typing.actions[shift].code];
        assert_false(*place);
        *place = true;
    }
}

static void escapes_stand_for_keys(void **state)
{
    (void)state;
    assert_true(typing_add_text(&typing, "\\n\\t\\e\\\\", true, NULL));
    is(0, KEY_ENTER, true, TYPING_TEXT_US);
    is(2, KEY_TAB, true, TYPING_TEXT_US);
    is(4, KEY_ESC, true, TYPING_TEXT_US);
    is(6, KEY_BACKSLASH, true, TYPING_TEXT_US);
    assert_false(typing_add_text(&typing, "\\x", true, NULL));
    assert_false(typing_add_text(&typing, "\\", true, NULL));
    assert_int_equal(typing.count, 8);
}

static void a_text_that_no_keys_make_is_not_begun(void **state)
{
    (void)state;
    struct error err;
    assert_false(typing_add_text(&typing, "na\xc3\xafve", true, &err));
    assert_non_null(strstr(err.text, "0xc3"));
    assert_int_equal(typing.count, 0);
}

static void too_much_is_refused_whole(void **state)
{
    (void)state;
    static char text[TYPING_ACTIONS];
    memset(text, 'a', TYPING_ACTIONS / 2 - 1);
    assert_true(typing_add_text(&typing, text, true, NULL));
    size_t before = typing.count;
    assert_false(typing_add_text(&typing, "abc", true, NULL));
    assert_int_equal(typing.count, before);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_chord_goes_down_in_order_and_up_in_reverse),
        TEST(names_are_qemus),
        TEST(each_name_makes_a_key),
        TEST(what_is_no_key_is_named_with_the_nearest),
        TEST(letters_with_shift_are_typed_with_shift),
        TEST(each_character_of_ascii_has_a_key_of_its_own),
        TEST(escapes_stand_for_keys),
        TEST(a_text_that_no_keys_make_is_not_begun),
        TEST(too_much_is_refused_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
