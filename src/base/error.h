/* SPDX-License-Identifier: MIT */
/* What the user or the host got wrong: one line that says what failed, with which value, and what to do. */
#ifndef MICROVM_BASE_ERROR_H
#define MICROVM_BASE_ERROR_H

#include <stdbool.h>

#include "base/compiler.h"

struct error {
    char text[1024]; /* one line, no newline; empty: no error */
};

/* Fills err (which may be NULL) and returns false, so that a failing function ends in `return error_set(...)`. */
bool error_set(struct error *err, const char *format, ...) PRINTF_FORMAT(2, 3);

/* Puts "context: " before the text that is there already; returns false. */
bool error_prefix(struct error *err, const char *format, ...) PRINTF_FORMAT(2, 3);

#endif
