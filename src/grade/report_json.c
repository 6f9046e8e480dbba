/* SPDX-License-Identifier: MIT */
/* JSON lines: an object for each test, and one for all. */
#include "grade/report.h"

#include <inttypes.h>
#include <string.h>

static void print_member(FILE *out, const char *key, const char *text)
{
    fprintf(out, ",\"%s\":", key);
    report_json_string(out, text);
}

/* The lines of text as an array of strings. */
static void print_array(FILE *out, const char *key, const char *text)
{
    fprintf(out, ",\"%s\":[", key);
    for (const char *line = text; *line != '\0';) {
        struct grade_buffer one = {.bytes = NULL};
        size_t length = strcspn(line, "\n");
        grade_buffer_add(&one, line, length);
        fputs(line == text ? "" : ",", out);
        report_json_string(out, grade_buffer_text(&one));
        grade_buffer_destroy(&one);
        line += length + (line[length] == '\n');
    }
    fputc(']', out);
}

static void print_words(FILE *out, const char *key, const char *const *words, unsigned count)
{
    struct grade_buffer lines = {.bytes = NULL};
    for (unsigned i = 0; i < count; i++) {
        grade_buffer_add_shown(&lines, words[i], strlen(words[i]), false);
        grade_buffer_print(&lines, "\n");
    }
    print_array(out, key, grade_buffer_text(&lines));
    grade_buffer_destroy(&lines);
}

static void print_points(FILE *out, uint64_t points, uint64_t points_max)
{
    fputs(",\"points\":", out);
    report_points(out, points);
    fputs(",\"points_max\":", out);
    report_points(out, points_max);
}

static void print_test(FILE *out, const struct grade_results *results, unsigned n)
{
    static const char *const words[] = {
        [VERDICT_PASSED] = "passed", [VERDICT_FAILED] = "failed", [VERDICT_UNTESTED] = "untested"};
    const struct grade_result *result = &results->list[n];
    const struct grade_test *test = result->test;
    fputs("{\"test\":", out);
    report_json_string(out, test->name);
    print_member(out, "spec", test->file);
    fprintf(out, ",\"line\":%u", test->line);
    print_member(out, "verdict", words[result->verdict]);
    print_points(out, result->verdict == VERDICT_PASSED ? test->points : 0, test->points);
    fprintf(out, ",\"status\":%d", result->status);
    print_member(out, "end", grade_buffer_text(&result->end));
    fputs(",\"guest_seconds\":", out);
    report_seconds(out, result->time.ns);
    fprintf(out, ",\"instructions\":%" PRIu64, result->time.steps);
    print_array(out, "reasons", grade_buffer_text(&result->why));
    print_array(out, "explanation", grade_buffer_text(&result->messages));
    print_words(out, "hints", test->hints, test->hint_count);
    print_words(out, "tags", test->tags, test->tag_count);
    print_member(out, "output", grade_buffer_text(&result->output));
    fputs("}\n", out);
}

static void print_end(FILE *out, const struct grade_results *results)
{
    struct grade_totals totals = report_totals(results);
    fprintf(out, "{\"tests\":%u,\"passed\":%u,\"failed\":%u,\"untested\":%u", results->count, totals.passed,
            totals.failed, totals.untested);
    print_points(out, totals.points, totals.points_max);
    fprintf(out, ",\"status\":%d}\n", verdict_status(results->list, results->count));
}

const struct report_format report_json = {.name = "json", .test = print_test, .end = print_end};
