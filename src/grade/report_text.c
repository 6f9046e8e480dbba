/* SPDX-License-Identifier: MIT */
/* For people: students first of all. */
#include "grade/report.h"

#define OUTPUT_LINES 20

static const char *const words[] = {[VERDICT_PASSED] = "ok", [VERDICT_FAILED] = "FAIL", [VERDICT_UNTESTED] = "????"};

/* Points are shown where somebody has given some. */
static bool counts_points(const struct grade_results *results)
{
    for (unsigned i = 0; i < results->count; i++)
        if (results->list[i].test->has_points)
            return true;
    return false;
}

static void print_points(FILE *out, const struct grade_result *result)
{
    fputs("  ", out);
    report_points(out, result->verdict == VERDICT_PASSED ? result->test->points : 0);
    fputc('/', out);
    report_points(out, result->test->points);
}

static void print_output(FILE *out, const struct grade_result *result)
{
    const char *all = grade_buffer_text(&result->output), *last = report_last_lines(all, OUTPUT_LINES);
    if (*all == '\0') {
        fputs(result->verdict == VERDICT_FAILED ? "      the guest wrote nothing\n" : "", out);
        return;
    }
    fprintf(out, "      %s:\n", last == all ? "its output" : "the end of its output");
    report_lines(out, "      | ", last);
}

static void print_test(FILE *out, const struct grade_results *results, unsigned n)
{
    const struct grade_result *result = &results->list[n];
    struct grade_buffer reasons = {.bytes = NULL};
    fprintf(out, "%-4s  %s", words[result->verdict], result->test->name);
    if (counts_points(results))
        print_points(out, result);
    fputs("  (", out);
    report_seconds(out, result->time.ns);
    fputs(" s)\n", out);
    if (result->verdict != VERDICT_PASSED) {
        report_reasons(&reasons, result);
        report_lines(out, "      ", grade_buffer_text(&reasons));
        print_output(out, result);
    }
    grade_buffer_destroy(&reasons);
}

static void print_end(FILE *out, const struct grade_results *results)
{
    struct grade_totals totals = report_totals(results);
    fprintf(out, "%u of %u passed", totals.passed, results->count);
    if (totals.untested > 0)
        fprintf(out, ", %u could not be tested", totals.untested);
    if (counts_points(results)) {
        fputs(", ", out);
        report_points(out, totals.points);
        fputs(" of ", out);
        report_points(out, totals.points_max);
        fputs(" points", out);
    }
    fputc('\n', out);
}

const struct report_format report_text = {.name = "text", .test = print_test, .end = print_end};
