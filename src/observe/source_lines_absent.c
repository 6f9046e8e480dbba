/* SPDX-License-Identifier: MIT */
/* Takes the place of source_lines.c where libdw is not there. */
#include "observe/source_lines.h"

#include <stddef.h>

#include "observe/call_frame.h"

bool source_lines_are_built_in(void)
{
    return false;
}

struct source_lines *source_lines_open_file(int fd)
{
    (void)fd;
    return NULL;
}

struct source_lines *source_lines_open_bytes(const uint8_t *bytes, uint64_t size)
{
    (void)bytes, (void)size;
    return NULL;
}

void source_lines_close(struct source_lines *lines)
{
    (void)lines;
}

bool source_lines_at(struct source_lines *lines, uint64_t addr, struct source_line *out)
{
    (void)lines, (void)addr, (void)out;
    return false;
}

void source_lines_each(struct source_lines *lines, source_line_visitor *visit, void *owner)
{
    (void)lines, (void)visit, (void)owner;
}

bool source_lines_frame(struct source_lines *lines, uint64_t addr, struct call_frame *frame)
{
    (void)lines, (void)addr, (void)frame;
    return false;
}
