/* SPDX-License-Identifier: MIT */
/* What came of running a test: the plain record that its own process sends to the one that reports. Owns its text. */
#ifndef MICROVM_GRADE_OUTCOME_H
#define MICROVM_GRADE_OUTCOME_H

#include "grade/buffer.h"
#include "grade/judge.h"

enum outcome_kind {
    OUTCOME_NONE,       /* the process ended without a word */
    OUTCOME_IMPOSSIBLE, /* it could not be run; message says why */
    OUTCOME_RAN
};

enum outcome_end {
    OUTCOME_BY_ITSELF, /* stop says how */
    OUTCOME_ALL_MET,   /* stop-when-met */
    OUTCOME_OVERFLOW   /* it wrote too much */
};

struct grade_outcome {
    enum outcome_kind kind;
    enum outcome_end end;
    struct stop stop;
    struct probe_time time;         /* at the end */
    struct grade_finding *findings; /* one for each check of the test */
    struct grade_buffer output, message;
};

void outcome_destroy(struct grade_outcome *outcome);

/* As bytes for a pipe between two processes of the same program. */
void outcome_pack(const struct grade_outcome *outcome, unsigned check_count, struct grade_buffer *bytes);

/* False: these are no bytes that outcome_pack has made; the outcome is left with kind OUTCOME_NONE. */
bool outcome_unpack(struct grade_outcome *outcome, unsigned check_count, const void *bytes, size_t size);

#endif
