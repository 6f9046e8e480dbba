/* SPDX-License-Identifier: MIT */
/* The screen: pixels are words 0x00RRGGBB; x counts to the right, y down, both from 0. What lies outside is not drawn. */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdint.h>

/* From left and top on, up to right and bottom, which do not belong to it. */
struct rect {
    int left, top, right, bottom;
};

/* Returns 0 if the device tree names no framebuffer. */
int screen_init(const void *fdt);
int screen_width(void);
int screen_height(void);

void screen_put(int x, int y, uint32_t colour);
void screen_fill(struct rect area, uint32_t colour);

/* What was drawn there; the box does not count. The place must lie on the screen. */
uint32_t screen_get(int x, int y);

/* Shows the box here, in front of all that is drawn, and nowhere else any more. */
void screen_set_box(struct rect area);

#endif
