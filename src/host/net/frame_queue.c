/* SPDX-License-Identifier: MIT */
#include "host/net/frame_queue.h"

#include <stdlib.h>
#include <string.h>

struct frame_queue_entry {
    struct frame_queue_entry *next;
    size_t length;
    uint8_t frame[];
};

static size_t cost(size_t length)
{
    return sizeof(struct frame_queue_entry) + length;
}

bool frame_queue_put(struct frame_queue *queue, const uint8_t *frame, size_t length)
{
    if (queue->bytes + cost(length) > FRAME_QUEUE_LIMIT)
        return false;
    struct frame_queue_entry *entry = malloc(cost(length));
    if (entry == NULL)
        return false;
    entry->next = NULL;
    entry->length = length;
    memcpy(entry->frame, frame, length);
    *(queue->first == NULL ? &queue->first : &queue->last->next) = entry;
    queue->last = entry;
    queue->bytes += cost(length);
    return true;
}

const uint8_t *frame_queue_head(const struct frame_queue *queue, size_t *length)
{
    if (queue->first == NULL)
        return NULL;
    *length = queue->first->length;
    return queue->first->frame;
}

void frame_queue_drop_head(struct frame_queue *queue)
{
    struct frame_queue_entry *entry = queue->first;
    queue->first = entry->next;
    queue->bytes -= cost(entry->length);
    free(entry);
}

void frame_queue_clear(struct frame_queue *queue)
{
    while (queue->first != NULL)
        frame_queue_drop_head(queue);
}
