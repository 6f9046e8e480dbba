/* SPDX-License-Identifier: MIT */
/* Which tests are run, and running them: several at a time, each in a process of its own, reported in the order of the spec. */
#ifndef MICROVM_GRADE_SESSION_H
#define MICROVM_GRADE_SESSION_H

#include "grade/pool.h"
#include "grade/report.h"

#define SELECTION_PATTERNS 32

struct grade_selection {
    const char *only[SELECTION_PATTERNS]; /* of names, as the shell has them; none: all */
    const char *tags[SELECTION_PATTERNS]; /* a test has one of these; none: all */
    unsigned only_count, tag_count;
    unsigned shard, shards; /* 1 to shards; shards 0: all. Test n of the selection belongs to shard n modulo shards. */
};

/* *list is the caller's to free. False: no test fits the names and tags, or there is no memory. (A shard may be empty.) */
bool session_select(const struct grade_spec *spec, const struct grade_selection *selection,
                    const struct grade_test ***list, unsigned *count, struct error *err);

/* Runs the tests and tells the reports, which are open. *status is the process's exit status (verdict_status). */
enum pool_end session_run(const struct grade_test *const *list, unsigned count, unsigned jobs, const char *recordings,
                          struct reports *reports, int *status, struct error *err);

#endif
