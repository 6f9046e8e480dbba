/* SPDX-License-Identifier: MIT */
/* Values as a spec writes them: numbers, amounts of time, points, regular expressions. Keeps no state. False: err says what is
 * wrong and what is accepted. */
#ifndef MICROVM_GRADE_VALUE_H
#define MICROVM_GRADE_VALUE_H

#include <regex.h>

#include "grade/spec.h"

/* Decimal, or hexadecimal behind 0x; "_" between digits is skipped; a minus sign makes the two's complement. */
bool grade_number(const char *text, uint64_t *value, struct error *err);

/* A number from 1 up that K, M or G (each a power of 1024) may follow. */
bool grade_amount(const char *text, uint64_t *value, struct error *err);

/* "50 ms", "50ms", "1.5 s" into *ns, "100000 steps" into *steps; unit may be NULL. The other one becomes UINT64_MAX. */
bool grade_moment(const char *amount, const char *unit, uint64_t *ns, uint64_t *steps, struct error *err);

/* "5", "0.5": in 1/GRADE_POINT. */
bool grade_points(const char *text, uint64_t *points, struct error *err);

bool grade_flag(const char *text, bool *flag, struct error *err);

/* A POSIX extended expression that cannot take more than a bounded time and memory; regfree is the caller's. */
bool grade_regex(const struct grade_text *text, regex_t *regex, struct error *err);

#endif
