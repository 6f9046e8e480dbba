/* SPDX-License-Identifier: MIT */
#include "host/net/net_frame.h"

#include <string.h>

#include "base/big_endian.h"
#include "bus/net_packet.h"

#define IPV4_MORE_FRAGMENTS 0x2000u
#define IPV4_OFFSET_MASK 0x1fffu
#define FRAGMENT_HEADER_BYTES 8u
/* DHCP is the network's own, and takes no socket. */
#define PORT_DHCP 67

static unsigned frame_type(const uint8_t *frame)
{
    return big_get16(frame + 12);
}

/* An IPv4 header's length in the frame; 0: there is no whole one. */
static size_t ipv4_header(const uint8_t *packet, size_t length)
{
    size_t bytes = length >= IPV4_BYTES ? (size_t)(packet[0] & 15) * 4 : 0;
    return bytes >= IPV4_BYTES && bytes <= length ? bytes : 0;
}

/* A packet being cut: what stands before each piece of its payload, and what is left. */
struct cut {
    const uint8_t *payload;
    size_t left;
    size_t offset; /* of payload in the whole packet's */
    size_t header; /* bytes before the payload, Ethernet's too */
    bool more;     /* the packet is no last fragment itself */
    uint8_t frame[NET_HEADER_BYTES + NET_ETHERNET_MTU];
};

static void finish_ipv4(struct cut *cut, size_t piece, bool more)
{
    uint8_t *packet = cut->frame + NET_HEADER_BYTES;
    size_t header = cut->header - NET_HEADER_BYTES;
    big_put16(packet + 2, (unsigned)(header + piece));
    big_put16(packet + 6, (unsigned)(cut->offset / 8) | (more ? IPV4_MORE_FRAGMENTS : 0));
    big_put16(packet + 10, 0);
    uint32_t sum = 0;
    for (size_t i = 0; i < header; i += 2)
        sum += big_get16(packet + i);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    big_put16(packet + 10, ~sum & 0xffff);
}

static void finish_ipv6(struct cut *cut, size_t piece, bool more)
{
    uint8_t *packet = cut->frame + NET_HEADER_BYTES;
    big_put16(packet + 4, (unsigned)(FRAGMENT_HEADER_BYTES + piece));
    big_put16(packet + IPV6_BYTES + 2, (unsigned)cut->offset | more);
}

static void cut_all(struct cut *cut, uint32_t mtu, void (*finish)(struct cut *cut, size_t piece, bool more),
                    void (*take)(void *owner, const uint8_t *frame, size_t length), void *owner)
{
    size_t most = (NET_HEADER_BYTES + mtu - cut->header) & ~(size_t)7;
    while (cut->left != 0) {
        size_t piece = cut->left < most ? cut->left : most;
        memcpy(cut->frame + cut->header, cut->payload, piece);
        finish(cut, piece, cut->more || piece < cut->left);
        take(owner, cut->frame, cut->header + piece);
        cut->payload += piece;
        cut->offset += piece;
        cut->left -= piece;
    }
}

/* Options are copied to every fragment: those that are not to be are none that a host sends to itself. */
static bool begin_ipv4(struct cut *cut, const uint8_t *frame, size_t length)
{
    const uint8_t *packet = frame + NET_HEADER_BYTES;
    size_t header = ipv4_header(packet, length - NET_HEADER_BYTES);
    if (header == 0)
        return false;
    size_t total = big_get16(packet + 2);
    if (total <= header || total > length - NET_HEADER_BYTES)
        return false;
    cut->header = NET_HEADER_BYTES + header;
    cut->payload = packet + header;
    cut->left = total - header;
    cut->offset = (size_t)(big_get16(packet + 6) & IPV4_OFFSET_MASK) * 8;
    cut->more = (big_get16(packet + 6) & IPV4_MORE_FRAGMENTS) != 0;
    memcpy(cut->frame, frame, cut->header);
    return true;
}

/* The fragment header goes between the IPv6 header and whatever follows it. */
static bool begin_ipv6(struct cut *cut, const uint8_t *frame, size_t length, uint32_t identification)
{
    const uint8_t *packet = frame + NET_HEADER_BYTES;
    if (length < NET_HEADER_BYTES + IPV6_BYTES || packet[6] == NET_PROTOCOL_FRAGMENT)
        return false;
    size_t payload = big_get16(packet + 4);
    if (payload > length - NET_HEADER_BYTES - IPV6_BYTES)
        return false;
    memcpy(cut->frame, frame, NET_HEADER_BYTES + IPV6_BYTES);
    uint8_t *fragment = cut->frame + NET_HEADER_BYTES + IPV6_BYTES;
    memset(fragment, 0, FRAGMENT_HEADER_BYTES);
    fragment[0] = packet[6];
    big_put16(fragment + 4, identification >> 16);
    big_put16(fragment + 6, identification & 0xffff);
    cut->frame[NET_HEADER_BYTES + 6] = NET_PROTOCOL_FRAGMENT;
    cut->header = NET_HEADER_BYTES + IPV6_BYTES + FRAGMENT_HEADER_BYTES;
    cut->payload = packet + IPV6_BYTES;
    cut->left = payload;
    return true;
}

void net_frame_cut(const uint8_t *frame, size_t length, uint32_t mtu, uint32_t identification,
                   void (*take)(void *owner, const uint8_t *frame, size_t length), void *owner)
{
    if (length <= NET_HEADER_BYTES + mtu) {
        take(owner, frame, length);
        return;
    }
    struct cut cut = {0};
    mtu = mtu < NET_ETHERNET_MTU ? mtu : NET_ETHERNET_MTU;
    if (frame_type(frame) == NET_TYPE_IPV4 && begin_ipv4(&cut, frame, length))
        cut_all(&cut, mtu, finish_ipv4, take, owner);
    else if (frame_type(frame) == NET_TYPE_IPV6 && begin_ipv6(&cut, frame, length, identification))
        cut_all(&cut, mtu, finish_ipv6, take, owner);
}

static enum net_frame_kind segment_kind(unsigned protocol, const uint8_t *segment, size_t length)
{
    if (protocol == NET_PROTOCOL_TCP)
        return length >= 14 && (segment[13] & (TCP_SYN | TCP_ACK)) == TCP_SYN ? NET_FRAME_CONNECTS : NET_FRAME_ORDINARY;
    if (protocol == NET_PROTOCOL_UDP)
        return length >= 4 && big_get16(segment + 2) == PORT_DHCP ? NET_FRAME_ORDINARY : NET_FRAME_DATAGRAM;
    return protocol == NET_PROTOCOL_ICMP ? NET_FRAME_DATAGRAM : NET_FRAME_ORDINARY;
}

/* Behind IPv6's extension headers libslirp does not look either. */
enum net_frame_kind net_frame_kind(const uint8_t *frame, size_t length)
{
    const uint8_t *packet = frame + NET_HEADER_BYTES;
    size_t bytes = length - NET_HEADER_BYTES;
    if (frame_type(frame) == NET_TYPE_IPV6 && bytes >= IPV6_BYTES)
        return segment_kind(packet[6], packet + IPV6_BYTES, bytes - IPV6_BYTES);
    size_t header = frame_type(frame) == NET_TYPE_IPV4 ? ipv4_header(packet, bytes) : 0;
    return header != 0 ? segment_kind(packet[9], packet + header, bytes - header) : NET_FRAME_ORDINARY;
}
