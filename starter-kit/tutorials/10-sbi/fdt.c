/* SPDX-License-Identifier: MIT */
#include "fdt.h"

#include <stddef.h>

enum { MAGIC = 0xd00dfeed };
enum { HEADER_MAGIC = 0, HEADER_STRUCTURE = 8, HEADER_STRINGS = 12 }; /* offsets in the header */
enum { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOTHING = 4 };     /* tokens; 9: the end */
enum { MAX_DEPTH = 8 };

static uint32_t cell(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

uint64_t fdt_number(const void *cells, unsigned count)
{
    const uint8_t *p = cells;
    return count == 1 ? cell(p) : (uint64_t)cell(p) << 32 | cell(p + 4);
}

static int same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static size_t length_of(const char *s)
{
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}

/* Tokens and what belongs to them begin at multiples of 4 bytes. */
static size_t padded(size_t bytes)
{
    return (bytes + 3) & ~(size_t)3;
}

/* A property: the token, its length, its name's offset in strings, its value. */
const void *fdt_property(const struct fdt_node *node, const char *name, uint32_t *length)
{
    const uint8_t *p = node->properties;
    for (;;) {
        uint32_t token = cell(p);
        if (token == NOTHING) {
            p += 4;
            continue;
        }
        if (token != PROPERTY)
            return NULL;
        uint32_t bytes = cell(p + 4);
        if (same(node->strings + cell(p + 8), name)) {
            if (length)
                *length = bytes;
            return p + 12;
        }
        p += 12 + padded(bytes);
    }
}

int fdt_has_string(const struct fdt_node *node, const char *name, const char *text)
{
    uint32_t length;
    const char *s = fdt_property(node, name, &length);
    for (const char *end = s + length; s && s < end; s += length_of(s) + 1) {
        if (same(s, text))
            return 1;
    }
    return 0;
}

/* A node says how many cells the addresses and sizes of its children have. */
static unsigned cells_of(const struct fdt_node *node, const char *name, unsigned unless_said)
{
    const void *value = fdt_property(node, name, NULL);
    return value ? fdt_number(value, 1) : unless_said;
}

int fdt_visit(const void *fdt, void (*visit)(const struct fdt_node *node))
{
    const uint8_t *header = fdt, *p = header + cell(header + HEADER_STRUCTURE);
    struct fdt_node node = {.strings = (const char *)header + cell(header + HEADER_STRINGS)};
    unsigned address_cells[MAX_DEPTH + 1] = {2}, size_cells[MAX_DEPTH + 1] = {1};
    if (cell(header + HEADER_MAGIC) != MAGIC)
        return 0;
    for (unsigned depth = 0;;) {
        uint32_t token = cell(p);
        p += 4;
        if (token == BEGIN_NODE) {
            node.name = (const char *)p;
            p += padded(length_of(node.name) + 1);
            node.properties = p;
            if (depth == MAX_DEPTH)
                return 0;
            node.address_cells = address_cells[depth];
            node.size_cells = size_cells[depth++];
            address_cells[depth] = cells_of(&node, "#address-cells", 2);
            size_cells[depth] = cells_of(&node, "#size-cells", 1);
            visit(&node);
        } else if (token == PROPERTY) {
            p += 8 + padded(cell(p));
        } else if (token == END_NODE) {
            depth--;
        } else if (token != NOTHING) {
            return 1;
        }
    }
}
