/* SPDX-License-Identifier: MIT */
/* Which source lines and functions of a guest were executed, and how often, in the format of lcov's tracefiles: by
 * exact counts of its instructions and its debug information, without any instrumentation. Keeps nothing. */
#ifndef MICROVM_OBSERVE_COVERAGE_H
#define MICROVM_OBSERVE_COVERAGE_H

#include <stdio.h>

#include "observe/profiler.h"

/* The data must be counted. False: out of memory, or no code's source line is known. */
bool coverage_write(const struct profile_data *data, struct symbols *symbols, FILE *out, struct error *err);

#endif
