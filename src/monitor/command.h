/* SPDX-License-Identifier: MIT */
/* The monitor's commands by name: command.def's table. Owns nothing. */
#ifndef MICROVM_MONITOR_COMMAND_H
#define MICROVM_MONITOR_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "monitor/monitor.h"

struct monitor_request;

/* What completes the arguments. */
enum monitor_completer {
    MONITOR_COMPLETE_NOTHING,
    MONITOR_COMPLETE_WORDS, /* the words of its arguments, "on|off" */
    MONITOR_COMPLETE_COMMAND,
    MONITOR_COMPLETE_CSR,
    MONITOR_COMPLETE_VALUE, /* registers, CSRs and symbols */
    MONITOR_COMPLETE_KEY,   /* the last of keys with dashes between them */
    MONITOR_COMPLETE_TEXT   /* nothing; and it takes the rest of the line as it is */
};

struct monitor_command {
    const char *name;      /* one word or two */
    const char *arguments; /* NULL: none */
    enum monitor_completer completer;
    unsigned least, most; /* words behind the name */
    bool repeats;         /* an empty line does it again */
    const char *meaning;
    bool (*run)(struct monitor_request *r);
};

/* The n-th row; NULL past the end. */
const struct monitor_command *monitor_command(unsigned n);

/* The n-th short name and what it stands for; false past the end. */
bool monitor_alias(unsigned n, const char **name, const char **meaning);

/* The command that the words begin with: each may be cut short as long as one command remains. *used: how many words were its name. NULL: err
 * says which ones were near. */
const struct monitor_command *monitor_command_find(char *const *words, unsigned count, unsigned *used,
                                                   struct error *err);

/* One function for each row. */
#define COMMAND(id, name, arguments, completer, least, most, repeats, meaning)                                         \
    bool monitor_do_##id(struct monitor_request *r);
#define ALIAS(name, stands_for)
#include "monitor/command.def"
#undef COMMAND
#undef ALIAS

#endif
