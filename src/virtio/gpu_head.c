/* SPDX-License-Identifier: MIT */
#include "virtio/gpu_head.h"

#include "virtio/gpu_format.h"

static const struct state_field cursor_fields[] = {
    STATE(struct gpu_cursor, shown, 1, "there is one"),
    STATE(struct gpu_cursor, x, STATE_ANY, "left edge"),
    STATE(struct gpu_cursor, y, STATE_ANY, "upper edge"),
    STATE(struct gpu_cursor, hot_x, DISPLAY_CURSOR_SIDE - 1, "its point"),
    STATE(struct gpu_cursor, hot_y, DISPLAY_CURSOR_SIDE - 1, "its point"),
    STATE_NOT(struct gpu_cursor, image, "stands behind the resources"),
    STATE_END,
};

static const struct state_field rect_fields[] = {
    STATE(struct display_rect, x, STATE_ANY, "left edge"),
    STATE(struct display_rect, y, STATE_ANY, "upper edge"),
    STATE(struct display_rect, width, DISPLAY_LIMIT, "pixels"),
    STATE(struct display_rect, height, DISPLAY_LIMIT, "pixels"),
    STATE_END,
};

const struct state_field gpu_head_fields[] = {
    STATE_NOT(struct gpu_head, display, "wiring"),
    STATE_NOT(struct gpu_head, owner, "wiring"),
    STATE_NOT(struct gpu_head, number, "made with the machine"),
    STATE(struct gpu_head, width, DISPLAY_LIMIT, "the user wants"),
    STATE(struct gpu_head, height, DISPLAY_LIMIT, "the user wants"),
    STATE(struct gpu_head, resource, STATE_ANY, "that is shown; 0: none"),
    STATE_INNER(struct gpu_head, rect, rect_fields, "of the resource that is shown"),
    STATE_NOT(struct gpu_head, due, "once it is loaded all is drawn"),
    STATE_INNER(struct gpu_head, cursor, cursor_fields, "on it"),
    STATE_END,
};

void gpu_head_draw(struct gpu_head *head, const struct gpu_resource *resource)
{
    struct display_rect rect = head->due;
    head->due = (struct display_rect){.width = 0};
    if (resource == NULL || rect.width == 0)
        return;
    const struct gpu_format *format = gpu_format_find(resource->format);
    size_t stride, x = head->rect.x + rect.x, y = head->rect.y + rect.y;
    const uint32_t *from = resource->pixels + y * resource->width + x;
    uint32_t *to = display_begin_drawing(head->display, &rect, &stride);
    for (uint32_t row = 0; row < rect.height; row++)
        format->to_colours(to + row * stride, from + (size_t)row * resource->width, rect.width);
    display_end_drawing(head->display);
}

static void make_due(struct gpu_head *head, const struct gpu_resource *resource, const struct display_rect *rect)
{
    head->due = display_rect_around(&head->due, rect);
    if (head->owner.changed != NULL)
        head->owner.changed(head->owner.owner, head->number);
    else
        gpu_head_draw(head, resource);
}

static void make_all_due(struct gpu_head *head, const struct gpu_resource *resource)
{
    head->due = (struct display_rect){.width = 0};
    make_due(head, resource, &(struct display_rect){.width = head->rect.width, .height = head->rect.height});
}

static void tell_owner(const struct gpu_head *head, bool shows)
{
    if (head->owner.shows != NULL)
        head->owner.shows(head->owner.owner, head->number, shows);
}

bool gpu_head_show(struct gpu_head *head, const struct gpu_resource *resource, const struct display_rect *rect)
{
    if (head->resource == 0)
        tell_owner(head, true);
    head->resource = resource->id;
    head->rect = *rect;
    if (!display_set_size(head->display, rect->width, rect->height)) {
        gpu_head_hide(head);
        return false;
    }
    make_all_due(head, resource);
    return true;
}

static void blank(struct gpu_head *head)
{
    head->resource = 0;
    head->rect = head->due = (struct display_rect){.width = 0};
    display_set_size(head->display, 0, 0);
    tell_owner(head, false);
}

void gpu_head_hide(struct gpu_head *head)
{
    if (head->resource != 0)
        blank(head);
}

static uint32_t greater(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t less(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

void gpu_head_flush(struct gpu_head *head, const struct gpu_resource *resource, const struct display_rect *rect)
{
    if (head->resource != resource->id)
        return;
    const struct display_rect *shown = &head->rect;
    uint32_t left = greater(rect->x, shown->x), top = greater(rect->y, shown->y);
    uint32_t right = less(rect->x + rect->width, shown->x + shown->width);
    uint32_t bottom = less(rect->y + rect->height, shown->y + shown->height);
    if (right <= left || bottom <= top)
        return;
    struct display_rect due = {left - shown->x, top - shown->y, right - left, bottom - top};
    make_due(head, resource, &due);
}

static void show_cursor(const struct gpu_head *head)
{
    const struct gpu_cursor *cursor = &head->cursor;
    display_set_cursor(head->display, cursor->shown ? cursor->image : NULL, cursor->hot_x, cursor->hot_y);
    display_move_cursor(head->display, (int32_t)(cursor->x + cursor->hot_x), (int32_t)(cursor->y + cursor->hot_y));
}

/* A picture without alpha is opaque, as it is on the screen. */
void gpu_head_set_cursor(struct gpu_head *head, const struct gpu_resource *resource, uint32_t hot_x, uint32_t hot_y)
{
    struct gpu_cursor *cursor = &head->cursor;
    cursor->shown = resource != NULL;
    cursor->hot_x = less(hot_x, DISPLAY_CURSOR_SIDE - 1);
    cursor->hot_y = less(hot_y, DISPLAY_CURSOR_SIDE - 1);
    if (resource != NULL)
        gpu_format_find(resource->format)->to_image(cursor->image, resource->pixels, GPU_CURSOR_PIXELS);
    show_cursor(head);
}

/* Linux means the image's corner, not its point. */
void gpu_head_move_cursor(struct gpu_head *head, uint32_t x, uint32_t y)
{
    struct gpu_cursor *cursor = &head->cursor;
    cursor->x = x;
    cursor->y = y;
    display_move_cursor(head->display, (int32_t)(x + cursor->hot_x), (int32_t)(y + cursor->hot_y));
}

void gpu_head_reset(struct gpu_head *head)
{
    gpu_head_hide(head);
    head->cursor = (struct gpu_cursor){.shown = false};
    show_cursor(head);
}

void gpu_head_loaded(struct gpu_head *head, const struct gpu_resources *resources)
{
    const struct gpu_resource *resource = gpu_resource_find(resources, head->resource);
    bool fits = resource != NULL && head->rect.width != 0 && head->rect.height != 0 &&
                gpu_rect_is_inside(&head->rect, resource->width, resource->height);
    if (fits) {
        tell_owner(head, true);
        gpu_head_show(head, resource, &head->rect);
    } else {
        blank(head);
    }
    show_cursor(head);
}
