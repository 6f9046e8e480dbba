/* SPDX-License-Identifier: MIT */
/* The nearest known word to a mistyped one. Keeps no state. */
#ifndef MICROVM_BASE_NEAREST_H
#define MICROVM_BASE_NEAREST_H

#include <stddef.h>

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b. Words are compared up to 31 bytes. */
unsigned nearest_distance(const char *a, const char *b);

struct nearest {
    const char *typed;
    const char *best; /* NULL: nothing is near enough to be meant */
    unsigned distance;
};

/* Start with {.typed = word}, then offer each known word; known is borrowed. */
void nearest_offer(struct nearest *nearest, const char *known);

#endif
