/* SPDX-License-Identifier: MIT */
/* The options of a command that has its own (TAKES_OWN): a table of its flags, and the parser for all such commands. Owns
 * nothing. What they mean is said in command.def's text. */
#ifndef MICROVM_CLI_FLAG_H
#define MICROVM_CLI_FLAG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct flag {
    const char *name; /* without dashes; of one letter: behind a single one */
    bool has_value;
    bool (*set)(void *owner, const char *value, struct error *err); /* value is NULL where there is none */
};

struct flag_command {
    const char *name;
    const struct flag *flags;
    size_t count;
    bool (*operand)(void *owner, const char *word, struct error *err);
};

/* Hands --name VALUE, --name=VALUE, --name and operands to their functions, in order; behind -- all words are operands. */
bool flags_parse(const struct flag_command *command, void *owner, int count, char *const *arguments, struct error *err);

#endif
