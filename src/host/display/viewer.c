/* SPDX-License-Identifier: MIT */
#include "host/display/viewer.h"

#include <stdlib.h>
#include <string.h>

#include "host/display/screen_words.h"
#include "host/host_time.h"

#define OFF_COLOUR 0x909090u
#define OFF_SCALE 2u

void viewer_gate_init(struct viewer_gate *gate, const struct viewer_parts *parts)
{
    gate->parts = *parts;
    atomic_init(&gate->shut, false);
    pthread_mutex_init(&gate->lock, NULL);
}

void viewer_gate_destroy(struct viewer_gate *gate)
{
    pthread_mutex_destroy(&gate->lock);
}

bool viewer_gate_enter(struct viewer_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    if (!atomic_load(&gate->shut))
        return true;
    pthread_mutex_unlock(&gate->lock);
    return false;
}

void viewer_gate_leave(struct viewer_gate *gate)
{
    pthread_mutex_unlock(&gate->lock);
}

void viewer_gate_put(struct viewer_gate *gate, const struct input_event *event)
{
    if (!viewer_gate_enter(gate))
        return;
    input_queue_put(gate->parts.queue, event);
    viewer_gate_leave(gate);
}

void viewer_gate_release_all(struct viewer_gate *gate)
{
    if (!viewer_gate_enter(gate))
        return;
    input_queue_release_all(gate->parts.queue);
    viewer_gate_leave(gate);
}

struct viewer_picture *viewer_picture_create(void)
{
    static const char *const lines[] = {"the guest has not", "switched this screen on", "yet"};
    struct viewer_picture *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->width = VIEWER_OFF_WIDTH;
    p->height = VIEWER_OFF_HEIGHT;
    p->pixels = p->off_pixels;
    p->off = true;
    for (uint32_t i = 0; i < 3; i++)
        screen_words_draw(p->off_pixels, p->width, p->height, lines[i], p->height / 2 + 24 * i - 24, OFF_SCALE,
                          OFF_COLOUR);
    return p;
}

void viewer_picture_destroy(struct viewer_picture *p)
{
    if (p == NULL)
        return;
    free(p->guest_pixels);
    free(p);
}

static bool reserve(struct viewer_picture *p, size_t words)
{
    if (words <= p->guest_capacity)
        return true;
    free(p->guest_pixels);
    p->guest_pixels = malloc(words * sizeof *p->guest_pixels);
    p->guest_capacity = p->guest_pixels != NULL ? words : 0;
    return p->guest_pixels != NULL;
}

static void show_off(struct viewer_picture *p)
{
    p->off = true;
    p->width = VIEWER_OFF_WIDTH;
    p->height = VIEWER_OFF_HEIGHT;
    p->pixels = p->off_pixels;
}

static void copy_rect(struct viewer_picture *p, const struct display_look *look, const struct display_rect *r)
{
    for (uint32_t y = r->y; y < r->y + r->height; y++) {
        size_t first = (size_t)y * p->width + r->x;
        memcpy(p->pixels + first, look->pixels + first, r->width * sizeof *p->pixels);
    }
}

static void follow_size(struct viewer_picture *p, const struct display_look *look, struct viewer_news *news)
{
    bool on = look->width != 0 && reserve(p, (size_t)look->width * look->height);
    bool first = p->off == on;
    news->resized = on && (first || p->width != look->width || p->height != look->height);
    news->resized |= !on && first;
    if (on) {
        p->off = false;
        p->width = look->width;
        p->height = look->height;
        p->pixels = p->guest_pixels;
    } else {
        show_off(p);
    }
}

static void follow_cursor(struct viewer_picture *p, const struct display_look *look, struct viewer_news *news)
{
    news->cursor_changed = look->cursor_changed || p->has_cursor != look->has_cursor;
    news->cursor_moved = p->cursor_x != look->cursor_x || p->cursor_y != look->cursor_y;
    p->cursor_x = look->cursor_x;
    p->cursor_y = look->cursor_y;
    p->has_cursor = look->has_cursor;
    if (!news->cursor_changed || !look->has_cursor)
        return;
    p->hot_x = look->hot_x;
    p->hot_y = look->hot_y;
    memcpy(p->cursor, look->cursor, sizeof p->cursor);
}

void viewer_picture_follow(struct viewer_picture *p, struct display_viewer *viewer, struct viewer_news *news)
{
    struct display_look look;
    *news = (struct viewer_news){0};
    display_begin_look(viewer, &look);
    follow_size(p, &look, news);
    news->changed = news->resized || look.resized ? (struct display_rect){0, 0, p->width, p->height} : look.changed;
    if (p->off && !news->resized && !look.resized)
        news->changed.width = 0;
    if (!p->off && news->changed.width != 0)
        copy_rect(p, &look, &news->changed);
    follow_cursor(p, &look, news);
    display_end_look(viewer);
}

bool viewer_prepare(struct viewer *v, struct viewer_gate *gate)
{
    v->gate = gate;
    v->picture = viewer_picture_create();
    return v->picture != NULL;
}

void viewer_dispose(struct viewer *v)
{
    viewer_picture_destroy(v->picture);
}

bool viewer_follow(struct viewer *v, struct viewer_news *news)
{
    atomic_store(&v->has_news, false);
    if (!viewer_gate_enter(v->gate))
        return false;
    viewer_picture_follow(v->picture, v->attached, news);
    viewer_gate_leave(v->gate);
    v->had_cursor |= v->picture->has_cursor;
    news->cursor_changed &= v->had_cursor;
    return true;
}

int viewer_patience(uint64_t due_ns, uint64_t now_ns)
{
    if (due_ns == VIEWER_NEVER)
        return -1;
    return due_ns <= now_ns ? 0 : (int)((due_ns - now_ns) / NS_PER_MS) + 1;
}

uint32_t viewer_pointer(uint32_t pixel, uint32_t pixels)
{
    if (pixel >= pixels)
        pixel = pixels - 1;
    /* The pixel's middle: guests divide and drop the rest. */
    return (uint32_t)((2 * (uint64_t)pixel + 1) * (INPUT_POINTER_MAX + 1u) / (2 * (uint64_t)pixels));
}
