/* SPDX-License-Identifier: MIT */
/* The console of a test and the judge, on output that is written here; how outcomes travel, and what becomes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/test_options.h"
#include "grade/verdict.h"

struct world {
    struct grade_spec spec;
    const struct grade_test *test;
    struct capture capture;
    struct grade_finding findings[8];
};

/* A test of these lines. */
static void begin(struct world *w, const char *lines)
{
    char text[4096];
    struct error err = {""};
    memset(w, 0, sizeof *w);
    snprintf(text, sizeof text, "[test one]\nkernel = k\n%s", lines);
    if (!grade_spec_parse(&w->spec, "s", text, strlen(text), &test_options, &err))
        fail_msg("%s", err.text);
    w->test = &w->spec.tests[0];
    assert_true(capture_open(&w->capture, w->test, &err));
}

static void end(struct world *w)
{
    capture_close(&w->capture);
    grade_spec_destroy(&w->spec);
}

/* The guest writes the text at that step, of which each takes a nanosecond. */
static void guest_writes(struct world *w, uint64_t step, const char *text)
{
    capture_write(&w->capture, (const uint8_t *)text, strlen(text), (struct probe_time){step, step});
}

static bool judge(struct world *w)
{
    memset(w->findings, 0, sizeof w->findings);
    return judge_output(w->test, &w->capture, w->findings);
}

static void assert_states(struct world *w, unsigned count, const enum finding_state *states)
{
    judge(w);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(w->findings[i].state, states[i]);
}

static void text_is_found_wherever_it_stands(void **state)
{
    (void)state;
    struct world w;
    begin(&w, "expect = lo, wor\nexpect = hello\nexpect = \"d\\n\"\nforbid = Hello\n");
    assert_false(judge(&w));
    guest_writes(&w, 1, "hel");
    guest_writes(&w, 2, "lo, world");
    assert_false(judge(&w));
    guest_writes(&w, 3, "\r\n");
    assert_true(judge(&w));
    assert_int_equal(w.findings[1].time.steps, 2);
    guest_writes(&w, 4, "Hello");
    assert_false(judge(&w));
    assert_int_equal(w.findings[3].state, FINDING_PRESENT);
    assert_int_equal(w.findings[3].offset, 13);
    end(&w);
}

static void expressions_are_held_against_lines(void **state)
{
    (void)state;
    struct world w;
    begin(&w, "expect-regex = ^two$\nexpect-regex = o.*t\nexpect-regex = ^$\nexpect-regex = e$\n");
    guest_writes(&w, 1, "one\r\ntwo\r\nthree");
    assert_states(&w, 4, (enum finding_state[]){FINDING_MET, FINDING_ABSENT, FINDING_ABSENT, FINDING_MET});
    assert_int_equal(w.findings[0].offset, 4);
    guest_writes(&w, 2, "\n\n");
    assert_int_equal(judge(&w), false);
    assert_int_equal(w.findings[2].state, FINDING_MET);
    end(&w);
}

static void a_long_line_is_looked_at_in_pieces(void **state)
{
    (void)state;
    struct world w;
    char line[5000];
    begin(&w, "expect-regex = b\nexpect-regex = ^b\nexpect-regex = a$\nexpect-regex = ba+\n");
    memset(line, 'a', sizeof line);
    line[3000] = 'b';
    line[sizeof line - 1] = '\0';
    guest_writes(&w, 1, line);
    assert_states(&w, 4, (enum finding_state[]){FINDING_MET, FINDING_ABSENT, FINDING_MET, FINDING_MET});
    assert_int_equal(w.findings[0].offset, 3000);
    assert_int_equal(w.findings[2].offset, sizeof line - 2);
    end(&w);
}

static void in_order_each_text_follows_the_one_before(void **state)
{
    (void)state;
    struct world w;
    begin(&w, "in-order = yes\nexpect = a\nexpect = b\nforbid = x\nexpect-regex = c\n");
    guest_writes(&w, 1, "b c a");
    assert_states(&w, 4, (enum finding_state[]){FINDING_MET, FINDING_EARLY, FINDING_MET, FINDING_EARLY});
    guest_writes(&w, 1, " b");
    assert_states(&w, 4, (enum finding_state[]){FINDING_MET, FINDING_MET, FINDING_MET, FINDING_EARLY});
    guest_writes(&w, 1, "c");
    assert_true(judge(&w));
    end(&w);
}

static void what_comes_after_its_moment_is_late(void **state)
{
    (void)state;
    struct world w;
    begin(&w,
          "expect within 10 ns = a\nexpect within 9 steps = a\nforbid within 9 ns = a\nforbid within 10 steps = a\n");
    guest_writes(&w, 10, "a");
    assert_states(&w, 4, (enum finding_state[]){FINDING_MET, FINDING_LATE, FINDING_MET, FINDING_PRESENT});
    end(&w);
}

