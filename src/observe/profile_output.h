/* SPDX-License-Identifier: MIT */
/* The profile of one run and the files that it goes to. Owns the profiler and the files. */
#ifndef MICROVM_OBSERVE_PROFILE_OUTPUT_H
#define MICROVM_OBSERVE_PROFILE_OUTPUT_H

#include "base/error.h"
#include "observe/symbols.h"

struct profile_output_options {
    bool summary;         /* to standard error, or to the file if there is one */
    bool exact;           /* every instruction is counted */
    const char *file;     /* with stacks in FILE.folded */
    const char *coverage; /* counts every instruction, too */
};

struct profile_output;

/* Begins the profile, and the files, so that what cannot be written is known before the run. NULL: err says why. */
struct profile_output *profile_output_create(const struct profile_output_options *options, struct machine *machine,
                                             struct symbols *symbols, struct error *err);

/* Behind the run: writes all. Accepts NULL. */
bool profile_output_finish(struct profile_output *output, struct error *err);

/* Accepts NULL. */
void profile_output_destroy(struct profile_output *output);

#endif
