/* SPDX-License-Identifier: MIT */
/* The subcommands by name: command.def's table. Owns nothing. */
#ifndef MICROVM_CLI_COMMAND_H
#define MICROVM_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "cli/option.h"

/* What stands behind a command's name. */
enum command_takes {
    TAKES_OPERAND, /* nothing but its operand, if it has one */
    TAKES_OPTIONS, /* the options of option.def too */
    TAKES_OWN,     /* options that it reads itself, named in its operand's text */
};

struct command {
    const char *name;
    const char *operand; /* NULL: none */
    enum completer completer;
    enum command_takes takes;
    const char *summary, *text;
    /* arguments stand behind the command's name. *status is the process's exit status, 0 before the call. False: err. */
    bool (*run)(int count, char *const *arguments, int *status, struct error *err);
};

const struct command *command_table(size_t *count);

/* NULL: no command has that name; err (which may be NULL) suggests one. */
const struct command *command_find(const char *name, struct error *err);

/* The version as --version prints it, without the line end. */
const char *command_version_text(void);

/* One function for each row. */
#define COMMAND(name, operand, completer, takes, summary, text)                                                        \
    bool command_##name(int count, char *const *arguments, int *status, struct error *err);
#include "cli/command.def"
#undef COMMAND

#endif
