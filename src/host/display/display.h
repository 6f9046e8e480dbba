/* SPDX-License-Identifier: MIT */
/* One screen of the machine: the picture that its device draws and that viewers (a window, VNC, screendump) look at. Owns the
 * picture and the cursor, behind a lock: the device draws on the machine's thread, viewers look from threads of their own.
 * Pixels are words 0x00RRGGBB; what the guest's format is, the device knows. */
#ifndef MICROVM_HOST_DISPLAY_DISPLAY_H
#define MICROVM_HOST_DISPLAY_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "host/display/png.h"

/* The greatest width and height in pixels, and the side of a cursor's square. */
#define DISPLAY_LIMIT 8192u
#define DISPLAY_CURSOR_SIDE 64u

struct display_rect {
    uint32_t x, y, width, height;
};

/* The smallest rectangle around both; one without width is none. */
struct display_rect display_rect_around(const struct display_rect *a, const struct display_rect *b);

struct display;

/* NULL: out of memory. number: which screen of the machine, from 0. The screen is off. */
struct display *display_create(unsigned number);
/* Accepts NULL. No viewer may be left. */
void display_destroy(struct display *display);
unsigned display_number(const struct display *display);

/* For the device that draws; on the machine's thread. */

/* The screen has another size, and is black; 0, 0: it is off (viewers show that in words). Nothing happens if it has the size
 * already. False: above the limit or out of memory, and the screen is off. */
bool display_set_size(struct display *display, uint32_t width, uint32_t height);
void display_size(const struct display *display, uint32_t *width, uint32_t *height);
/* The first pixel of a rectangle, which lies in the picture, to be drawn until display_end_drawing; *stride: pixels from one row to the
 * next. The picture is locked meanwhile. */
uint32_t *display_begin_drawing(struct display *display, const struct display_rect *rect, size_t *stride);
/* Unlocks, and tells the viewers that the rectangle may have changed. */
void display_end_drawing(struct display *display);
/* Draws a row of the picture, words of which the highest byte does not count, unless it is there already: then nobody is told. */
void display_put_row(struct display *display, uint32_t y, const uint32_t *pixels);
/* The cursor: DISPLAY_CURSOR_SIDE^2 words 0xAARRGGBB, not premultiplied, and which of its pixels is its point; pixels NULL: none
 * is shown. */
void display_set_cursor(struct display *display, const uint32_t *pixels, uint32_t hot_x, uint32_t hot_y);
/* Where its point is in the picture, or beside it. */
void display_move_cursor(struct display *display, int32_t x, int32_t y);

/* For a device whose guest draws without telling (a linear framebuffer): called on the machine's thread, about 60 times a second while
 * somebody looks and before each screendump; copied. NULL: none. It sets the screen's size, too. */
struct display_source {
    void *owner;
    void (*refresh)(void *owner, struct display *display);
};
void display_set_source(struct display *display, const struct display_source *source);
bool display_has_source(const struct display *display);
/* True while some viewer is attached: then display_refresh is due every DISPLAY_REFRESH_NS if there is a source. */
#define DISPLAY_REFRESH_NS UINT64_C(16666667)
bool display_is_watched(const struct display *display);
void display_refresh(struct display *display);
/* A descriptor of eventfd that is written to when a viewer is attached, so that the device brings the picture up to now: before that
 * nobody may have drawn. Set before there are viewers; -1: none. */
void display_set_waker(struct display *display, int descriptor);

/* The colour of a pixel, 0x00RRGGBB, without the cursor. False: the picture has no such pixel. On the machine's thread. */
bool display_pixel(const struct display *display, uint32_t x, uint32_t y, uint32_t *colour);

/* The picture, rows without gaps of words of which the highest byte does not count; good until something is drawn. NULL: the screen is
 * off, as err says. On the machine's thread. */
const uint32_t *display_pixels(const struct display *display, struct error *err);

/* Gives the picture (with the cursor if cursor) as PNG to a sink. False: the screen is off, there is no memory, or the sink refused. On
 * the machine's thread. */
bool display_write_png(const struct display *display, bool cursor, const struct png_sink *sink, struct error *err);
/* The same into a file, whole or not at all. A file that is there must be a PNG picture, or empty. */
bool display_save_png(struct display *display, const char *path, bool cursor, struct error *err);

/* For viewers; on any thread. */

struct display_viewer; /* one who looks, with the rectangle that has changed since it last looked */
/* changed: called on the machine's thread when there is something new to look at, and not again before it was looked at: to wake
 * the viewer's thread (write to an eventfd, SDL_PushEvent). The screen is locked meanwhile: it must not call the display, nor wait for
 * somebody who might. The first look finds all changed, and nobody is called for it. NULL: out of memory. */
struct display_viewer *display_attach(struct display *display, void (*changed)(void *owner), void *owner);
/* changed is not called any more. Accepts NULL. */
void display_detach(struct display_viewer *viewer);

/* What a viewer sees. */
struct display_look {
    uint32_t width, height;      /* 0, 0: off */
    bool resized;                /* since the last look */
    struct display_rect changed; /* of the picture, since the last look; width 0: nothing */
    const uint32_t *pixels;      /* of the whole picture, width words a row; good until display_end_look */
    bool cursor_changed;         /* its image */
    bool has_cursor;
    int32_t cursor_x, cursor_y; /* where its point is */
    uint32_t hot_x, hot_y;
    const uint32_t *cursor; /* DISPLAY_CURSOR_SIDE^2 words; good until display_end_look */
};
/* Locks the picture: copy what has changed, and end the look. */
void display_begin_look(struct display_viewer *viewer, struct display_look *look);
void display_end_look(struct display_viewer *viewer);

#endif
