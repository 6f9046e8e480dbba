/* SPDX-License-Identifier: MIT */
/* The line between a VirtIO device (blk, net, console, rng) and what carries it (transport_mmio): what a device
 * implements, and what it is given. Everything is called on the machine's thread. */
#ifndef MICROVM_VIRTIO_VIRTIO_H
#define MICROVM_VIRTIO_VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/state.h"
#include "virtio/chain.h"

/* Queues that a device may have at most, and bytes of its configuration space. */
#define VIRTIO_MAX_QUEUES 32u
#define VIRTIO_CONFIG_BYTES 256u

/* Feature bits that belong to queues and transports (VirtIO 1.3 6). All are offered by the transport; a device's
 * features() gives its own bits (0 to 23, 50 to 63) alone. */
#define VIRTIO_F_NOTIFY_ON_EMPTY 24
#define VIRTIO_F_ANY_LAYOUT 27
#define VIRTIO_F_INDIRECT_DESC 28
#define VIRTIO_F_EVENT_IDX 29
#define VIRTIO_F_VERSION_1 32
#define VIRTIO_F_RING_PACKED 34
#define VIRTIO_F_RING_RESET 40

struct virtio;

/* What a kind of device implements. Functions get the device's state; those marked optional may be NULL. */
struct virtio_class {
    const char *name;   /* "virtio-blk" */
    uint32_t device_id; /* VirtIO 1.3 5 */
    uint32_t config_bytes;

    /* Called once, before all others: v is what the functions below this table take. The transport outlives no device:
     * it is destroyed first, and the device must not use v afterwards. */
    void (*attach)(void *state, struct virtio *v);

    /* The device's own feature bits. */
    uint64_t (*features)(void *state);

    /* The most entries of a queue: a power of two up to VIRTIO_QUEUE_LIMIT, or 0: no such queue. */
    uint16_t (*queue_size)(void *state, unsigned queue);

    /* Fills in the configuration space, little-endian; bytes come zeroed. Optional. No side effects. */
    void (*config)(void *state, uint8_t bytes[VIRTIO_CONFIG_BYTES]);

    /* The driver wrote the 32-bit word at offset (a multiple of 4): narrower writes arrive merged with what config()
     * gives, a word that does not change is not reported. Optional. */
    void (*config_write)(void *state, uint32_t offset, uint32_t value);

    /* There may be new buffers in the queue, which is live. Also called for each queue when the driver is ready. */
    void (*notify)(void *state, unsigned queue);

    /* The queue was stopped: nothing taken from it may be touched from now on. Buffers that the device still holds are
     * dead (virtio_alive says no, virtio_push does nothing). Optional. */
    void (*stop_queue)(void *state, unsigned queue);

    /* Device reset, by the driver or the machine: all queues are stopped already. */
    void (*reset)(void *state);

    /* What of the device's state must be kept beside the transport's. */
    const struct state_table *saved;
    const struct state_blob *blob; /* NULL: the rows are all */
};

struct virtio_device {
    const struct virtio_class *class;
    void *state;
};

/* For devices. */

/* Guest RAM, for the virtio_chain functions. */
const struct guest_mem *virtio_memory(const struct virtio *v);

/* True if the driver accepted the feature bit (0 to 63). */
bool virtio_has(const struct virtio *v, unsigned bit);

/* Takes the next buffer. False: there is none, or the queue is not live, or the guest made a mistake, which sets
 * DEVICE_NEEDS_RESET. At most queue-size buffers are out at any time. */
bool virtio_pop(struct virtio *v, unsigned queue, struct virtio_chain *chain);

/* Takes the latest virtio_pop of a queue back, as if it had never been: several in reverse order, none of them pushed. For a
 * device that has no room yet for what the driver offers. Nothing happens if it is dead. */
void virtio_unpop(struct virtio *v, const struct virtio_token *token);

/* True if virtio_pop would find something. */
bool virtio_available(struct virtio *v, unsigned queue);

/* False: the queue was stopped or reset since the buffer was taken; its memory is the guest's again. Whoever completes
 * a request later than in notify asks before touching the guest's memory. */
bool virtio_alive(const struct virtio *v, const struct virtio_token *token);

/* Gives a buffer back; written: bytes written, from the first writable one on. Each taken buffer is given back once.
 * Nothing happens if it is dead. Interrupts come from virtio_signal. */
void virtio_push(struct virtio *v, const struct virtio_token *token, uint32_t written);

/* Interrupts the driver if it wants to know of what was pushed since the last call. Call after a batch of pushes. */
void virtio_signal(struct virtio *v, unsigned queue);

/* Whether the driver should notify of new buffers in the queue (it does at first). A hint: notify may come all the
 * same. Where notification is wanted, it is sure to come only after virtio_pop found nothing: a device that stops
 * taking buffers before looks again by itself. */
void virtio_want_notify(struct virtio *v, unsigned queue, bool wanted);

/* The configuration space changed by itself: generation and interrupt. */
void virtio_config_changed(struct virtio *v);

/* The guest broke the device's rules beyond repair: DEVICE_NEEDS_RESET, and one line for the user that says why. No
 * queue is live until the driver resets the device. */
void virtio_fail(struct virtio *v, const char *why);

#endif
