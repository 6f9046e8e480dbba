/* SPDX-License-Identifier: MIT */
#include "fdt.h"

#include <stddef.h>

#include "text.h"

enum { STRUCTURE = 8, STRINGS = 12 }; /* in the header: where these two blocks begin */
enum { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOP = 4 }; /* what comes in the structure */

/* Numbers have their highest byte first. */
static uint64_t number(const char *bytes, uint32_t size)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < size; i++)
        value = value << 8 | (uint8_t)bytes[i];
    return value;
}

static const char *aligned(const char *at)
{
    return (const char *)(((uint64_t)at + 3) & ~3ul);
}

const char *fdt_property(const char *fdt, const char *node, const char *name, uint32_t *size)
{
    const char *at = fdt + number(fdt + STRUCTURE, 4);
    const char *strings = fdt + number(fdt + STRINGS, 4);
    int depth = 0, inside = 0;     /* the root is at depth 1, its children are at 2 */
    for (;;) {
        uint32_t token = number(at, 4);
        at += 4;
        if (token == BEGIN_NODE) {
            inside = ++depth == 2 && text_equal(at, node);
            at = aligned(at + text_length(at) + 1);
        } else if (token == END_NODE) {
            inside = 0;
            depth--;
        } else if (token == PROPERTY) {
            *size = number(at, 4);
            if (inside && text_equal(strings + number(at + 4, 4), name))
                return at + 8;
            at = aligned(at + 8 + *size);
        } else if (token != NOP) {
            return NULL;           /* the end */
        }
    }
}

uint64_t fdt_number(const char *fdt, const char *node, const char *name)
{
    uint32_t size;
    const char *value = fdt_property(fdt, node, name, &size);
    return value ? number(value, size) : 0;
}
