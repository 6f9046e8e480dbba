/* SPDX-License-Identifier: MIT */
#include "machine/framebuffer_source.h"

static void refresh(void *owner, struct display *display)
{
    const struct framebuffer_source *source = owner;
    uint32_t row[DISPLAY_LIMIT];
    size_t bytes = source->size.width * sizeof *row;
    if (!display_set_size(display, source->size.width, source->size.height))
        return;
    for (uint32_t y = 0; y < source->size.height; y++)
        if (guest_mem_read(&source->mem, framebuffer_base() + y * bytes, row, bytes))
            display_put_row(display, y, row);
}

struct display_source framebuffer_source(struct framebuffer_source *source)
{
    return (struct display_source){source, refresh};
}
