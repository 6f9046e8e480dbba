/* SPDX-License-Identifier: MIT */
/* The few functions on text and memory that a C library would have. */
#ifndef TEXT_H
#define TEXT_H

#include <stdint.h>

uint64_t text_length(const char *text);
int text_equal(const char *a, const char *b);
void copy(void *to, const void *from, uint64_t size);

#endif
