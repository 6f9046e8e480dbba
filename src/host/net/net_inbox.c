/* SPDX-License-Identifier: MIT */
#include "host/net/net_inbox.h"

#include "host/host_time.h"
#include "host/net/net_merge.h"

/* Bytes that a call reads at most; a frame counts as that many at least. */
#define BUDGET (UINT64_C(1) << 20)
#define LEAST_COST 64u
/* Turns of harts between two looks, and those after which no frame is expected any more. */
#define POLLS_A_LOOK 8u
#define WARM_POLLS (32 * POLLS_A_LOOK)

/* True: the frame was taken, or has waited long enough for a guest that has buffers, but too few or too small ones. */
static bool hand_over(struct net_inbox *inbox, const struct net_inbox_frame *frame)
{
    const struct net_sink *sink = &inbox->sink;
    if (sink->receive_offloaded == NULL ||
        sink->receive_offloaded(sink->owner, &frame->offload, frame->bytes, frame->length)) {
        inbox->refused_ns = 0;
        return true;
    }
    uint64_t now = host_now_ns();
    bool late = inbox->refused_ns != 0 && now - inbox->refused_ns >= NET_PATIENCE_NS;
    if (late && sink->is_open(sink->owner)) {
        inbox->refused_ns = 0;
        return true;
    }
    if (late || inbox->refused_ns == 0)
        inbox->refused_ns = now;
    return false;
}

struct reader {
    net_inbox_read *read_one;
    void *owner;
    uint64_t spent;
};

/* False: there is no next frame, or not in this call. */
static bool read_next(struct net_inbox *inbox, struct net_inbox_frame *frame, struct reader *reader)
{
    while (reader->spent < BUDGET) {
        frame->offload = (struct net_offload){0};
        ssize_t length = reader->read_one(reader->owner, &frame->offload, frame->bytes);
        if (length < 0)
            return false;
        reader->spent += LEAST_COST + (uint64_t)length;
        frame->length = length >= (ssize_t)NET_HEADER_BYTES ? (size_t)length : 0;
        if (frame->length == 0)
            continue;
        inbox->warm = WARM_POLLS;
        return true;
    }
    inbox->more = true;
    return false;
}

static bool is_plain(const struct net_offload *offload)
{
    return offload->flags == 0 && offload->gso == NET_GSO_NONE;
}

/* Appends to the frame what follows; what does not, is the next one. */
static void merge(struct net_inbox *inbox, struct net_inbox_frame *frame, struct net_inbox_frame *next,
                  struct reader *reader)
{
    const struct net_sink *sink = &inbox->sink;
    struct net_merge state;
    if (sink->offloads == NULL || !is_plain(&frame->offload))
        return;
    net_merge_begin(&state, sink->offloads(sink->owner), frame->bytes, frame->length);
    while (state.open && read_next(inbox, next, reader)) {
        if (!is_plain(&next->offload) ||
            !net_merge_add(&state, frame->bytes, &frame->length, next->bytes, next->length))
            break;
        next->length = 0;
    }
    net_merge_end(&state, frame->bytes, frame->length, &frame->offload);
}

void net_inbox_pump(struct net_inbox *inbox, net_inbox_read *read_one, void *owner)
{
    struct reader reader = {read_one, owner, 0};
    inbox->more = false;
    for (;;) {
        struct net_inbox_frame *frame = &inbox->frames[inbox->first], *next = &inbox->frames[1 - inbox->first];
        bool refused = inbox->refused_ns != 0;
        if (frame->length == 0 && !read_next(inbox, frame, &reader))
            return;
        if (!refused)
            merge(inbox, frame, next, &reader);
        if (!hand_over(inbox, frame))
            return;
        frame->length = 0;
        inbox->first = 1 - inbox->first;
    }
}

bool net_inbox_is_due(struct net_inbox *inbox)
{
    return inbox->warm != 0 && --inbox->warm % POLLS_A_LOOK == 0;
}

void net_inbox_watch(const struct net_inbox *inbox, uint64_t *timeout_ns)
{
    uint64_t due = inbox->refused_ns + NET_PATIENCE_NS, now = host_now_ns(), left = due > now ? due - now : 0;
    if (net_inbox_waits(inbox) && left < *timeout_ns)
        *timeout_ns = left;
    if (!net_inbox_waits(inbox) && inbox->more)
        *timeout_ns = 0;
}
