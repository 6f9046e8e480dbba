/* SPDX-License-Identifier: MIT */
/* The line editor without its library, and what both ways have in common: keys in pieces, completion, hiding. */
#include "host/console/line_editor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct rig {
    struct line_editor *editor;
    char shown[8192];
    char lines[8][LINE_EDITOR_BYTES];
    unsigned line_count, closed;
};

static void show(void *owner, const char *text, size_t bytes)
{
    struct rig *rig = owner;
    assert_true(strlen(rig->shown) + bytes < sizeof rig->shown);
    strncat(rig->shown, text, bytes);
}

static void take_line(void *owner, const char *line)
{
    struct rig *rig = owner;
    assert_true(rig->line_count < 8);
    strcpy(rig->lines[rig->line_count++], line);
    line_editor_begin(rig->editor);
}

static void close_line(void *owner)
{
    ((struct rig *)owner)->closed++;
}

static size_t complete(void *owner, const char *line, void *list, void (*offer)(void *list, const char *word))
{
    static const char *const words[] = {"step", "stop", "quit"};
    const char *blank = strrchr(line, ' ');
    size_t start = blank != NULL ? (size_t)(blank - line) + 1 : 0;
    (void)owner;
    for (unsigned i = 0; i < 3; i++)
        if (strncmp(words[i], line + start, strlen(line + start)) == 0)
            offer(list, words[i]);
    return start;
}

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    struct error err;
    struct line_editor_config config = {
        .prompt = "> ",
        .size_fd = -1,
        .plain = true,
        .owner = rig,
        .write = show,
        .line = take_line,
        .closed = close_line,
        .complete = complete,
    };
    assert_non_null(rig);
    rig->editor = line_editor_create(&config, &err);
    assert_non_null(rig->editor);
    line_editor_begin(rig->editor);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    line_editor_destroy(rig->editor);
    free(rig);
    return 0;
}

static void type(struct rig *rig, const char *keys)
{
    line_editor_type(rig->editor, keys, strlen(keys));
}

static void a_line_is_what_was_typed_and_not_rubbed_out(void **state)
{
    struct rig *rig = *state;
    type(rig, "hellp\177o\r\177\177x\025y\n");
    assert_int_equal(rig->line_count, 2);
    assert_string_equal(rig->lines[0], "hello");
    assert_string_equal(rig->lines[1], "y");
}

static void keys_of_several_bytes_are_one_however_they_arrive(void **state)
{
    struct rig *rig = *state;
    type(rig, "a\033");
    type(rig, "[");
    type(rig, "1;5");
    type(rig, "Cb\033OPc\r");
    assert_string_equal(rig->lines[0], "abc");
}

static void tab_completes_as_far_as_it_is_clear_and_lists_the_rest(void **state)
{
    struct rig *rig = *state;
    type(rig, "q\t\r");
    assert_string_equal(rig->lines[0], "quit ");
    type(rig, "s\t");
    assert_null(strstr(rig->shown, "step  stop"));
    type(rig, "\t");
    assert_non_null(strstr(rig->shown, "step  stop\n> st"));
    type(rig, "e\tq\t\r");
    assert_string_equal(rig->lines[1], "step quit ");
}

static void ctrl_c_abandons_a_line_and_ctrl_d_leaves_only_an_empty_one(void **state)
{
    struct rig *rig = *state;
    type(rig, "abc\004");
    assert_int_equal(rig->closed, 0);
    type(rig, "\003def\r");
    assert_string_equal(rig->lines[0], "def");
    type(rig, "\004lost");
    assert_int_equal(rig->closed, 1);
    assert_int_equal(rig->line_count, 1);
}

static void a_hidden_line_comes_back_as_it_was(void **state)
{
    struct rig *rig = *state;
    type(rig, "abc");
    line_editor_hide(rig->editor);
    assert_false(line_editor_is_shown(rig->editor));
    rig->shown[0] = '\0';
    line_editor_show(rig->editor);
    assert_string_equal(rig->shown, "> abc");
    type(rig, "\r");
    assert_string_equal(rig->lines[0], "abc");
}

static void a_line_without_end_does_not_grow_for_ever(void **state)
{
    struct rig *rig = *state;
    for (unsigned i = 0; i < 2000; i++)
        type(rig, "xyz");
    rig->shown[0] = '\0';
    type(rig, "\r");
    assert_int_equal(strlen(rig->lines[0]), LINE_EDITOR_BYTES - 1);
    for (unsigned i = 0; i < 5000; i++)
        line_editor_type(rig->editor, i == 0 ? "\033[" : "11", 2);
    type(rig, "end\r");
    assert_int_equal(rig->line_count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_is_what_was_typed_and_not_rubbed_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_of_several_bytes_are_one_however_they_arrive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tab_completes_as_far_as_it_is_clear_and_lists_the_rest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ctrl_c_abandons_a_line_and_ctrl_d_leaves_only_an_empty_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hidden_line_comes_back_as_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_without_end_does_not_grow_for_ever, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
