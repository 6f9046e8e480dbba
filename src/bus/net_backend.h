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

/* What of a frame is left to others, as VirtIO's header says it (VirtIO 1.3 5.1.6), and Linux's taps. All zeros: nothing, and
 * nobody vouches for its checksums. */
enum { NET_NEEDS_CSUM = 1, NET_DATA_VALID = 2 };
enum { NET_GSO_NONE = 0, NET_GSO_TCPV4 = 1, NET_GSO_TCPV6 = 4, NET_GSO_ECN = 0x80 };
struct net_offload {
    uint8_t flags;
    uint8_t gso;                     /* the frame is to be cut into segments of this kind, */
    uint16_t header_bytes, gso_size; /* of so many bytes behind the header */
    uint16_t csum_start;             /* NET_NEEDS_CSUM: what is to be summed up begins here, */
    uint16_t csum_offset;            /* and the sum goes so far behind that, where the pseudo header's is */
};

/* Towards the host. False of a sending: it is the last for now; the card is told when to go on. */
struct net_backend {
    void *owner;
    /* Takes a frame of NET_HEADER_BYTES to NET_FRAME_LIMIT bytes whose checksums are complete; may call the sink. */
    bool (*send)(void *owner, const uint8_t *frame, size_t length);
    /* Instead, if it is not NULL: as the guest gave it; the sum that is needed lies within the frame. May change the frame. */
    bool (*send_offloaded)(void *owner, const struct net_offload *offload, uint8_t *frame, size_t length);
    /* No more frames follow at once. NULL: that is of no interest. */
    void (*flush)(void *owner);
    /* It is worth another try with a frame that was refused: the guest has new buffers, or does not listen any more. */
    void (*has_room)(void *owner);
};

enum net_guest_offload { NET_GUEST_CSUM = 1, NET_GUEST_TSO4 = 2, NET_GUEST_TSO6 = 4 };

/* Towards the guest. */
struct net_sink {
    void *owner;
    /* Takes a frame, or drops it if it is not for this guest, or nobody listens. False: there is no room; has_room is
     * called when it is worth another try. Checksums in the frame must be right. */
    bool (*receive)(void *owner, const uint8_t *frame, size_t length);
    /* The same of a frame of which that is left to the guest. What is not to be in `offloads` is done for it, or lost. */
    bool (*receive_offloaded)(void *owner, const struct net_offload *offload, const uint8_t *frame, size_t length);
    /* What the guest does itself: bits by enum net_guest_offload. */
    unsigned (*offloads)(void *owner);
    /* False: the guest has no buffer at all. */
    bool (*is_open)(void *owner);
    /* The longest IP packet that the guest takes, NET_ETHERNET_MTU at least. */
    uint32_t (*mtu)(void *owner);
};

#endif
