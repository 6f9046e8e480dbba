/* SPDX-License-Identifier: MIT */
/* What --gpu takes, and what it refuses in a line that says what would do. */
#include "host/display/gpu_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void sizes_and_heads_are_read(void **state)
{
    static const struct {
        const char *text;
        uint32_t width, height;
        unsigned heads;
    } rows[] = {{"", 1280, 800, 1},
                {"64x64", 64, 64, 1},
                {"4095x4095", 4095, 4095, 1},
                {"heads=4", 1280, 800, 4},
                {"800x600,heads=2", 800, 600, 2},
                {"heads=2,800x600", 800, 600, 2}};
    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gpu_options options, again;
        char text[64];
        struct error err = {""};
        if (!gpu_options_parse(rows[i].text, &options, &err))
            fail_msg("%s", err.text);
        assert_int_equal(options.width, rows[i].width);
        assert_int_equal(options.height, rows[i].height);
        assert_int_equal(options.heads, rows[i].heads);
        gpu_options_describe(&options, text, sizeof text);
        assert_true(gpu_options_parse(text, &again, &err));
        assert_memory_equal(&again, &options, sizeof options);
    }
}

static void anything_else_is_refused(void **state)
{
    static const char *const rows[] = {
        "63x64",         "64x63",    "4096x64", "64x4096",  "x",      "64",       "64x",
        "x64",           "64x64x64", "-64x64",  "+64x64",   " 64x64", "64 x64",   "64X64",
        "heads=0",       "heads=5",  "heads=",  "heads=1x", "head=1", "64x64,on", "99999999999999999999x64",
        "4294967360x64", ",64x63"};
    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gpu_options options;
        struct error err = {""};
        if (gpu_options_parse(rows[i], &options, &err))
            fail_msg("'%s' was taken", rows[i]);
        assert_true(err.text[0] != '\0' && strchr(err.text, '\n') == NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_and_heads_are_read),
        cmocka_unit_test(anything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
