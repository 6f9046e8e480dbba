/* SPDX-License-Identifier: MIT */
/* The Ctrl-A keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/console/escape.h"

/* Types keys; gives what reaches the guest and the last action. */
static enum escape_action type(const char *keys, char *guest)
{
    struct escape escape = {false};
    enum escape_action last = ESCAPE_NOTHING;
    size_t used = 0;
    for (; *keys != '\0'; keys++) {
        bool pass;
        uint8_t out;
        enum escape_action action = escape_feed(&escape, (uint8_t)*keys, &pass, &out);
        if (action != ESCAPE_NOTHING)
            last = action;
        if (pass)
            guest[used++] = (char)out;
    }
    guest[used] = '\0';
    return last;
}

static void ordinary_keys_reach_the_guest(void **state)
{
    (void)state;
    char guest[32];
    assert_int_equal(type("hax\r\003\033[A", guest), ESCAPE_NOTHING);
    assert_string_equal(guest, "hax\r\003\033[A");
}

static void ctrl_a_x_quits_and_reaches_nobody(void **state)
{
    (void)state;
    char guest[32];
    assert_int_equal(type("ab\001x", guest), ESCAPE_QUIT);
    assert_string_equal(guest, "ab");
}

static void ctrl_a_h_asks_for_help(void **state)
{
    (void)state;
    char guest[32];
    assert_int_equal(type("\001hq", guest), ESCAPE_HELP);
    assert_string_equal(guest, "q");
    assert_non_null(strstr(escape_help(), "Ctrl-A x"));
}

static void ctrl_a_a_sends_one_ctrl_a(void **state)
{
    (void)state;
    char guest[32];
    assert_int_equal(type("\001a|\001\001|x", guest), ESCAPE_NOTHING);
    assert_string_equal(guest, "\001|\001|x");
}

static void an_unknown_key_behind_ctrl_a_is_dropped(void **state)
{
    (void)state;
    char guest[32];
    assert_int_equal(type("\001zx", guest), ESCAPE_NOTHING);
    assert_string_equal(guest, "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_keys_reach_the_guest),
        cmocka_unit_test(ctrl_a_x_quits_and_reaches_nobody),
        cmocka_unit_test(ctrl_a_h_asks_for_help),
        cmocka_unit_test(ctrl_a_a_sends_one_ctrl_a),
        cmocka_unit_test(an_unknown_key_behind_ctrl_a_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
