/* SPDX-License-Identifier: MIT */
/* What the commands that make a machine share: their arguments, and a machine's host. Owns nothing. */
#ifndef MICROVM_CLI_RUN_H
#define MICROVM_CLI_RUN_H

#include "cli/option.h"
#include "machine/host.h"

/* Parses the arguments and serves --help, --example LIST and --save-config. *done: nothing is left to do. The options are to be
 * reset, even if it fails. */
bool run_options(const char *command, int count, char *const *arguments, struct options *options, bool *done,
                 struct error *err);

/* The command run. silent_signal: one whose end is not told, as whoever sent it knows; 0: none. A stop of STOP_NONE: there was
 * only help to print. */
bool run_guest(int count, char *const *arguments, int silent_signal, struct stop *stop, struct error *err);

/* One line about a stop that is not a plain success, for standard error; false: nothing to say. */
bool run_describe_stop(const struct stop *stop, const struct machine_config *config, char *line, size_t size);

#endif
