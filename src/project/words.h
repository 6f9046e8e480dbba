/* SPDX-License-Identifier: MIT */
/* A command's words, as a process is started with them. Owns copies. What memory does not suffice for sets `failed`, which is
 * asked for once, where the words are used. */
#ifndef MICROVM_PROJECT_WORDS_H
#define MICROVM_PROJECT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/error.h"

struct words {
    char **list; /* NULL: none; else a NULL stands behind the last */
    size_t count, capacity;
    bool failed;
};

void words_add(struct words *words, const char *word);
void words_add_format(struct words *words, const char *format, ...) PRINTF_FORMAT(2, 3);
void words_add_all(struct words *words, const struct words *more);

/* Adds the words of a text, parted and quoted as a shell has it: blanks, '...', "..." and backslashes; nothing else is special.
 * `what` names the text in err. */
bool words_split(struct words *words, const char *what, const char *text, struct error *err);

/* As a shell reads it: in quotes if need be. */
void words_print_one(const char *word, FILE *out);

/* One line that a shell reads as these words. */
void words_print(const struct words *words, FILE *out);

/* By bytes, as `ls` does in the C locale. */
void words_sort(struct words *words);

/* Leaves an empty one. */
void words_destroy(struct words *words);

#endif
