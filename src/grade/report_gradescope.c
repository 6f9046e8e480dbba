/* SPDX-License-Identifier: MIT */
/* Gradescope's results.json: the score is the sum of the tests'. */
#include "grade/report.h"

#include <string.h>

static void print_tags(FILE *out, const struct grade_test *test)
{
    if (test->tag_count == 0)
        return;
    fputs(", \"tags\": [", out);
    for (unsigned i = 0; i < test->tag_count; i++) {
        struct grade_buffer tag = {.bytes = NULL};
        grade_buffer_add_shown(&tag, test->tags[i], strlen(test->tags[i]), false);
        fputs(i > 0 ? ", " : "", out);
        report_json_string(out, grade_buffer_text(&tag));
        grade_buffer_destroy(&tag);
    }
    fputc(']', out);
}

static void print_test(FILE *out, const struct grade_result *result)
{
    bool passed = result->verdict == VERDICT_PASSED;
    struct grade_buffer text = {.bytes = NULL};
    if (!passed)
        report_reasons(&text, result);
    if (!passed && result->output.length > 0)
        grade_buffer_print(&text, "output:\n%s", grade_buffer_text(&result->output));
    fputs("    {\"name\": ", out);
    report_json_string(out, result->test->name);
    fputs(", \"score\": ", out);
    report_points(out, passed ? result->test->points : 0);
    fputs(", \"max_score\": ", out);
    report_points(out, result->test->points);
    fprintf(out, ", \"status\": \"%s\"", passed ? "passed" : "failed");
    print_tags(out, result->test);
    fputs(", \"output\": ", out);
    report_json_string(out, grade_buffer_text(&text));
    fputc('}', out);
    grade_buffer_destroy(&text);
}

static void print_end(FILE *out, const struct grade_results *results)
{
    fputs("{\n  \"tests\": [\n", out);
    for (unsigned i = 0; i < results->count; i++) {
        print_test(out, &results->list[i]);
        fputs(i + 1 < results->count ? ",\n" : "\n", out);
    }
    fputs("  ]\n}\n", out);
}

const struct report_format report_gradescope = {.name = "gradescope", .end = print_end};
