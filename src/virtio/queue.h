/* SPDX-License-Identifier: MIT */
/* One virtqueue in guest memory, split (VirtIO 1.3 2.7) or packed (2.8): takes buffers from the driver, gives them back,
 * and says who wants to be notified. Knows nothing of devices and transports. */
#ifndef MICROVM_VIRTIO_QUEUE_H
#define MICROVM_VIRTIO_QUEUE_H

#include "bus/state.h"
#include "virtio/chain.h"

/* What a driver can do wrong. The queue is broken then, until it is started anew. */
enum virtq_fault {
    VIRTQ_OK,
    VIRTQ_BAD_SIZE,
    VIRTQ_BAD_PLACE,
    VIRTQ_BAD_AVAIL_INDEX,
    VIRTQ_BAD_DESCRIPTOR_INDEX,
    VIRTQ_BAD_BUFFER,
    VIRTQ_BAD_ORDER,
    VIRTQ_BAD_INDIRECT,
    VIRTQ_LOOP,
    VIRTQ_TOO_LONG,
    VIRTQ_OVERRUN,
    VIRTQ_FAULT_COUNT
};

/* What the driver says when it starts a queue. */
struct virtq_config {
    bool packed;    /* VIRTIO_F_RING_PACKED */
    bool event_idx; /* VIRTIO_F_EVENT_IDX */
    bool indirect;  /* VIRTIO_F_INDIRECT_DESC */
    uint16_t size;
    uint64_t descriptor_area, driver_area, device_area; /* guest physical addresses */
};

/* Open, so that its owner can embed it; the fields are queue.c's. */
struct virtq {
    struct guest_mem mem;
    struct virtq_config config;
    enum virtq_fault fault;
    uint16_t next;  /* where the next buffer is looked for: split: free-running, packed: a ring position */
    uint16_t used;  /* where the next used one goes: likewise */
    bool next_wrap; /* the wrap counters that go with them (packed; VirtIO 1.3 2.8.1) */
    bool used_wrap;
    uint16_t taken;       /* ring slots of buffers that the device holds, at most size */
    uint32_t unsignalled; /* ring slots given back since the driver's wish was last looked at */
    bool wanted;          /* the device wants to be notified */
};

/* What of a queue must be kept. */
extern const struct state_field virtq_fields[];

/* Whether a queue that was loaded, and runs, can run: its size, its places in mem, its positions. */
bool virtq_check(const struct virtq *q, const struct guest_mem *mem);

/* Starts a queue in its first state. The three areas must be aligned and lie in RAM. */
enum virtq_fault virtq_start(struct virtq *q, const struct guest_mem *mem, const struct virtq_config *config);

/* Fills chain but for token.queue and token.generation. False: nothing there, or q->fault says what is wrong. */
bool virtq_pop(struct virtq *q, struct virtio_chain *chain);
bool virtq_available(const struct virtq *q);

/* Takes the latest pop back: the buffer is as if it had never been taken. Several go back in reverse order, and only while
 * none of them was pushed. */
void virtq_unpop(struct virtq *q, const struct virtio_token *token);

/* Gives back a buffer that was taken from this queue since it was started. */
void virtq_push(struct virtq *q, const struct virtio_token *token, uint32_t written);

/* Whether the driver is to be interrupted for what was pushed since the last call. */
bool virtq_take_signal(struct virtq *q);

void virtq_want_notify(struct virtq *q, bool wanted);

/* A clause for messages: "a descriptor points outside of memory". */
const char *virtq_fault_text(enum virtq_fault fault);

#endif
