/* SPDX-License-Identifier: MIT */
/* The flattened device tree: a table of what the machine has. Its address is in a1 when the machine starts. */
#ifndef FDT_H
#define FDT_H

#include <stdint.h>

/* The value of a property of the first node whose name begins so; NULL if there is none. */
const void *fdt_find(const void *fdt, const char *node, const char *property);

/* The n-th cell of a value: 32 bits, big-endian. */
uint32_t fdt_cell(const void *value, unsigned n);

#endif
