/* SPDX-License-Identifier: MIT */
/* The JSON Schema of files of options, from option.def. Keeps no state. */
#ifndef MICROVM_CLI_CONFIG_SCHEMA_H
#define MICROVM_CLI_CONFIG_SCHEMA_H

#include <stdbool.h>

/* To standard output. False: out of memory. */
bool config_print_schema(void);

#endif
