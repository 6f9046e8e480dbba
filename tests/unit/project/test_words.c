/* SPDX-License-Identifier: MIT */
/* Words are split as a shell does it, and printed so that a shell gets the same ones back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "project/words.h"

static void expect_words(const char *text, size_t count, const char *const *wanted)
{
    struct words words = {.list = NULL};
    assert_true(words_split(&words, "text", text, NULL));
    assert_false(words.failed);
    assert_int_equal(words.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(words.list[i], wanted[i]);
    words_destroy(&words);
}

static void text_is_split_at_blanks_that_are_not_quoted(UNUSED void **state)
{
    expect_words("", 0, NULL);
    expect_words(" \t\n", 0, NULL);
    expect_words("-O2", 1, (const char *const[]){"-O2"});
    expect_words("  -O2\t-g\n-DX ", 3, (const char *const[]){"-O2", "-g", "-DX"});
    expect_words("'a b'c \"d e\" f\\ g", 3, (const char *const[]){"a bc", "d e", "f g"});
    expect_words("'' \"\"", 2, (const char *const[]){"", ""});
    expect_words("'\\' \"\\\"\" \\", 3, (const char *const[]){"\\", "\"", "\\"});
}

static void a_quote_that_is_not_closed_is_refused(UNUSED void **state)
{
    struct words words = {.list = NULL};
    struct error err = {""};
    assert_false(words_split(&words, "--cflags", "-O2 'x", &err));
    assert_string_equal(err.text, "--cflags: a quote is not closed in '-O2 'x'");
    words_destroy(&words);
}

static void what_is_printed_is_split_into_the_same_words(UNUSED void **state)
{
    const char *const odd[] = {"plain", "", "a b", "it's", "\"", "$(x)`y`", "\\", "a\nb", "*", "~", "#", "-x=/a:b,@%+"};
    struct words words = {.list = NULL}, again = {.list = NULL};
    char *line;
    size_t size;
    FILE *out = open_memstream(&line, &size);
    for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
        words_add(&words, odd[i]);
    words_print(&words, out);
    fclose(out);
    assert_int_equal(strncmp(line, "plain '' 'a b' 'it'\\''s' ", 25), 0);
    assert_true(words_split(&again, "line", line, NULL));
    assert_int_equal(again.count, words.count);
    for (size_t i = 0; i < words.count; i++)
        assert_string_equal(again.list[i], odd[i]);
    assert_null(again.list[again.count]);
    free(line);
    words_destroy(&words);
    words_destroy(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_split_at_blanks_that_are_not_quoted),
        cmocka_unit_test(a_quote_that_is_not_closed_is_refused),
        cmocka_unit_test(what_is_printed_is_split_into_the_same_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
