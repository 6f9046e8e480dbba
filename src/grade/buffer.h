/* SPDX-License-Identifier: MIT */
/* Text that grows, and how bytes that nobody has checked are shown in it. Owns its bytes. */
#ifndef MICROVM_GRADE_BUFFER_H
#define MICROVM_GRADE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* All zeros: empty. */
struct grade_buffer {
    char *bytes; /* a NUL follows them; NULL: nothing was ever added */
    size_t length, capacity;
    bool failed; /* out of memory: something is missing */
};

void grade_buffer_destroy(struct grade_buffer *buffer);

/* The text, "" if there is none. */
const char *grade_buffer_text(const struct grade_buffer *buffer);

void grade_buffer_add(struct grade_buffer *buffer, const void *bytes, size_t length);
void grade_buffer_print(struct grade_buffer *buffer, const char *format, ...) PRINTF_FORMAT(2, 3);

/* Adds bytes so that any terminal and any XML or JSON reader takes the result: ASCII and valid UTF-8 as they are, all else
 * as \n, \t, \xHH. keep_lines: line ends and tabs stay, too. */
void grade_buffer_add_shown(struct grade_buffer *buffer, const char *bytes, size_t length, bool keep_lines);

#endif