static void output_beyond_its_limit_is_dropped_and_noted(void **state)
{
    (void)state;
    struct world w;
    begin(&w, "max-output = 5\n");
    guest_writes(&w, 1, "12345");
    assert_false(w.capture.overflow);
    guest_writes(&w, 1, "6");
    assert_true(w.capture.overflow);
    assert_int_equal(w.capture.count, 5);
    end(&w);
}

/* Everything that may be typed now. */
static void assert_typed(struct world *w, const char *text)
{
    char bytes[100];
    size_t count = 0, got;
    while ((got = capture_read(&w->capture, (uint8_t *)bytes + count, 3)) > 0)
        count += got;
    assert_int_equal(count, strlen(text));
    assert_memory_equal(bytes, text, count);
}

static void input_follows_what_the_guest_writes(void **state)
{
    (void)state;
    struct world w;
    begin(&w, "input = first\ninput after \"$ \" = \"second\\n\"\ninput after \"$ \" = third\ninput = fourth\n"
              "input after \"\\n\" = fifth\n");
    assert_typed(&w, "first");
    guest_writes(&w, 1, "boot $");
    assert_typed(&w, "");
    guest_writes(&w, 2, " ");
    assert_typed(&w, "second\n");
    guest_writes(&w, 3, "ok $ ");
    assert_typed(&w, "thirdfourth");
    guest_writes(&w, 4, "\r");
    assert_typed(&w, "");
    guest_writes(&w, 4, "\n");
    assert_typed(&w, "fifth");
    assert_typed(&w, "");
    end(&w);
}

/* An outcome of the world's output, and of this end. */
static void make_outcome(struct world *w, struct grade_outcome *outcome, struct stop stop)
{
    *outcome = (struct grade_outcome){.kind = OUTCOME_RAN, .stop = stop, .time = {123456, 7890000}};
    judge(w);
    outcome->findings = calloc(9, sizeof *outcome->findings);
    memcpy(outcome->findings, w->findings, sizeof w->findings);
    grade_buffer_add(&outcome->output, w->capture.bytes, w->capture.count);
    grade_buffer_print(&outcome->message, "said\n");
}

static void outcomes_arrive_as_they_were_sent(void **state)
{
    (void)state;
    struct world w;
    struct grade_outcome sent, got;
    struct grade_buffer bytes = {.bytes = NULL};
    begin(&w, "expect = a\nexpect = z\n");
    guest_writes(&w, 5, "cba");
    make_outcome(&w, &sent, (struct stop){STOP_FAIL, 7});
    outcome_pack(&sent, 2, &bytes);
    assert_true(outcome_unpack(&got, 2, bytes.bytes, bytes.length));
    assert_int_equal(got.stop.reason, STOP_FAIL);
    assert_int_equal(got.stop.code, 7);
    assert_int_equal(got.time.ns, 7890000);
    assert_int_equal(got.findings[0].offset, 2);
    assert_int_equal(got.findings[1].state, FINDING_ABSENT);
    assert_string_equal(got.output.bytes, "cba");
    assert_string_equal(got.message.bytes, "said\n");
    outcome_destroy(&got);
    for (size_t size = 0; size < bytes.length; size++)
        assert_false(outcome_unpack(&got, 2, bytes.bytes, size));
    assert_false(outcome_unpack(&got, 3, bytes.bytes, bytes.length));
    grade_buffer_destroy(&bytes);
    outcome_destroy(&sent);
    end(&w);
}

/* The verdict and status of a guest that writes "a" and ends so, in a test of these lines. */
static void assert_verdict(const char *lines, struct stop stop, enum verdict_kind verdict, int status)
{
    struct world w;
    struct grade_outcome outcome;
    struct grade_result result;
    begin(&w, lines);
    guest_writes(&w, 1, "a");
    make_outcome(&w, &outcome, stop);
    verdict_make(w.test, &outcome, &result);
    if (result.verdict != verdict || result.status != status)
        fail_msg("%s: verdict %d, status %d; %s", lines, (int)result.verdict, result.status,
                 grade_buffer_text(&result.why));
    assert_int_equal(result.why.length == 0, verdict == VERDICT_PASSED);
    verdict_destroy(&result);
    outcome_destroy(&outcome);
    end(&w);
}

