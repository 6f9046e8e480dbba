/* SPDX-License-Identifier: MIT */
/* Spec files: their form, what each key makes of a test, and what a test gets from [defaults]. What is refused, and how, is in
 * tests/grade/bad_specs_run_nothing.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/test_options.h"
#include "grade/spec.h"

static struct error err;

static void parse(struct grade_spec *spec, const char *name, const char *text)
{
    *spec = (struct grade_spec){.tests = NULL};
    if (!grade_spec_parse(spec, name, text, strlen(text), &test_options, &err))
        fail_msg("%s", err.text);
}

/* The only test of a spec that has a kernel already; lines follow. */
static const struct grade_test *one(struct grade_spec *spec, const char *lines)
{
    char text[4096];
    snprintf(text, sizeof text, "[test one]\nkernel = k\n%s", lines);
    parse(spec, "s.test", text);
    assert_int_equal(spec->count, 1);
    return &spec->tests[0];
}

static void assert_text(const struct grade_text *text, const char *bytes, size_t length)
{
    assert_int_equal(text->length, length);
    assert_memory_equal(text->bytes, bytes, length);
}

static void a_test_runs_on_the_virtual_clock_with_a_seed_and_a_budget(void **state)
{
    (void)state;
    struct grade_spec spec;
    const struct grade_test *test = one(&spec, "");
    assert_int_equal(test->config.clock, CLOCK_VIRTUAL);
    assert_true(test->config.has_seed);
    assert_int_equal(test->config.seed, 0);
    assert_int_equal(test->config.max_steps, 1000000000);
    assert_int_equal(test->ends, GRADE_END_POWEROFF | GRADE_END_LOOP);
    assert_false(test->config.no_reboot || test->in_order || test->stop_when_met || test->has_points);
    assert_int_equal(test->points, GRADE_POINT);
    assert_int_equal(test->output_bytes, 1 << 20);
    grade_spec_destroy(&spec);
}

static void blanks_comments_crlf_and_a_byte_order_mark_say_nothing(void **state)
{
    (void)state;
    struct grade_spec spec;
    parse(&spec, "s", "\xef\xbb\xbf# first\r\n\r\n  [ test   a  b ]  \r\n; second\r\n\tkernel\t=  k # k  \r\nexpect=x");
    assert_string_equal(spec.tests[0].name, "a b");
    assert_int_equal(spec.tests[0].line, 3);
    assert_string_equal(spec.tests[0].config.kernel, "k # k");
    assert_text(&spec.tests[0].checks[0].text, "x", 1);
    assert_int_equal(spec.tests[0].checks[0].line, 6);
    grade_spec_destroy(&spec);
}

static void values_hold_what_stands_between_quotes(void **state)
{
    (void)state;
    static const char lines[] = "expect = \" a = [b] # \\n\\r\\t\\a\\b\\e\\0\\\\\\\"\\x7fF \" \n"
                                "expect = say \"hi\" \\n\n";
    static const char first[] = " a = [b] # \n\r\t\a\b\033\0\\\"\177F ", second[] = "say \"hi\" \\n";
    struct grade_spec spec;
    const struct grade_test *test = one(&spec, lines);
    assert_text(&test->checks[0].text, first, sizeof first - 1);
    assert_text(&test->checks[1].text, second, sizeof second - 1);
    grade_spec_destroy(&spec);
}

static void within_takes_guest_time_or_steps(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        uint64_t ns, steps;
    } moments[] = {
        {"5 ns", 5, UINT64_MAX},        {"20us", 20000, UINT64_MAX},      {"1.5 ms", 1500000, UINT64_MAX},
        {"2s", 2000000000, UINT64_MAX}, {"0.000000001 s", 1, UINT64_MAX}, {"1_000 steps", UINT64_MAX, 1000},
        {"7steps", UINT64_MAX, 7},      {"0 s", 0, UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        char line[100];
        struct grade_spec spec;
        snprintf(line, sizeof line, "expect-regex within %s = x\nforbid = y\n", moments[i].words);
        const struct grade_test *test = one(&spec, line);
        assert_int_equal(test->checks[0].within_ns, moments[i].ns);
        assert_int_equal(test->checks[0].within_steps, moments[i].steps);
        assert_int_equal(test->checks[1].within_ns, UINT64_MAX);
        assert_true(test->checks[0].is_regex && !test->checks[1].is_regex);
        grade_spec_destroy(&spec);
    }
}

