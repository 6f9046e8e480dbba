/* SPDX-License-Identifier: MIT */
/* The forms in which results are reported: a table, and a list of those that are asked for, each with its file. Nothing of the
 * host stands in a report: the same tests give the same bytes everywhere. */
#ifndef MICROVM_GRADE_REPORT_H
#define MICROVM_GRADE_REPORT_H

#include <stdio.h>

#include "grade/verdict.h"

/* All results, in the order of the spec; of those before `known` the verdict is there. */
struct grade_results {
    struct grade_result *list;
    unsigned count, known;
};

struct grade_totals {
    unsigned passed, failed, untested;
    uint64_t points, points_max; /* in 1/GRADE_POINT */
    uint64_t ns;                 /* guest time of all together */
};

struct grade_totals report_totals(const struct grade_results *results);

/* Each function may be NULL. test is called in order, as soon as all tests before have their verdict. */
struct report_format {
    const char *name;
    void (*begin)(FILE *out, const struct grade_results *results);
    void (*test)(FILE *out, const struct grade_results *results, unsigned n);
    void (*end)(FILE *out, const struct grade_results *results);
};

extern const struct report_format report_text, report_tap, report_junit, report_json, report_gradescope;

/* "text|tap|junit|json|gradescope" */
#define REPORT_NAMES "text|tap|junit|json|gradescope"
/* NULL: there is no such format. */
const struct report_format *report_find(const char *name, size_t length);

#define REPORTS_MAX 8

struct report {
    const struct report_format *format;
    const char *path; /* NULL: standard output */
    FILE *out;
};

struct reports {
    struct report list[REPORTS_MAX];
    unsigned count;
    unsigned told; /* tests */
};

/* Opens the files, before anything is run. False: err names the one that cannot be written. */
bool reports_open(struct reports *reports, struct error *err);
/* The results up to results->known are told. */
void reports_begin(struct reports *reports, const struct grade_results *results);
void reports_tell(struct reports *reports, const struct grade_results *results);
void reports_end(struct reports *reports, const struct grade_results *results);
/* False: something could not be written. What was never opened is no matter. */
bool reports_close(struct reports *reports, struct error *err);

/* What several formats print. */

/* "12.5" */
void report_points(FILE *out, uint64_t points);
/* "0.012300", in seconds of guest time. */
void report_seconds(FILE *out, uint64_t ns);
/* Text as a JSON string, with its quotes. */
void report_json_string(FILE *out, const char *text);
/* Each line of text behind `indent`. */
void report_lines(FILE *out, const char *indent, const char *text);
/* What a student is to read about a test that did not pass: why, how it ended, what the machine said, hints. */
void report_reasons(struct grade_buffer *text, const struct grade_result *result);
/* The last lines of the output, at most so many. */
const char *report_last_lines(const char *output, unsigned lines);

#endif
