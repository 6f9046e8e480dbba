/* SPDX-License-Identifier: MIT */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nearest.h"

static const struct command commands[] = {
#define COMMAND(name, operand, completer, takes, summary, text)                                                        \
    {#name, operand, COMPLETE_##completer, TAKES_##takes, summary, text, command_##name},
#include "cli/command.def"
#undef COMMAND
};

const struct command *command_table(size_t *count)
{
    *count = ARRAY_SIZE(commands);
    return commands;
}

const struct command *command_find(const char *name, struct error *err)
{
    struct nearest nearest = {.typed = name};
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
        nearest_offer(&nearest, commands[i].name);
    }
    if (nearest.best != NULL)
        error_set(err, "unknown command '%.100s'; did you mean %s?", name, nearest.best);
    else
        error_set(err, "unknown command '%.100s'; microvm --help lists them", name);
    return NULL;
}

const char *command_version_text(void)
{
    return "microvm " MICROVM_VERSION;
}

bool command_version(UNUSED int count, UNUSED char *const *arguments, UNUSED int *status, UNUSED struct error *err)
{
    puts(command_version_text());
    return true;
}
