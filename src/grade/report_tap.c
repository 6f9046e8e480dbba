/* SPDX-License-Identifier: MIT */
/* The Test Anything Protocol, version 13; what is behind a verdict stands in its YAML block. */
#include "grade/report.h"

#include <inttypes.h>

#define OUTPUT_LINES 50

static void print_begin(FILE *out, const struct grade_results *results)
{
    fprintf(out, "TAP version 13\n1..%u\n", results->count);
}

/* A description holds no '#' that is not escaped. */
static void print_name(FILE *out, const char *name)
{
    for (; *name != '\0'; name++)
        fprintf(out, *name == '#' || *name == '\\' ? "\\%c" : "%c", *name);
}

/* A block whose first line begins with no blank, so that its indentation is plain to any reader of YAML. */
static void print_message(FILE *out, const struct grade_result *result)
{
    struct grade_buffer reasons = {.bytes = NULL};
    report_reasons(&reasons, result);
    fputs("  message: |\n", out);
    report_lines(out, "    ", grade_buffer_text(&reasons));
    if (result->output.length > 0)
        fputs("    output:\n", out);
    report_lines(out, "    | ", report_last_lines(grade_buffer_text(&result->output), OUTPUT_LINES));
    grade_buffer_destroy(&reasons);
}

static void print_test(FILE *out, const struct grade_results *results, unsigned n)
{
    const struct grade_result *result = &results->list[n];
    bool passed = result->verdict == VERDICT_PASSED;
    fprintf(out, "%sok %u - ", passed ? "" : "not ", n + 1);
    print_name(out, result->test->name);
    fputs("\n  ---\n  duration_ms: ", out);
    fprintf(out, "%" PRIu64 ".%03" PRIu64, result->time.ns / 1000000, result->time.ns / 1000 % 1000);
    fputs("\n  points: ", out);
    report_points(out, passed ? result->test->points : 0);
    fputs("\n  points_max: ", out);
    report_points(out, result->test->points);
    fprintf(out, "\n  severity: %s\n", passed ? "comment" : result->verdict == VERDICT_FAILED ? "fail" : "error");
    if (!passed)
        print_message(out, result);
    fputs("  ...\n", out);
}

const struct report_format report_tap = {.name = "tap", .begin = print_begin, .test = print_test};
