/* SPDX-License-Identifier: MIT */
/* The VirtIO socket device (VirtIO 1.3 5.10): carries packets between the guest and a backend, which knows of connections. What
 * there is no room for waits where it comes from. */
#ifndef MICROVM_VIRTIO_VSOCK_H
#define MICROVM_VIRTIO_VSOCK_H

#include "bus/vsock_backend.h"
#include "virtio/virtio.h"

struct virtio_vsock;

/* cid: the guest's context id, VSOCK_CID_FIRST to 2^32 - 2. The backend is copied. NULL: out of memory. */
struct virtio_vsock *virtio_vsock_create(const struct vsock_backend *backend, uint64_t cid);
void virtio_vsock_destroy(struct virtio_vsock *vsock);
struct virtio_device virtio_vsock_device(struct virtio_vsock *vsock);

/* Where packets for the guest go. */
struct vsock_sink virtio_vsock_sink(struct virtio_vsock *vsock);

/* The driver runs the device. */
bool virtio_vsock_is_listening(const struct virtio_vsock *vsock);

/* Offers what the backend has refused once more. Cheap if there is nothing; to be called between slices. */
void virtio_vsock_poll(struct virtio_vsock *vsock);

#endif
