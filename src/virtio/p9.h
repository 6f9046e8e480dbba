/* SPDX-License-Identifier: MIT */
/* The VirtIO 9P transport (device 9; the name of the share is its configuration, as Linux's 9pnet_virtio has it) over a share
 * (share/share.h). Owns the requests in flight: the message is copied when it is taken, the answer when it comes. */
#ifndef MICROVM_VIRTIO_P9_H
#define MICROVM_VIRTIO_P9_H

#include "share/share.h"
#include "virtio/virtio.h"

struct virtio_p9;

/* The share stays the caller's. NULL: out of memory. */
struct virtio_p9 *virtio_p9_create(struct share *share);
void virtio_p9_destroy(struct virtio_p9 *p9);

/* What a transport carries. */
struct virtio_device virtio_p9_device(struct virtio_p9 *p9);

/* Gives the guest the answers that are there, takes requests that wait. Cheap if there is nothing. To be called between slices. */
void virtio_p9_poll(struct virtio_p9 *p9);

#endif
