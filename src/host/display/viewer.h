/* SPDX-License-Identifier: MIT */
/* What those who show the machine's screens to a person have in common: what they show and tell, and a picture of their own that
 * follows a screen, so that nobody who is slow holds up the guest. */
#ifndef MICROVM_HOST_DISPLAY_VIEWER_H
#define MICROVM_HOST_DISPLAY_VIEWER_H

#include <pthread.h>
#include <stdatomic.h>

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

/* The way from viewers' threads to the parts, which are gone once it is shut. */
struct viewer_gate {
    struct viewer_parts parts;
    pthread_mutex_t lock; /* held while the parts are used */
    atomic_bool shut;
};

void viewer_gate_init(struct viewer_gate *gate, const struct viewer_parts *parts);
void viewer_gate_destroy(struct viewer_gate *gate);

/* Takes the lock, until viewer_gate_leave. False: it is shut, and there is nothing to leave. */
bool viewer_gate_enter(struct viewer_gate *gate);
void viewer_gate_leave(struct viewer_gate *gate);

/* Through the gate; nothing happens once it is shut. */
void viewer_gate_put(struct viewer_gate *gate, const struct input_event *event);
void viewer_gate_release_all(struct viewer_gate *gate); /* whatever is pressed is let go */

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

/* One who looks at a screen, at most every DISPLAY_REFRESH_NS. Its thread's, but for has_news. */
struct viewer {
    struct viewer_gate *gate;
    struct display_viewer *attached; /* NULL: it is not */
    struct viewer_picture *picture;
    atomic_bool has_news;  /* set on the machine's thread */
    bool had_cursor;       /* since the machine's start */
    uint64_t frame_due_ns; /* nothing is shown sooner */
};

/* Before there is anything to look at. False: out of memory; it is to be disposed of all the same. */
bool viewer_prepare(struct viewer *viewer, struct viewer_gate *gate);
void viewer_dispose(struct viewer *viewer);

/* The picture has what is on the screen now; no change of the cursor is told before the guest has made one. False: the gate is shut. */
bool viewer_follow(struct viewer *viewer, struct viewer_news *news);

/* Milliseconds to wait for something that is due, as poll takes them; VIEWER_NEVER: -1. */
#define VIEWER_NEVER UINT64_MAX
int viewer_patience(uint64_t due_ns, uint64_t now_ns);

/* Where on the screen a pixel of it is, as INPUT_POINTER has it. */
uint32_t viewer_pointer(uint32_t pixel, uint32_t pixels);

#endif
