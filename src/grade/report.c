/* SPDX-License-Identifier: MIT */
#include "grade/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/compiler.h"

static const struct report_format *const formats[] = {&report_text, &report_tap, &report_junit, &report_json,
                                                      &report_gradescope};

const struct report_format *report_find(const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
        if (strlen(formats[i]->name) == length && memcmp(formats[i]->name, name, length) == 0)
            return formats[i];
    return NULL;
}

struct grade_totals report_totals(const struct grade_results *results)
{
    struct grade_totals totals = {.passed = 0};
    for (unsigned i = 0; i < results->count; i++) {
        const struct grade_result *result = &results->list[i];
        bool passed = result->verdict == VERDICT_PASSED;
        totals.passed += passed;
        totals.failed += result->verdict == VERDICT_FAILED;
        totals.untested += result->verdict == VERDICT_UNTESTED;
        totals.points += passed ? result->test->points : 0;
        totals.points_max += result->test->points;
        totals.ns += result->time.ns;
    }
    return totals;
}

bool reports_open(struct reports *reports, struct error *err)
{
    for (unsigned i = 0; i < reports->count; i++) {
        struct report *report = &reports->list[i];
        report->out = report->path != NULL ? fopen(report->path, "we") : stdout;
        if (report->out == NULL)
            return error_set(err, "cannot write the report '%.300s': %s", report->path, strerror(errno));
    }
    return true;
}

void reports_begin(struct reports *reports, const struct grade_results *results)
{
    reports->told = 0;
    for (unsigned i = 0; i < reports->count; i++)
        if (reports->list[i].format->begin != NULL)
            reports->list[i].format->begin(reports->list[i].out, results);
}

void reports_tell(struct reports *reports, const struct grade_results *results)
{
    for (; reports->told < results->known; reports->told++)
        for (unsigned i = 0; i < reports->count; i++)
            if (reports->list[i].format->test != NULL)
                reports->list[i].format->test(reports->list[i].out, results, reports->told);
}

void reports_end(struct reports *reports, const struct grade_results *results)
{
    for (unsigned i = 0; i < reports->count; i++)
        if (reports->list[i].format->end != NULL)
            reports->list[i].format->end(reports->list[i].out, results);
}

bool reports_close(struct reports *reports, struct error *err)
{
    bool ok = true;
    for (unsigned i = 0; i < reports->count; i++) {
        struct report *report = &reports->list[i];
        if (report->out == NULL || report->path == NULL)
            continue;
        bool written = !ferror(report->out);
        if (fclose(report->out) != 0 || !written)
            ok = error_set(err, "cannot write the report '%.300s': %s", report->path, strerror(errno));
    }
    return ok;
}

void report_points(FILE *out, uint64_t points)
{
    unsigned rest = (unsigned)(points % GRADE_POINT), places = 3;
    fprintf(out, "%" PRIu64, points / GRADE_POINT);
    for (; places > 0 && rest % 10 == 0; places--)
        rest /= 10;
    if (places > 0)
        fprintf(out, ".%0*u", (int)places, rest);
}

void report_seconds(FILE *out, uint64_t ns)
{
    fprintf(out, "%" PRIu64 ".%06" PRIu64, ns / 1000000000, ns / 1000 % 1000000);
}

void report_json_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c == '\n' || *c == '\t')
            fputs(*c == '\n' ? "\\n" : "\\t", out);
        else if ((unsigned char)*c < ' ')
            fprintf(out, "\\u%04x", (unsigned)*c);
        else
            fputc(*c, out);
    }
    fputc('"', out);
}

void report_lines(FILE *out, const char *indent, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        fprintf(out, "%s%.*s\n", indent, (int)length, text);
        text += length + (text[length] == '\n');
    }
}

void report_reasons(struct grade_buffer *text, const struct grade_result *result)
{
    grade_buffer_print(text, "%s", grade_buffer_text(&result->why));
    if (result->verdict == VERDICT_FAILED &&
        strstr(grade_buffer_text(&result->why), grade_buffer_text(&result->end)) == NULL)
        grade_buffer_print(text, "the guest %s\n", grade_buffer_text(&result->end));
    grade_buffer_print(text, "%s", grade_buffer_text(&result->messages));
    for (unsigned i = 0; i < result->test->hint_count && result->verdict == VERDICT_FAILED; i++) {
        grade_buffer_print(text, "hint: ");
        grade_buffer_add_shown(text, result->test->hints[i], strlen(result->test->hints[i]), false);
        grade_buffer_print(text, "\n");
    }
}

const char *report_last_lines(const char *output, unsigned lines)
{
    size_t at = strlen(output);
    for (unsigned ends = 0; at > 0; at--) {
        ends += output[at - 1] == '\n' && output[at] != '\0';
        if (ends == lines)
            break;
    }
    return output + at;
}
