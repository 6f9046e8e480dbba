/* SPDX-License-Identifier: MIT */
#include "machine/framebuffer.h"

#include <stdio.h>
#include <stdlib.h>

#include "machine/map.h"

#define LEAST 16u
#define MOST 8192u

uint64_t framebuffer_bytes(const struct framebuffer_size *size)
{
    return (uint64_t)size->width * size->height * FRAMEBUFFER_PIXEL_BYTES;
}

uint64_t framebuffer_base(void)
{
    return map_row(MAP_framebuffer)->base;
}

bool framebuffer_contains(uint64_t address)
{
    const struct map_row *row = map_row(MAP_framebuffer);
    return address - row->base < row->size;
}

bool framebuffer_is_near(uint64_t address)
{
    const struct map_row *row = map_row(MAP_framebuffer);
    return address - row->base < row->size / 2;
}

struct ram_place framebuffer_memory(const struct machine_config *config)
{
    bool below = config->framebuffer.width != 0;
    return (struct ram_place){
        .base = map_row(below ? MAP_framebuffer : MAP_dram)->base,
        .bytes = config->memory_bytes + (below ? map_row(MAP_framebuffer)->size : 0),
    };
}

bool framebuffer_is_legal(const struct framebuffer_size *size)
{
    if (size->width == 0 && size->height == 0)
        return true;
    return size->width >= LEAST && size->height >= LEAST && size->width <= MOST && size->height <= MOST &&
           framebuffer_bytes(size) <= map_row(MAP_framebuffer)->size;
}

/* A number without sign, of few digits, and what follows it. */
static bool take_number(const char **text, uint32_t *number)
{
    const char *end = *text;
    *number = 0;
    for (; *end >= '0' && *end <= '9' && end - *text < 6; end++)
        *number = *number * 10 + (uint32_t)(*end - '0');
    bool any = end != *text;
    *text = end;
    return any;
}

bool framebuffer_parse(const char *text, struct framebuffer_size *size, struct error *err)
{
    const char *rest = text;
    bool whole =
        take_number(&rest, &size->width) && *rest++ == 'x' && take_number(&rest, &size->height) && *rest == '\0';
    if (!whole)
        return error_set(err, "'%.200s' is not a size in pixels; write WIDTHxHEIGHT, such as " FRAMEBUFFER_USUAL, text);
    if (size->width == 0 || !framebuffer_is_legal(size))
        return error_set(
            err, "'%.200s' is out of range; accepted are %ux%u to %ux%u of no more than %u MiB (4 bytes a pixel)", text,
            LEAST, LEAST, MOST, MOST, (unsigned)(map_row(MAP_framebuffer)->size >> 20));
    return true;
}
