/* SPDX-License-Identifier: MIT */
/* The VirtIO memory balloon (VirtIO 1.3 5.5): memory that the guest gives away (inflating), or says that it does not use (reporting), goes
 * back to the host. Nothing has to be taken back: a page that the guest uses again gets memory then. */
#ifndef MICROVM_VIRTIO_BALLOON_H
#define MICROVM_VIRTIO_BALLOON_H

#include "bus/time_source.h"
#include "virtio/virtio.h"

/* VirtIO 1.3 5.5.6.4, by tag. */
#define VIRTIO_BALLOON_STATS 10u
enum { VIRTIO_BALLOON_FREE = 4, VIRTIO_BALLOON_TOTAL = 5, VIRTIO_BALLOON_AVAILABLE = 6 };

struct virtio_balloon_stats {
    uint64_t values[VIRTIO_BALLOON_STATS];
    uint16_t known; /* a bit for each that the driver gives */
    uint64_t ticks; /* guest time when it gave them */
};

struct virtio_balloon;

/* The time source is copied. NULL: out of memory. */
struct virtio_balloon *virtio_balloon_create(const struct time_source *time);
void virtio_balloon_destroy(struct virtio_balloon *balloon);
struct virtio_device virtio_balloon_device(struct virtio_balloon *balloon);

/* What the guest is to give away, in pages of 4 KiB. */
void virtio_balloon_set_target(struct virtio_balloon *balloon, uint32_t pages);

/* Has the driver send its statistics; they come when the guest runs. */
void virtio_balloon_ask(struct virtio_balloon *balloon);

struct virtio_balloon_view {
    bool driven;                       /* a driver runs it, */
    bool reports;                      /* and says which pages are free */
    uint32_t target, actual;           /* pages */
    uint64_t inflated, reported;       /* bytes that the host has got back, in all */
    struct virtio_balloon_stats stats; /* known 0: none yet */
};
void virtio_balloon_look(const struct virtio_balloon *balloon, struct virtio_balloon_view *view);

#endif
