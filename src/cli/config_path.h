/* SPDX-License-Identifier: MIT */
/* The file names in options' values: which parts of a value they are, and how they are moved to another folder. Keeps no
 * state. */
#ifndef MICROVM_CLI_CONFIG_PATH_H
#define MICROVM_CLI_CONFIG_PATH_H

#include "cli/option.h"

/* What becomes of a relative name: what it begins with is dropped, or, if it does not begin with that, added before it. */
struct config_move {
    const char *drop; /* "": nothing */
    const char *add;
};

/* The value with its relative file names moved; of malloc. NULL: out of memory. */
char *config_path_move(const struct option_row *row, const char *value, const struct config_move *move);

/* Bytes of a path up to its last slash, that one included. */
size_t config_path_folder(const char *path);

/* Whether the option's values may hold file names, as far as this module knows. */
bool config_path_knows(const struct option_row *row);

#endif
