/* SPDX-License-Identifier: MIT */
/* The VirtIO entropy device (VirtIO 1.3 5.4): fills the guest's buffers from a source that the machine gives. */
#ifndef MICROVM_VIRTIO_RNG_H
#define MICROVM_VIRTIO_RNG_H

#include <stddef.h>

#include "virtio/virtio.h"

/* Where the bytes come from: the host's generator, or one that starts from the run's seed. Fills the first bytes of
 * the buffer and returns their number; fewer than count only if the source fails. */
struct entropy_source {
    void *owner;
    size_t (*fill)(void *owner, uint8_t *bytes, size_t count);
};

struct virtio_rng;

/* The source is copied. NULL: out of memory. */
struct virtio_rng *virtio_rng_create(const struct entropy_source *source);
void virtio_rng_destroy(struct virtio_rng *rng);
struct virtio_device virtio_rng_device(struct virtio_rng *rng);

#endif
