/* SPDX-License-Identifier: MIT */
/* Only the machine's thread changes the picture: it locks to change, not to read. */
#include "host/display/display.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "host/atomic_file.h"

#define COLOURS 0x00ffffffu
#define CURSOR_PIXELS (DISPLAY_CURSOR_SIDE * DISPLAY_CURSOR_SIDE)

struct display_viewer {
    struct display *display;
    struct display_viewer *next;
    void (*changed)(void *owner);
    void *owner;
    bool told; /* and has not looked since */
    bool resized, cursor_changed;
    struct display_rect rect; /* that has changed */
};

struct display {
    pthread_mutex_t lock; /* over all below but the source */
    unsigned number;
    uint32_t width, height;
    uint32_t *pixels; /* NULL: off */
    struct display_rect drawn;
    bool has_cursor;
    int32_t cursor_x, cursor_y;
    uint32_t hot_x, hot_y;
    uint32_t cursor[CURSOR_PIXELS];
    struct display_viewer *viewers;
    atomic_uint watchers;         /* their number */
    struct display_source source; /* refresh NULL: none */
    int waker;                    /* -1: none */
};

struct display *display_create(unsigned number)
{
    struct display *display = calloc(1, sizeof *display);
    if (display == NULL)
        return NULL;
    pthread_mutex_init(&display->lock, NULL);
    display->number = number;
    display->waker = -1;
    return display;
}

void display_destroy(struct display *display)
{
    if (display == NULL)
        return;
    assert(display->viewers == NULL);
    pthread_mutex_destroy(&display->lock);
    free(display->pixels);
    free(display);
}

unsigned display_number(const struct display *display)
{
    return display->number;
}

/* Telling the viewers; locked. */

