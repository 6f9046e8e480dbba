/* SPDX-License-Identifier: MIT */
/* The VirtIO network card (VirtIO 1.3 5.1) with one pair of queues and a control queue. Owns its filter; frames that wait
 * do so in the backend. */
#ifndef MICROVM_VIRTIO_NET_H
#define MICROVM_VIRTIO_NET_H

#include "bus/net_backend.h"
#include "virtio/virtio.h"

struct virtio_net;

/* backend is copied; the guest is offered the mtu (the longest IP packet, at most NET_PAYLOAD_LIMIT). The link is up. NULL:
 * out of memory. */
struct virtio_net *virtio_net_create(const struct net_backend *backend, const uint8_t address[NET_ADDRESS_BYTES],
                                     uint32_t mtu);
void virtio_net_destroy(struct virtio_net *net);
struct virtio_device virtio_net_device(struct virtio_net *net);

/* The guest's side, for the backend. */
struct net_sink virtio_net_sink(struct virtio_net *net);

/* The cable is plugged in or not: the driver is told of a change. While it is out nothing is received. */
void virtio_net_set_link(struct virtio_net *net, bool up);
bool virtio_net_link(const struct virtio_net *net);

/* The backend has taken no more frames since its send said so; it does again. */
bool virtio_net_is_stalled(const struct virtio_net *net);
void virtio_net_go_on(struct virtio_net *net);

#endif
