/* SPDX-License-Identifier: MIT */
/* What the outcome of a test means: passed or not, and why, in words that any report may print as they are. */
#ifndef MICROVM_GRADE_VERDICT_H
#define MICROVM_GRADE_VERDICT_H

#include "grade/outcome.h"

enum verdict_kind { VERDICT_PASSED, VERDICT_FAILED, VERDICT_UNTESTED };

struct grade_result {
    const struct grade_test *test;
    enum verdict_kind verdict;
    int status;                   /* of a process that ran this test alone */
    struct probe_time time;       /* when the guest ended */
    struct grade_buffer end;      /* how it ended: "powered off" */
    struct grade_buffer why;      /* a line for each thing that is not as it should be */
    struct grade_buffer output;   /* what the guest wrote, printable, the last of it */
    struct grade_buffer messages; /* what the machine said of the guest */
};

/* Fills in the result; the outcome may be destroyed afterwards. */
void verdict_make(const struct grade_test *test, const struct grade_outcome *outcome, struct grade_result *result);
void verdict_destroy(struct grade_result *result);

/* Of several results: 0 all passed; 125 none failed, but some could not be tested; else the status that all failed ones have
 * in common, or 1. */
int verdict_status(const struct grade_result *results, unsigned count);

#endif
