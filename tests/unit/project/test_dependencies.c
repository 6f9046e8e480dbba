/* SPDX-License-Identifier: MIT */
/* The rules that compilers write with -MMD: names come out as they are on the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "project/dependencies.h"

static void expect_files(const char *rule, size_t count, const char *const *wanted)
{
    struct words files = {.list = NULL};
    dependencies_parse(rule, &files);
    assert_false(files.failed);
    assert_int_equal(files.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(files.list[i], wanted[i]);
    words_destroy(&files);
}

static void names_behind_the_target_are_taken_over_all_lines(UNUSED void **state)
{
    expect_files("build/main.o: main.c console.h \\\n ../common/board.h \\\n  sub/x.h\n", 4,
                 (const char *const[]){"main.c", "console.h", "../common/board.h", "sub/x.h"});
    expect_files("main.o: main.c\\\n x.h", 2, (const char *const[]){"main.c", "x.h"});
    expect_files("", 0, NULL);
    expect_files("main.o:\n", 0, NULL);
    expect_files("main.o: \\\n", 0, NULL);
}

static void escapes_are_undone(UNUSED void **state)
{
    expect_files("a\\ b.o: a\\ b.c c\\#.h d$$e.h f\\\\ g\n", 5,
                 (const char *const[]){"a b.c", "c#.h", "d$e.h", "f\\", "g"});
    expect_files("a\\:b.o: x.c\n", 1, (const char *const[]){"x.c"});
    expect_files("a.o: C\\:x.h\n", 1, (const char *const[]){"C:x.h"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_behind_the_target_are_taken_over_all_lines),
        cmocka_unit_test(escapes_are_undone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
