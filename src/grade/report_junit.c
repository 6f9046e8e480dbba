/* SPDX-License-Identifier: MIT */
/* JUnit's XML, as continuous integration reads it: a suite for each spec file. */
#include "grade/report.h"

#include <string.h>

static void print_escaped(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\n': fputs("&#10;", out); break;
        default: fputc(*text, out); break;
        }
    }
}

static void print_element(FILE *out, const char *name, const char *text)
{
    if (*text == '\0')
        return;
    fprintf(out, "      <%s>", name);
    print_escaped(out, text);
    fprintf(out, "</%s>\n", name);
}

/* The element of a test that did not pass; its attribute is the first reason, its text all of them. */
static void print_failure(FILE *out, const struct grade_result *result)
{
    const char *name = result->verdict == VERDICT_FAILED ? "failure" : "error";
    struct grade_buffer reasons = {.bytes = NULL}, first = {.bytes = NULL};
    report_reasons(&reasons, result);
    const char *text = grade_buffer_text(&reasons);
    grade_buffer_add(&first, text, strcspn(text, "\n"));
    fprintf(out, "      <%s message=\"", name);
    print_escaped(out, grade_buffer_text(&first));
    fputs("\">", out);
    print_escaped(out, text);
    fprintf(out, "</%s>\n", name);
    grade_buffer_destroy(&reasons);
    grade_buffer_destroy(&first);
}

static void print_case(FILE *out, const struct grade_result *result)
{
    fputs("    <testcase classname=\"", out);
    print_escaped(out, result->test->file);
    fputs("\" name=\"", out);
    print_escaped(out, result->test->name);
    fputs("\" time=\"", out);
    report_seconds(out, result->time.ns);
    fputs("\">\n", out);
    if (result->verdict != VERDICT_PASSED)
        print_failure(out, result);
    print_element(out, "system-out", grade_buffer_text(&result->output));
    fputs("    </testcase>\n", out);
}

static void print_counts(FILE *out, const struct grade_results *results)
{
    struct grade_totals totals = report_totals(results);
    fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"0\" time=\"", results->count, totals.failed,
            totals.untested);
    report_seconds(out, totals.ns);
    fputs("\">\n", out);
}

/* Those that stand together and come from the same file. */
static unsigned print_suite(FILE *out, const struct grade_results *results, unsigned from)
{
    const char *file = results->list[from].test->file;
    struct grade_results suite = {&results->list[from], 0, 0};
    while (from + suite.count < results->count && strcmp(suite.list[suite.count].test->file, file) == 0)
        suite.count++;
    fputs("  <testsuite name=\"", out);
    print_escaped(out, file);
    fputc('"', out);
    print_counts(out, &suite);
    for (unsigned i = 0; i < suite.count; i++)
        print_case(out, &suite.list[i]);
    fputs("  </testsuite>\n", out);
    return from + suite.count;
}

static void print_end(FILE *out, const struct grade_results *results)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"microvm\"", out);
    print_counts(out, results);
    for (unsigned i = 0; i < results->count;)
        i = print_suite(out, results, i);
    fputs("</testsuites>\n", out);
}

const struct report_format report_junit = {.name = "junit", .end = print_end};