static void the_end_of_the_guest_counts(void **state)
{
    (void)state;
    const struct stop off = {STOP_POWEROFF, 0}, seven = {STOP_FAIL, 7}, budget = {STOP_BUDGET, 0},
                      reset = {STOP_RESET, 0}, loop = {STOP_STUCK, STUCK_IDLE_LOOP}, stuck = {STOP_STUCK, STUCK_FAULT};
    assert_verdict("", off, VERDICT_PASSED, 0);
    assert_verdict("", loop, VERDICT_PASSED, 0);
    assert_verdict("", seven, VERDICT_FAILED, 7);
    assert_verdict("", budget, VERDICT_FAILED, 122);
    assert_verdict("", reset, VERDICT_FAILED, 123);
    assert_verdict("", stuck, VERDICT_FAILED, 121);
    assert_verdict("expect = a\n", loop, VERDICT_PASSED, 0);
    assert_verdict("expect = b\n", loop, VERDICT_FAILED, 121);
    assert_verdict("expect = b\n", off, VERDICT_FAILED, 1);
    assert_verdict("exit = poweroff\n", loop, VERDICT_FAILED, 121);
    assert_verdict("exit = loop\n", off, VERDICT_FAILED, 1);
    assert_verdict("exit = 7\n", seven, VERDICT_PASSED, 0);
    assert_verdict("exit = 8\n", seven, VERDICT_FAILED, 7);
    assert_verdict("exit = fail\n", seven, VERDICT_PASSED, 0);
    assert_verdict("exit = fail\n", off, VERDICT_FAILED, 1);
    assert_verdict("exit = 7\nforbid = a\n", seven, VERDICT_FAILED, 1);
    assert_verdict("exit = stuck\n", stuck, VERDICT_PASSED, 0);
    assert_verdict("exit = stuck\n", loop, VERDICT_PASSED, 0);
    assert_verdict("exit = budget|reset\n", reset, VERDICT_PASSED, 0);
    assert_verdict("exit = any\n", seven, VERDICT_PASSED, 0);
}

static int status_of(const int *statuses, unsigned count)
{
    struct grade_result results[4] = {{.test = NULL}};
    for (unsigned i = 0; i < count; i++) {
        results[i].status = statuses[i];
        results[i].verdict = statuses[i] == 0 ? VERDICT_PASSED : statuses[i] == 125 ? VERDICT_UNTESTED : VERDICT_FAILED;
    }
    return verdict_status(results, count);
}

static void the_status_is_what_all_failures_have_in_common(void **state)
{
    (void)state;
    assert_int_equal(status_of(NULL, 0), 0);
    assert_int_equal(status_of((int[]){0, 0}, 2), 0);
    assert_int_equal(status_of((int[]){0, 125}, 2), 125);
    assert_int_equal(status_of((int[]){121, 0, 121}, 3), 121);
    assert_int_equal(status_of((int[]){121, 125}, 2), 121);
    assert_int_equal(status_of((int[]){121, 122, 121}, 3), 1);
    assert_int_equal(status_of((int[]){3, 4, 4}, 3), 1);
}

static void assert_shown(const char *bytes, size_t length, bool keep_lines, const char *shown)
{
    struct grade_buffer b = {.bytes = NULL};
    grade_buffer_add_shown(&b, bytes, length, keep_lines);
    assert_string_equal(grade_buffer_text(&b), shown);
    grade_buffer_destroy(&b);
}

static void bytes_are_shown_as_printable_text(void **state)
{
    (void)state;
    assert_shown("a\n\t\r\0\033\177~", 8, false, "a\\n\\t\\r\\x00\\x1b\\x7f~");
    assert_shown("a\n\t\r", 4, true, "a\n\t\\r");
    assert_shown("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, false, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    assert_shown("\xc3", 1, false, "\\xc3");                            /* cut */
    assert_shown("\xc0\xaf", 2, false, "\\xc0\\xaf");                   /* too long for '/' */
    assert_shown("\xe0\x80\xaf", 3, false, "\\xe0\\x80\\xaf");          /* the same */
    assert_shown("\xed\xa0\x80", 3, false, "\\xed\\xa0\\x80");          /* a surrogate */
    assert_shown("\xf4\x90\x80\x80", 4, false, "\\xf4\\x90\\x80\\x80"); /* beyond Unicode */
    assert_shown("\xef\xbf\xbf", 3, false, "\\xef\\xbf\\xbf");          /* no character */
    assert_shown("\xc2\x9b", 2, false, "\\xc2\\x9b");                   /* CSI */
    assert_shown("\xe2\x80\xae", 3, false, "\\xe2\\x80\\xae");          /* turns the line's direction */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_found_wherever_it_stands),
        cmocka_unit_test(expressions_are_held_against_lines),
        cmocka_unit_test(a_long_line_is_looked_at_in_pieces),
        cmocka_unit_test(in_order_each_text_follows_the_one_before),
        cmocka_unit_test(what_comes_after_its_moment_is_late),
        cmocka_unit_test(output_beyond_its_limit_is_dropped_and_noted),
        cmocka_unit_test(input_follows_what_the_guest_writes),
        cmocka_unit_test(outcomes_arrive_as_they_were_sent),
        cmocka_unit_test(the_end_of_the_guest_counts),
        cmocka_unit_test(the_status_is_what_all_failures_have_in_common),
        cmocka_unit_test(bytes_are_shown_as_printable_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
