/* SPDX-License-Identifier: MIT */
/* What those who show the machine's screens to a person have in common: what they show and tell, and a picture of their own that
 * follows a screen, so that nobody who is slow holds up the guest. */
#ifndef MICROVM_HOST_DISPLAY_VIEWER_H
#define MICROVM_HOST_DISPLAY_VIEWER_H

#include "host/display/display.h"
#include "host/input_queue.h"

/* Borrowed; must outlive the viewer. */
struct viewer_parts {
    struct display *const *displays;
    unsigned count;
    struct input_queue *queue;
    void *owner;
    /* One line for the user, on any thread. */
    void (*say)(void *owner, const char *line);
    /* The user has closed a window: the machine is to end; on any thread. */
    void (*close)(void *owner);
};

/* What is shown, and how large, while the guest has not switched the screen on. */
#define VIEWER_OFF_WIDTH 640u
#define VIEWER_OFF_HEIGHT 400u

struct viewer_picture {
    uint32_t width, height;
    uint32_t *pixels; /* words 0x00RRGGBB, width to a row */
    bool off;
    bool has_cursor;
    uint32_t hot_x, hot_y;
    int32_t cursor_x, cursor_y;                                 /* where its point is, or beside the picture */
    uint32_t cursor[DISPLAY_CURSOR_SIDE * DISPLAY_CURSOR_SIDE]; /* 0xAARRGGBB */
    uint32_t *guest_pixels;
    size_t guest_capacity; /* words */
    uint32_t off_pixels[VIEWER_OFF_WIDTH * VIEWER_OFF_HEIGHT];
};

struct viewer_news {
    bool resized;
    struct display_rect changed; /* width 0: nothing */
    bool cursor_changed;         /* its image, or whether there is one */
    bool cursor_moved;
};

/* NULL: out of memory. It is off until it has followed a display. */
struct viewer_picture *viewer_picture_create(void);
void viewer_picture_destroy(struct viewer_picture *picture);

/* Copies what has changed since the last time. If there is no memory for it, the screen is shown as off. */
void viewer_picture_follow(struct viewer_picture *picture, struct display_viewer *viewer, struct viewer_news *news);

/* Where on the screen a pixel of it is, as INPUT_POINTER has it. */
uint32_t viewer_pointer(uint32_t pixel, uint32_t pixels);

#endif
