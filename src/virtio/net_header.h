/* SPDX-License-Identifier: MIT */
/* The header before each frame in a network card's buffers (VirtIO 1.3 5.1.6). Owns nothing. */
#ifndef MICROVM_VIRTIO_NET_HEADER_H
#define MICROVM_VIRTIO_NET_HEADER_H

#include "bus/net_backend.h"

/* Drivers of before have the short one, which lacks num_buffers, unless they merge. */
#define VIRTIO_NET_HEADER_BYTES_SHORT 10u
#define VIRTIO_NET_HEADER_BYTES 12u
#define VIRTIO_NET_HEADER_NUM_BUFFERS 10u

/* What the driver asks for; that it may is not looked at. */
struct net_offload virtio_net_header_read(const uint8_t *header);

/* All but num_buffers. */
void virtio_net_header_write(const struct net_offload *offload, uint8_t *header);

#endif
