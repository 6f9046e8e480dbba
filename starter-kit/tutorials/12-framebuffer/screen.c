/* SPDX-License-Identifier: MIT */
#include "screen.h"

#include "fdt.h"

enum { BOX_COLOUR = 0xffa000 };

extern uint32_t free_memory[];     /* kernel.ld */

static volatile uint32_t *pixels;  /* the framebuffer */
static int width, height, stride;  /* in pixels; stride: from one row to the next */
static uint32_t *picture;          /* what was drawn, in RAM and without gaps */
static struct rect box;            /* in front of the picture */

int screen_init(const void *fdt)
{
    const char *node = "framebuffer@";
    const void *reg = fdt_find(fdt, node, "reg");
    if (!reg)
        return 0;
    pixels = (volatile uint32_t *)((uint64_t)fdt_cell(reg, 0) << 32 | fdt_cell(reg, 1));
    width = fdt_cell(fdt_find(fdt, node, "width"), 0);
    height = fdt_cell(fdt_find(fdt, node, "height"), 0);
    stride = fdt_cell(fdt_find(fdt, node, "stride"), 0) / sizeof *pixels;
    picture = free_memory;
    return 1;
}

int screen_width(void)
{
    return width;
}

int screen_height(void)
{
    return height;
}

static int is_on_screen(int x, int y)
{
    return x >= 0 && x < width && y >= 0 && y < height;
}

uint32_t screen_get(int x, int y)
{
    return picture[y * width + x];
}

static int is_inside(const struct rect *r, int x, int y)
{
    return x >= r->left && x < r->right && y >= r->top && y < r->bottom;
}

/* Stores what is to be seen there in the end. */
static void show(int x, int y)
{
    pixels[y * stride + x] = is_inside(&box, x, y) ? BOX_COLOUR : screen_get(x, y);
}

void screen_put(int x, int y, uint32_t colour)
{
    if (!is_on_screen(x, y))
        return;
    picture[y * width + x] = colour;
    show(x, y);
}

void screen_fill(struct rect area, uint32_t colour)
{
    for (int y = area.top; y < area.bottom; y++)
        for (int x = area.left; x < area.right; x++)
            screen_put(x, y, colour);
}

static void show_area(const struct rect *area)
{
    for (int y = area->top; y < area->bottom; y++)
        for (int x = area->left; x < area->right; x++)
            if (is_on_screen(x, y))
                show(x, y);
}

void screen_set_box(struct rect area)
{
    struct rect old = box;
    box = area;
    show_area(&old);
    show_area(&box);
}
