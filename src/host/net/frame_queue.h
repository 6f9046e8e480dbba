/* SPDX-License-Identifier: MIT */
/* Frames that wait for the guest's buffers, in the order of their arrival and bounded in bytes. Owns their copies. */
#ifndef MICROVM_HOST_NET_FRAME_QUEUE_H
#define MICROVM_HOST_NET_FRAME_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes, with a few for each frame's keeping. */
#define FRAME_QUEUE_LIMIT (UINT64_C(4) << 20)

struct frame_queue_entry;

/* All zeros: empty. */
struct frame_queue {
    struct frame_queue_entry *first, *last;
    size_t bytes;
};

/* False: the queue is full, or memory short; the frame is not kept. */
bool frame_queue_put(struct frame_queue *queue, const uint8_t *frame, size_t length);

/* The frame that has waited longest; NULL: none waits. */
const uint8_t *frame_queue_head(const struct frame_queue *queue, size_t *length);
void frame_queue_drop_head(struct frame_queue *queue);

static inline bool frame_queue_is_empty(const struct frame_queue *queue)
{
    return queue->first == NULL;
}

void frame_queue_clear(struct frame_queue *queue);

#endif