static void tell(struct display_viewer *viewer)
{
    if (!viewer->told)
        viewer->changed(viewer->owner);
    viewer->told = true;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

struct display_rect display_rect_around(const struct display_rect *a, const struct display_rect *b)
{
    if (a->width == 0 || b->width == 0)
        return a->width == 0 ? *b : *a;
    struct display_rect both = {.x = least(a->x, b->x), .y = least(a->y, b->y)};
    uint32_t right_a = a->x + a->width, right_b = b->x + b->width;
    uint32_t bottom_a = a->y + a->height, bottom_b = b->y + b->height;
    both.width = (right_a > right_b ? right_a : right_b) - both.x;
    both.height = (bottom_a > bottom_b ? bottom_a : bottom_b) - both.y;
    return both;
}

static struct display_rect whole(const struct display *display)
{
    return (struct display_rect){.width = display->width, .height = display->height};
}

static void tell_drawn(struct display *display, const struct display_rect *rect)
{
    for (struct display_viewer *viewer = display->viewers; viewer != NULL; viewer = viewer->next) {
        viewer->rect = display_rect_around(&viewer->rect, rect);
        tell(viewer);
    }
}

static void tell_resized(struct display *display)
{
    for (struct display_viewer *viewer = display->viewers; viewer != NULL; viewer = viewer->next) {
        viewer->resized = true;
        viewer->rect = whole(display);
        tell(viewer);
    }
}

static void tell_cursor(struct display *display, bool image)
{
    for (struct display_viewer *viewer = display->viewers; viewer != NULL; viewer = viewer->next) {
        viewer->cursor_changed |= image;
        tell(viewer);
    }
}

/* Drawing. */

static uint32_t *make_pixels(uint32_t width, uint32_t height)
{
    bool fits = width != 0 && height != 0 && width <= DISPLAY_LIMIT && height <= DISPLAY_LIMIT;
    return fits ? calloc((size_t)width * height, sizeof(uint32_t)) : NULL;
}

bool display_set_size(struct display *display, uint32_t width, uint32_t height)
{
    bool off = width == 0 || height == 0;
    if (display->width == width && display->height == height)
        return true;
    uint32_t *pixels = make_pixels(width, height), *old = display->pixels;
    bool was_off = old == NULL;
    pthread_mutex_lock(&display->lock);
    display->pixels = pixels;
    display->width = pixels != NULL ? width : 0;
    display->height = pixels != NULL ? height : 0;
    if (pixels != NULL || !was_off)
        tell_resized(display);
    pthread_mutex_unlock(&display->lock);
    free(old);
    return pixels != NULL || off;
}

void display_size(const struct display *display, uint32_t *width, uint32_t *height)
{
    *width = display->width;
    *height = display->height;
}

static bool is_inside(const struct display *display, const struct display_rect *rect)
{
    return rect->x <= display->width && rect->width <= display->width - rect->x && rect->y <= display->height &&
           rect->height <= display->height - rect->y;
}

uint32_t *display_begin_drawing(struct display *display, const struct display_rect *rect, size_t *stride)
{
    assert(is_inside(display, rect));
    pthread_mutex_lock(&display->lock);
    display->drawn = *rect;
    *stride = display->width;
    return display->pixels + (size_t)rect->y * display->width + rect->x;
}

void display_end_drawing(struct display *display)
{
    if (display->drawn.width != 0 && display->drawn.height != 0)
        tell_drawn(display, &display->drawn);
    pthread_mutex_unlock(&display->lock);
}

static bool row_differs(const uint32_t *there, const uint32_t *pixels, uint32_t width)
{
    uint32_t difference = 0;
    for (uint32_t x = 0; x < width; x++)
        difference |= there[x] ^ pixels[x];
    return (difference & COLOURS) != 0;
}

void display_put_row(struct display *display, uint32_t y, const uint32_t *pixels)
{
    size_t stride;
    struct display_rect rect = {.y = y, .width = display->width, .height = 1};
    if (!row_differs(display->pixels + (size_t)y * display->width, pixels, display->width))
        return;
    uint32_t *to = display_begin_drawing(display, &rect, &stride);
    for (uint32_t x = 0; x < display->width; x++)
        to[x] = pixels[x] & COLOURS;
    display_end_drawing(display);
}

void display_set_cursor(struct display *display, const uint32_t *pixels, uint32_t hot_x, uint32_t hot_y)
{
    if (pixels == NULL && !display->has_cursor)
        return;
    pthread_mutex_lock(&display->lock);
    display->has_cursor = pixels != NULL;
    display->hot_x = hot_x;
    display->hot_y = hot_y;
    if (pixels != NULL)
        memcpy(display->cursor, pixels, sizeof display->cursor);
    tell_cursor(display, true);
    pthread_mutex_unlock(&display->lock);
}

void display_move_cursor(struct display *display, int32_t x, int32_t y)
{
    if (display->cursor_x == x && display->cursor_y == y)
        return;
    pthread_mutex_lock(&display->lock);
    display->cursor_x = x;
    display->cursor_y = y;
    if (display->has_cursor)
        tell_cursor(display, false);
    pthread_mutex_unlock(&display->lock);
}

/* Sources. */

void display_set_source(struct display *display, const struct display_source *source)
{
    display->source = source != NULL ? *source : (struct display_source){.owner = NULL};
}

bool display_has_source(const struct display *display)
{
    return display->source.refresh != NULL;
}

bool display_is_watched(const struct display *display)
{
    return atomic_load_explicit(&display->watchers, memory_order_relaxed) != 0;
}

void display_set_waker(struct display *display, int descriptor)
{
    display->waker = descriptor;
}

void display_refresh(struct display *display)
{
    if (display->source.refresh != NULL)
        display->source.refresh(display->source.owner, display);
}

/* Looking. */

struct display_viewer *display_attach(struct display *display, void (*changed)(void *owner), void *owner)
{
    struct display_viewer *viewer = calloc(1, sizeof *viewer);
    if (viewer == NULL)
        return NULL;
    *viewer = (struct display_viewer){
        .display = display, .changed = changed, .owner = owner, .resized = true, .cursor_changed = true};
    pthread_mutex_lock(&display->lock);
    viewer->rect = whole(display);
    viewer->next = display->viewers;
    display->viewers = viewer;
    pthread_mutex_unlock(&display->lock);
    atomic_fetch_add(&display->watchers, 1);
    if (display->waker >= 0)
        eventfd_write(display->waker, 1);
    return viewer;
}

void display_detach(struct display_viewer *viewer)
{
    if (viewer == NULL)
        return;
    struct display *display = viewer->display;
    pthread_mutex_lock(&display->lock);
    struct display_viewer **place = &display->viewers;
    while (*place != viewer)
        place = &(*place)->next;
    *place = viewer->next;
    pthread_mutex_unlock(&display->lock);
    atomic_fetch_sub(&display->watchers, 1);
    free(viewer);
}

void display_begin_look(struct display_viewer *viewer, struct display_look *look)
{
    const struct display *display = viewer->display;
    pthread_mutex_lock(&viewer->display->lock);
    *look = (struct display_look){
        .width = display->width,
        .height = display->height,
        .resized = viewer->resized,
        .changed = viewer->rect,
        .pixels = display->pixels,
        .cursor_changed = viewer->cursor_changed,
        .has_cursor = display->has_cursor,
        .cursor_x = display->cursor_x,
        .cursor_y = display->cursor_y,
        .hot_x = display->hot_x,
        .hot_y = display->hot_y,
        .cursor = display->cursor,
    };
    viewer->told = viewer->resized = viewer->cursor_changed = false;
    viewer->rect = (struct display_rect){.width = 0};
}

void display_end_look(struct display_viewer *viewer)
{
    pthread_mutex_unlock(&viewer->display->lock);
}

/* Pictures. */

struct shot {
    const struct display *display;
    bool cursor;
};

static uint32_t blend(uint32_t below, uint32_t above)
{
    uint32_t alpha = above >> 24, result = 0;
    for (unsigned shift = 0; shift < 24; shift += 8) {
        uint32_t sum = (above >> shift & 0xff) * alpha + (below >> shift & 0xff) * (255 - alpha);
        result |= (sum + 127) / 255 << shift;
    }
    return result;
}

static void draw_cursor(const struct display *display, uint32_t y, uint32_t *pixels)
{
    int64_t row = (int64_t)y - display->cursor_y + display->hot_y;
    int64_t left = (int64_t)display->cursor_x - display->hot_x;
    if (row < 0 || row >= DISPLAY_CURSOR_SIDE)
        return;
    for (unsigned i = 0; i < DISPLAY_CURSOR_SIDE; i++)
        if (left + i >= 0 && left + i < display->width)
            pixels[left + i] = blend(pixels[left + i], display->cursor[row * DISPLAY_CURSOR_SIDE + i]);
}

static void give_row(void *owner, uint32_t y, uint32_t *pixels)
{
    const struct shot *shot = owner;
    const struct display *display = shot->display;
    memcpy(pixels, display->pixels + (size_t)y * display->width, display->width * sizeof *pixels);
    if (shot->cursor && display->has_cursor)
        draw_cursor(display, y, pixels);
}

static bool is_on(const struct display *display, struct error *err)
{
    return display->pixels != NULL ||
           error_set(err, "screen %u is off: the guest has not switched it on", display->number);
}

bool display_pixel(const struct display *display, uint32_t x, uint32_t y, uint32_t *colour)
{
    if (x >= display->width || y >= display->height)
        return false;
    *colour = display->pixels[(size_t)y * display->width + x] & COLOURS;
    return true;
}

const uint32_t *display_pixels(const struct display *display, struct error *err)
{
    return is_on(display, err) ? display->pixels : NULL;
}

bool display_write_png(const struct display *display, bool cursor, const struct png_sink *sink, struct error *err)
{
    struct shot shot = {display, cursor};
    struct png_picture picture = {display->width, display->height, &shot, give_row};
    return is_on(display, err) && png_write(&picture, sink, err);
}

static bool put_bytes(void *owner, const void *bytes, size_t count, struct error *err)
{
    return atomic_file_write(owner, bytes, count, err);
}

/* A slip of the keyboard costs no disk image. */
static bool may_be_replaced(const char *path, struct error *err)
{
    uint8_t start[PNG_SIGNATURE_BYTES];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return true;
    size_t count = fread(start, 1, sizeof start, file);
    fclose(file);
    return count == 0 || png_is_signature(start, count) ||
           error_set(err, "cannot save '%s': it is there, and no PNG picture", path);
}

bool display_save_png(struct display *display, const char *path, bool cursor, struct error *err)
{
    if (!is_on(display, err) || !may_be_replaced(path, err))
        return false;
    struct atomic_file *file = atomic_file_open(path, file_calls_host(), err);
    if (file == NULL)
        return false;
    struct png_sink sink = {file, put_bytes};
    if (display_write_png(display, cursor, &sink, err))
        return atomic_file_commit(file, err);
    atomic_file_abort(file);
    return false;
}
