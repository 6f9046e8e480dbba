/* SPDX-License-Identifier: MIT */
#include "fdt.h"

#include <stddef.h>

enum { MAGIC = 0xd00dfeed };
enum { HEADER_MAGIC = 0, HEADER_STRUCTURE = 2, HEADER_STRINGS = 3 }; /* cells of the header */
enum { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOTHING = 4 };    /* tokens; 9: the end */

uint32_t fdt_cell(const void *value, unsigned n)
{
    const uint8_t *p = (const uint8_t *)value + 4 * n;
    return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static int begins(const char *text, const char *start)
{
    while (*start && *text == *start)
        text++, start++;
    return !*start;
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

const void *fdt_find(const void *fdt, const char *node, const char *property)
{
    const char *p = (const char *)fdt + fdt_cell(fdt, HEADER_STRUCTURE);
    const char *strings = (const char *)fdt + fdt_cell(fdt, HEADER_STRINGS);
    if (fdt_cell(fdt, HEADER_MAGIC) != MAGIC)
        return NULL;
    for (int inside = 0;;) {
        uint32_t token = fdt_cell(p, 0);
        p += 4;
        if (token == BEGIN_NODE) { /* its name */
            inside = begins(p, node);
            p += padded(length_of(p) + 1);
        } else if (token == PROPERTY) { /* its length, its name's offset in strings, its value */
            const char *name = strings + fdt_cell(p, 1);
            if (inside && begins(name, property) && begins(property, name))
                return p + 8;
            p += 8 + padded(fdt_cell(p, 0));
        } else if (token == END_NODE) {
            inside = 0;
        } else if (token != NOTHING) {
            return NULL;
        }
    }
}