static void memory_names_an_address_a_type_and_a_value(void **state)
{
    (void)state;
    struct grade_spec spec;
    const struct grade_test *test = one(&spec, "memory 0x8000_1000 byte = -1\nmemory counter half = 0xffff\n"
                                               "memory table+0x10 word = -0x80000000\nmemory 4 long = -1\n"
                                               "memory buffer text = \"a\\0b\"\nmemory = 16M\n");
    const struct grade_check *c = test->checks;
    assert_int_equal(test->check_count, 5);
    assert_int_equal(test->config.memory_bytes, 16 << 20);
    assert_true(c[0].symbol == NULL && c[0].address == 0x80001000 && c[0].size == 1 && c[0].value == 0xff);
    assert_true(strcmp(c[1].symbol, "counter") == 0 && c[1].address == 0 && c[1].size == 2 && c[1].value == 0xffff);
    assert_true(strcmp(c[2].symbol, "table") == 0 && c[2].address == 16 && c[2].size == 4 && c[2].value == 0x80000000);
    assert_true(c[3].address == 4 && c[3].size == 8 && c[3].value == UINT64_MAX);
    assert_true(c[4].size == 0);
    assert_text(&c[4].text, "a\0b", 3);
    assert_string_equal(c[2].label, "memory table+0x10 word");
    grade_spec_destroy(&spec);
}

static void registers_are_named_as_assemblers_do(void **state)
{
    (void)state;
    struct grade_spec spec;
    const struct grade_test *test = one(
        &spec, "register a0 = 1\nregister hart 3 x31 = 2\nregister fa0 = 0\nregister mstatus = 0\nregister pc = 0\n");
    assert_int_equal(test->check_count, 5);
    assert_true(test->checks[0].hart == 0 && test->checks[1].hart == 3);
    assert_string_equal(test->checks[1].reg, "x31");
    grade_spec_destroy(&spec);
}

static void pixels_have_a_place_and_a_colour(void **state)
{
    (void)state;
    struct grade_spec spec;
    const struct grade_test *test = one(&spec, "framebuffer = 64x48\npixel 3 2 = 0xff0000\npixel 0 8191 = 255\n");
    const struct grade_check *c = test->checks;
    assert_int_equal(test->check_count, 2);
    assert_true(test->config.framebuffer.width == 64 && test->config.framebuffer.height == 48);
    assert_true(c[0].kind == CHECK_PIXEL && c[0].x == 3 && c[0].y == 2 && c[0].value == 0xff0000);
    assert_true(c[1].x == 0 && c[1].y == 8191 && c[1].value == 0xff);
    assert_string_equal(c[0].label, "pixel 3 2");
    grade_spec_destroy(&spec);
}

static void exit_takes_several_ways(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        unsigned ends;
        bool no_reboot;
    } exits[] = {
        {"poweroff", GRADE_END_POWEROFF, false},
        {"0", GRADE_END_POWEROFF, false},
        {"7|budget", GRADE_END_CODE | GRADE_END_BUDGET, false},
        {"fail|stuck|loop", GRADE_END_FAIL | GRADE_END_STUCK | GRADE_END_LOOP, false},
        {"reset", GRADE_END_RESET, true},
        {"any", GRADE_END_ANY, false},
    };
    for (size_t i = 0; i < sizeof exits / sizeof exits[0]; i++) {
        char line[100];
        struct grade_spec spec;
        snprintf(line, sizeof line, "exit = %s\n", exits[i].value);
        const struct grade_test *test = one(&spec, line);
        assert_int_equal(test->ends, exits[i].ends);
        assert_int_equal(test->config.no_reboot, exits[i].no_reboot);
        assert_true(!(test->ends & GRADE_END_CODE) || test->code == 7 || exits[i].ends == GRADE_END_ANY);
        grade_spec_destroy(&spec);
    }
}

static void points_are_counted_in_thousandths(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        uint64_t points;
    } points[] = {{"5", 5000}, {"0", 0}, {"0.5", 500}, {"2.125", 2125}, {"1.05", 1050}};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        char line[100];
        struct grade_spec spec;
        snprintf(line, sizeof line, "points = %s\n", points[i].value);
        assert_int_equal(one(&spec, line)->points, points[i].points);
        grade_spec_destroy(&spec);
    }
}

