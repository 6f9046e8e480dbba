/* SPDX-License-Identifier: MIT */
/* The VirtIO block device (VirtIO 1.3 5.2) over a disk (host/disk/disk.h). Owns the requests in flight; guest memory is copied
 * on the machine's thread only, when a request is taken and when it completes. */
#ifndef MICROVM_VIRTIO_BLK_H
#define MICROVM_VIRTIO_BLK_H

#include "host/disk/disk.h"
#include "virtio/virtio.h"

struct virtio_blk;

/* The disk stays the caller's, who closes it; after that the device must not be polled or notified any more. NULL: out of
 * memory. */
struct virtio_blk *virtio_blk_create(struct disk *disk);
void virtio_blk_destroy(struct virtio_blk *blk);

/* What a transport carries. */
struct virtio_device virtio_blk_device(struct virtio_blk *blk);

/* Completes what the disk has done (or, under the virtual clock, what is due), takes waiting requests, interrupts the
 * guest. Cheap if there is nothing. To be called between slices, when disk_event_fd is readable and when
 * disk_next_deadline is reached. */
void virtio_blk_poll(struct virtio_blk *blk);

#endif
