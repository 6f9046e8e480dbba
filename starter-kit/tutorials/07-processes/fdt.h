/* SPDX-License-Identifier: MIT */
/* The device tree: what the machine tells the kernel about itself. */
#ifndef FDT_H
#define FDT_H

#include <stdint.h>

/* The value of a property of a node right below the root, and its size; NULL: there is none. */
const char *fdt_property(const char *fdt, const char *node, const char *name, uint32_t *size);

/* Likewise, for a property that is a number; 0: there is none. */
uint64_t fdt_number(const char *fdt, const char *node, const char *name);

#endif
