/* SPDX-License-Identifier: MIT */
/* What the commands that make a machine share: their arguments, and a machine's host. Owns nothing. */
#ifndef MICROVM_CLI_RUN_H
#define MICROVM_CLI_RUN_H

#include "cli/option.h"
#include "machine/host.h"

/* Parses the arguments and serves --help and --example LIST. *done: nothing is left to do. */
bool run_options(const char *command, int count, char *const *arguments, struct options *options, bool *done,
                 struct error *err);

/* One line about a stop that is not a plain success, for standard error; false: nothing to say. */
bool run_describe_stop(const struct stop *stop, const struct machine_config *config, char *line, size_t size);

#endif
