/* SPDX-License-Identifier: MIT */
/* Help texts, made from the tables of commands and options. Owns nothing. */
#ifndef MICROVM_CLI_HELP_H
#define MICROVM_CLI_HELP_H

#include <stdio.h>

#include "cli/command.h"

/* What microvm --help shows. */
void help_overview(FILE *out);

/* What microvm help COMMAND shows. */
void help_command(FILE *out, const struct command *command);

#endif
