/* SPDX-License-Identifier: MIT */
/* Writes what was given to a command as a file for --config. Keeps no state. */
#ifndef MICROVM_CLI_CONFIG_SAVE_H
#define MICROVM_CLI_CONFIG_SAVE_H

#include "cli/option.h"

/* options: of these arguments, and with a name in save_config. The file is replaced whole or not at all. */
bool config_save(const struct options *options, int count, char *const *arguments, struct error *err);

#endif
