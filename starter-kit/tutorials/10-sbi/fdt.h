/* SPDX-License-Identifier: MIT */
/* The flattened device tree: what the machine has, as the firmware hands it over. */
#ifndef FDT_H
#define FDT_H

#include <stdint.h>

struct fdt_node {
    const char *name;              /* such as memory@80000000 */
    const uint8_t *properties;     /* its first one */
    const char *strings;           /* where their names are */
    unsigned address_cells, size_cells; /* 32-bit cells of an address and a size in its reg */
};

/* Calls visit for each node. Returns 0 if this is no device tree, or one too deep for us. */
int fdt_visit(const void *fdt, void (*visit)(const struct fdt_node *node));

/* The property's value and, if length is not NULL, its bytes; NULL if the node has none of this name. */
const void *fdt_property(const struct fdt_node *node, const char *name, uint32_t *length);

/* Whether the property is a list of strings, and text one of them. */
int fdt_has_string(const struct fdt_node *node, const char *name, const char *text);

/* A number of so many cells, 1 or 2. Cells are big-endian. */
uint64_t fdt_number(const void *cells, unsigned count);

#endif
