/* SPDX-License-Identifier: MIT */
/* A profile as text: a summary for people, and folded stacks for flame graphs. Keeps nothing. */
#ifndef MICROVM_OBSERVE_PROFILE_REPORT_H
#define MICROVM_OBSERVE_PROFILE_REPORT_H

#include <stdio.h>

#include "observe/profiler.h"

/* Tables, the most frequent first: by symbol, hottest places, modes, instructions, kinds of them, traps, SBI calls. */
void profile_report_summary(const struct profile_data *data, struct symbols *symbols, const struct decoder *decoder,
                            FILE *out);

/* A line for each different stack: its mode and functions from the outermost inwards, joined by semicolons, a blank,
 * and how often it was seen. In alphabetical order. False: out of memory. */
bool profile_report_folded(const struct profile_data *data, const struct symbols *symbols, FILE *out);

#endif
