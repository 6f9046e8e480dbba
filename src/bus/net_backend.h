/* SPDX-License-Identifier: MIT */
/* Between a network card and what is behind its cable: Ethernet frames without preamble and checksum, as bytes that are
 * valid during the call alone. Owns nothing. */
#ifndef MICROVM_BUS_NET_BACKEND_H
#define MICROVM_BUS_NET_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_HEADER_BYTES 14u
#define NET_ADDRESS_BYTES 6u
/* The longest IP packet on every Ethernet; the longest on ours, the greatest multiple of 16 that libslirp takes; and the
 * most that a frame may carry all the same (segmentation left to the device): an IP packet of any length. */
#define NET_ETHERNET_MTU 1500u
#define NET_JUMBO_MTU 65520u
#define NET_PAYLOAD_LIMIT 65535u
/* With a VLAN tag. */
#define NET_FRAME_LIMIT (NET_HEADER_BYTES + 4u + NET_PAYLOAD_LIMIT)

/* Towards the host. */
struct net_backend {
    void *owner;
    /* Takes a frame of NET_HEADER_BYTES to NET_FRAME_LIMIT bytes whose checksums are complete; may call the sink. */
    void (*send)(void *owner, const uint8_t *frame, size_t length);
    /* It is worth another try with a frame that was refused: the guest has new buffers, or does not listen any more. */
    void (*has_room)(void *owner);
};

/* Towards the guest. */
struct net_sink {
    void *owner;
    /* Takes a frame, or drops it if it is not for this guest, or nobody listens. False: there is no room; has_room is
     * called when it is worth another try. Checksums in the frame must be right. */
    bool (*receive)(void *owner, const uint8_t *frame, size_t length);
    /* False: the guest has no buffer at all. */
    bool (*is_open)(void *owner);
    /* The longest IP packet that the guest takes, NET_ETHERNET_MTU at least. */
    uint32_t (*mtu)(void *owner);
};

#endif