static void defaults_come_before_the_tests_own_lines(void **state)
{
    (void)state;
    struct grade_spec spec;
    parse(&spec, "s",
          "[defaults]\nkernel = a\nmax-insns = 7\nforbid = panic\npoints = 3\n"
          "[test one]\nexpect = x\n"
          "[test two]\nkernel = b\nmax-insns = 1_000\n"
          "[test three]\nexample = minimal-kernel\n");
    assert_int_equal(spec.count, 3);
    assert_string_equal(spec.tests[0].config.kernel, "a");
    assert_int_equal(spec.tests[0].config.max_steps, 7);
    assert_int_equal(spec.tests[0].check_count, 2);
    assert_int_equal(spec.tests[0].checks[0].kind, CHECK_FORBID);
    assert_int_equal(spec.tests[0].points, 3000);
    assert_string_equal(spec.tests[1].config.kernel, "b");
    assert_int_equal(spec.tests[1].config.max_steps, 1000);
    assert_int_equal(spec.tests[1].check_count, 1);
    assert_null(spec.tests[2].config.kernel);
    assert_non_null(spec.tests[2].config.image);
    grade_spec_destroy(&spec);
}

static void files_lie_beside_the_spec(void **state)
{
    (void)state;
    struct grade_spec spec;
    parse(&spec, "labs,1/os/s.test",
          "[test a]\nkernel = k\nfirmware = builtin\ninitrd = /r\ndisk = d,,x,ro\ninput-file = i\ncmdline = k\n");
    const struct grade_test *test = &spec.tests[0];
    assert_string_equal(test->config.kernel, "labs,1/os/k");
    assert_string_equal(test->config.initrd, "/r");
    assert_int_equal(test->config.firmware, FIRMWARE_BUILTIN);
    assert_string_equal(test->config.disks[0], "labs,,1/os/d,,x,ro");
    assert_string_equal(test->inputs[0].file, "labs,1/os/i");
    assert_string_equal(test->config.cmdline, "k");
    assert_string_equal(test->file, "labs,1/os/s.test");
    grade_spec_destroy(&spec);
}

static void a_kernel_of_the_command_line_takes_the_place_of_all(void **state)
{
    (void)state;
    static const char text[] = "[test a]\nkernel = a\n[test b]\nexample = minimal-kernel\n[test c]\n";
    struct grade_options options = test_options;
    struct grade_spec spec = {.tests = NULL};
    options.kernel = "sub/k";
    assert_true(grade_spec_parse(&spec, "x/s", text, strlen(text), &options, &err));
    for (unsigned i = 0; i < 3; i++) {
        assert_string_equal(spec.tests[i].config.kernel, "sub/k");
        assert_null(spec.tests[i].config.image);
        assert_false(spec.tests[i].config.has_load_addr);
    }
    grade_spec_destroy(&spec);
}

static void several_specs_make_one_list(void **state)
{
    (void)state;
    struct grade_spec spec = {.tests = NULL};
    static const char text[] = "[test a]\nkernel = k\n";
    assert_true(grade_spec_parse(&spec, "one", text, strlen(text), &test_options, &err));
    assert_true(grade_spec_parse(&spec, "two", text, strlen(text), &test_options, &err));
    assert_int_equal(spec.count, 2);
    assert_string_equal(spec.tests[0].file, "one");
    assert_string_equal(spec.tests[1].file, "two");
    assert_false(grade_spec_parse(&spec, "\033", "x", 1, &test_options, &err));
    grade_spec_destroy(&spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_test_runs_on_the_virtual_clock_with_a_seed_and_a_budget),
        cmocka_unit_test(blanks_comments_crlf_and_a_byte_order_mark_say_nothing),
        cmocka_unit_test(values_hold_what_stands_between_quotes),
        cmocka_unit_test(within_takes_guest_time_or_steps),
        cmocka_unit_test(memory_names_an_address_a_type_and_a_value),
        cmocka_unit_test(registers_are_named_as_assemblers_do),
        cmocka_unit_test(pixels_have_a_place_and_a_colour),
        cmocka_unit_test(exit_takes_several_ways),
        cmocka_unit_test(points_are_counted_in_thousandths),
        cmocka_unit_test(defaults_come_before_the_tests_own_lines),
        cmocka_unit_test(files_lie_beside_the_spec),
        cmocka_unit_test(a_kernel_of_the_command_line_takes_the_place_of_all),
        cmocka_unit_test(several_specs_make_one_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
