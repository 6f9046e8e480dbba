/* SPDX-License-Identifier: MIT */
/* Help texts: everything in the tables is there, and the text has its form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/nearest.h"
#include "cli/command.h"
#include "cli/help.h"

static char *printed(void (*print)(FILE *out, const void *subject), const void *subject)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    print(out, subject);
    fclose(out);
    return text;
}

static void print_command(FILE *out, const void *subject)
{
    help_command(out, subject);
}

static void print_overview(FILE *out, const void *subject)
{
    (void)subject;
    help_overview(out);
}

static void assert_narrow(const char *text)
{
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 80);
}

static void the_help_of_run_names_every_option_within_80_columns(void **state)
{
    (void)state;
    size_t count;
    const struct option_row *rows = option_table(&count);
    char *text = printed(print_command, command_find("run", NULL));
    assert_narrow(text);
    for (size_t i = 0; i < count; i++) {
        char name[64];
        bool optional = option_argument_is_optional(&rows[i]);
        const char *argument = rows[i].argument != NULL ? rows[i].argument + optional : "";
        snprintf(name, sizeof name, "--%s%s%s", rows[i].name != NULL ? rows[i].name : "",
                 optional         ? "[="
                 : *argument != 0 ? " "
                                  : "",
                 argument);
        if (rows[i].name != NULL)
            assert_non_null(strstr(text, name));
    }
    free(text);
}

static void the_overview_names_every_command(void **state)
{
    (void)state;
    size_t count;
    const struct command *commands = command_table(&count);
    char *text = printed(print_overview, NULL);
    assert_narrow(text);
    for (size_t i = 0; i < count; i++)
        assert_non_null(strstr(text, commands[i].summary));
    free(text);
}

static void an_unknown_command_names_the_nearest(void **state)
{
    (void)state;
    struct error err;
    assert_null(command_find("rum", &err));
    assert_non_null(strstr(err.text, "did you mean run"));
    assert_null(command_find("xyzzy", &err));
    assert_null(strstr(err.text, "did you mean"));
}

static void distances_count_swaps_as_one(void **state)
{
    (void)state;
    assert_int_equal(nearest_distance("memory", "memory"), 0);
    assert_int_equal(nearest_distance("memroy", "memory"), 1);
    assert_int_equal(nearest_distance("mem", "memory"), 3);
    assert_int_equal(nearest_distance("", "abc"), 3);
    assert_int_equal(nearest_distance("kitten", "sitting"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_help_of_run_names_every_option_within_80_columns),
        cmocka_unit_test(the_overview_names_every_command),
        cmocka_unit_test(an_unknown_command_names_the_nearest),
        cmocka_unit_test(distances_count_swaps_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
