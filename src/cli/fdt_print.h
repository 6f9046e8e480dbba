/* SPDX-License-Identifier: MIT */
/* Device tree blobs as source text. Owns nothing. */
#ifndef MICROVM_CLI_FDT_PRINT_H
#define MICROVM_CLI_FDT_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

/* Writes the source that dtc turns into the same tree. Properties whose bytes read as text are printed as strings, others
 * as cells or bytes. False: the blob is broken. */
bool fdt_print(FILE *out, const void *blob, size_t size, struct error *err);

#endif
