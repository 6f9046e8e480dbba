/* SPDX-License-Identifier: MIT */
#include "virtio/net_header.h"

#include "base/little_endian.h"

enum { FLAGS = 0, GSO = 1, LENGTH = 2, GSO_SIZE = 4, CSUM_START = 6, CSUM_OFFSET = 8 };

struct net_offload virtio_net_header_read(const uint8_t *header)
{
    return (struct net_offload){
        .flags = header[FLAGS],
        .gso = header[GSO],
        .header_bytes = (uint16_t)little_get(header + LENGTH, 2),
        .gso_size = (uint16_t)little_get(header + GSO_SIZE, 2),
        .csum_start = (uint16_t)little_get(header + CSUM_START, 2),
        .csum_offset = (uint16_t)little_get(header + CSUM_OFFSET, 2),
    };
}

void virtio_net_header_write(const struct net_offload *offload, uint8_t *header)
{
    header[FLAGS] = offload->flags;
    header[GSO] = offload->gso;
    little_put(header + LENGTH, 2, offload->header_bytes);
    little_put(header + GSO_SIZE, 2, offload->gso_size);
    little_put(header + CSUM_START, 2, offload->csum_start);
    little_put(header + CSUM_OFFSET, 2, offload->csum_offset);
}
