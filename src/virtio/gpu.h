/* SPDX-License-Identifier: MIT */
/* The VirtIO graphics card (VirtIO 1.3 5.7) in two dimensions: up to four heads with a display each. Owns the guest's
 * resources; the displays are the machine's. */
#ifndef MICROVM_VIRTIO_GPU_H
#define MICROVM_VIRTIO_GPU_H

#include "virtio/edid.h"
#include "virtio/gpu_head.h"
#include "virtio/virtio.h"

#define VIRTIO_GPU_HEADS 4u
/* The least and the greatest width and height that a user may want of a head. */
#define VIRTIO_GPU_SIZE_LEAST 64u
#define VIRTIO_GPU_SIZE_MOST EDID_SIZE_LIMIT

struct virtio_gpu;

struct virtio_gpu_options {
    unsigned heads;
    uint32_t width, height; /* of each head until the user wants another */
    struct display *displays[VIRTIO_GPU_HEADS];
    struct gpu_head_owner owner; /* of what else the displays show */
};

/* options are copied. NULL: out of memory. */
struct virtio_gpu *virtio_gpu_create(const struct virtio_gpu_options *options);
void virtio_gpu_destroy(struct virtio_gpu *gpu);
struct virtio_device virtio_gpu_device(struct virtio_gpu *gpu);

/* The user wants a head to have another size: the driver is told, and sets it if it likes. A size beyond the limits is brought within
 * them; a head that is not there is ignored. */
void virtio_gpu_resize(struct virtio_gpu *gpu, unsigned head, uint32_t width, uint32_t height);

/* Between any two turns of the harts: goes on with what was too much for the last one. */
void virtio_gpu_go_on(struct virtio_gpu *gpu);
/* The next turn has work to do already. */
bool virtio_gpu_has_more(const struct virtio_gpu *gpu);

/* Draws what has changed on a head's display, of which gpu_head_owner was told. */
void virtio_gpu_draw(struct virtio_gpu *gpu, unsigned head);

/* For an onlooker. */
struct virtio_gpu_look {
    const struct gpu_head *head;
    const struct gpu_resource *resource; /* that it shows; NULL: none */
    unsigned resources;                  /* of the whole card */
    uint64_t bytes;                      /* that they take */
};
/* head is one of the card's. */
void virtio_gpu_look(const struct virtio_gpu *gpu, unsigned head, struct virtio_gpu_look *look);

#endif
