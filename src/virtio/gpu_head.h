/* SPDX-License-Identifier: MIT */
/* A head of a graphics card: which part of which resource its display shows, the cursor on it, and the size that the user
 * wants it to have. */
#ifndef MICROVM_VIRTIO_GPU_HEAD_H
#define MICROVM_VIRTIO_GPU_HEAD_H

#include "host/display/display.h"
#include "virtio/gpu_resource.h"

#define GPU_CURSOR_PIXELS (DISPLAY_CURSOR_SIDE * DISPLAY_CURSOR_SIDE)

struct gpu_cursor {
    bool shown;
    uint32_t x, y; /* of its top left corner; may be negative */
    uint32_t hot_x, hot_y;
    uint32_t image[GPU_CURSOR_PIXELS]; /* 0xAARRGGBB */
};

/* Who looks after the displays; its functions may be NULL. */
struct gpu_head_owner {
    void *owner;
    /* The guest begins to show something on the head's display, or has ended it. */
    void (*shows)(void *owner, unsigned head, bool shows);
    /* There is something to draw, by virtio_gpu_draw, at once or later. NULL: it is drawn at once. */
    void (*changed)(void *owner, unsigned head);
};

/* Open, so that the card can embed it. */
struct gpu_head {
    struct display *display;
    struct gpu_head_owner owner;
    unsigned number;
    uint32_t width, height; /* wanted by the user */
    uint32_t resource;      /* that is shown; 0: none */
    struct display_rect rect;
    struct display_rect due; /* of the display, to be drawn */
    struct gpu_cursor cursor;
};

extern const struct state_field gpu_head_fields[];

/* Shows a part of a resource, which lies in it and is within DISPLAY_LIMIT. False: no memory for the display. */
bool gpu_head_show(struct gpu_head *head, const struct gpu_resource *resource, const struct display_rect *rect);
/* Shows nothing. */
void gpu_head_hide(struct gpu_head *head);

/* A part of a resource has changed: where the head shows it, it is due. */
void gpu_head_flush(struct gpu_head *head, const struct gpu_resource *resource, const struct display_rect *rect);

/* Draws what is due. resource: the one that the head shows, or NULL. */
void gpu_head_draw(struct gpu_head *head, const struct gpu_resource *resource);

/* The image is a resource of DISPLAY_CURSOR_SIDE^2 pixels; NULL: none is shown. Then it is moved. */
void gpu_head_set_cursor(struct gpu_head *head, const struct gpu_resource *resource, uint32_t hot_x, uint32_t hot_y);
void gpu_head_move_cursor(struct gpu_head *head, uint32_t x, uint32_t y);

/* As after a reset of the device: nothing is shown. */
void gpu_head_reset(struct gpu_head *head);

/* The state was loaded, the resources with it: the display is to show it. What cannot be shown is not. */
void gpu_head_loaded(struct gpu_head *head, const struct gpu_resources *resources);

#endif
