/* SPDX-License-Identifier: MIT */
/* method.def for readers: as a JSON Schema, and as the tables of docs/control.md. */
#ifndef MICROVM_REMOTE_SCHEMA_H
#define MICROVM_REMOTE_SCHEMA_H

#include <stdbool.h>
#include <stdio.h>

/* False: out of memory. */
bool remote_print_schema(FILE *out);
void remote_print_reference(FILE *out);

#endif
