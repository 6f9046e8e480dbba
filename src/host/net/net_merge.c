/* SPDX-License-Identifier: MIT */
/* Only what cutting would make again byte by byte is merged, but for the sums, which have been found right. */
#include "host/net/net_merge.h"

#include <string.h>

#include "base/big_endian.h"
#include "bus/net_offload.h"
#include "bus/net_packet.h"

#define IPV4_DONT_FRAGMENT 0x4000u
#define IPV4_VERSION_AND_LENGTH 0x45
#define IPV6_VERSION 0x60

struct segment {
    bool ipv6;
    size_t tcp, payload, bytes; /* of payload */
};

static bool find_ipv4(const uint8_t *ip, size_t bytes, struct segment *segment)
{
    segment->tcp = NET_HEADER_BYTES + IPV4_BYTES;
    return bytes >= IPV4_BYTES && ip[0] == IPV4_VERSION_AND_LENGTH && ip[IPV4_PROTOCOL] == NET_PROTOCOL_TCP &&
           big_get16(ip + IPV4_LENGTH) == bytes && (big_get16(ip + IPV4_FRAGMENT) & ~IPV4_DONT_FRAGMENT) == 0 &&
           net_checksum(0, ip, IPV4_BYTES) == 0;
}

static bool find_ipv6(const uint8_t *ip, size_t bytes, struct segment *segment)
{
    segment->tcp = NET_HEADER_BYTES + IPV6_BYTES;
    return bytes >= IPV6_BYTES && (ip[0] & 0xf0) == IPV6_VERSION && ip[IPV6_NEXT] == NET_PROTOCOL_TCP &&
           big_get16(ip + IPV6_LENGTH) == bytes - IPV6_BYTES;
}

/* A segment with data and none of the flags that mean more than that; its sums are right. */
static bool find_segment(const uint8_t *frame, size_t length, struct segment *segment)
{
    const uint8_t *ip = frame + NET_HEADER_BYTES;
    unsigned type = big_get16(frame + 12);
    segment->ipv6 = type == NET_TYPE_IPV6;
    if (type != NET_TYPE_IPV4 && type != NET_TYPE_IPV6)
        return false;
    if (!(segment->ipv6 ? find_ipv6 : find_ipv4)(ip, length - NET_HEADER_BYTES, segment))
        return false;
    const uint8_t *tcp = frame + segment->tcp;
    if (segment->tcp + TCP_BYTES > length || (tcp[TCP_FLAGS] & ~TCP_PSH) != TCP_ACK)
        return false;
    segment->payload = segment->tcp + (size_t)(tcp[TCP_OFFSET] >> 4) * 4;
    if (segment->payload < segment->tcp + TCP_BYTES || segment->payload >= length)
        return false;
    segment->bytes = length - segment->payload;
    size_t summed = length - segment->tcp;
    return net_checksum(net_pseudo_sum(ip, segment->ipv6, summed), tcp, summed) == 0;
}

void net_merge_begin(struct net_merge *merge, unsigned kinds, const uint8_t *frame, size_t length)
{
    struct segment segment;
    *merge = (struct net_merge){0};
    if ((kinds & NET_GUEST_CSUM) == 0 || !find_segment(frame, length, &segment))
        return;
    merge->ipv6 = segment.ipv6;
    merge->ip = NET_HEADER_BYTES;
    merge->tcp = segment.tcp;
    merge->payload = segment.payload;
    merge->segment_bytes = segment.bytes;
    merge->segments = 1;
    merge->open = segment.bytes >= NET_GSO_LEAST && (kinds & (segment.ipv6 ? NET_GUEST_TSO6 : NET_GUEST_TSO4)) != 0 &&
                  (frame[segment.tcp + TCP_FLAGS] & TCP_PSH) == 0;
}

static bool equals(const uint8_t *a, const uint8_t *b, size_t from, size_t to)
{
    return memcmp(a + from, b + from, to - from) == 0;
}

/* Addresses, ports, acknowledgement, window, options and so on are the same; lengths, sums, sequence, flags are not, and IPv4's
 * identification, which counts on or not. */
static bool is_same_flow(const struct net_merge *merge, const uint8_t *a, const uint8_t *b)
{
    size_t ip = merge->ip, tcp = merge->tcp;
    if (merge->ipv6 ? !equals(a, b, 0, ip + IPV6_LENGTH) || !equals(a, b, ip + IPV6_NEXT, tcp)
                    : !equals(a, b, 0, ip + IPV4_LENGTH) || !equals(a, b, ip + IPV4_FRAGMENT, ip + IPV4_SUM) ||
                          !equals(a, b, ip + IPV4_SOURCE, tcp))
        return false;
    return equals(a, b, tcp, tcp + TCP_SEQUENCE) && equals(a, b, tcp + TCP_SEQUENCE + 4, tcp + TCP_FLAGS) &&
           equals(a, b, tcp + TCP_WINDOW, tcp + TCP_SUM) && equals(a, b, tcp + TCP_SUM + 2, merge->payload);
}

bool net_merge_add(struct net_merge *merge, uint8_t *frame, size_t *length, const uint8_t *next, size_t next_length)
{
    struct segment segment;
    size_t done = *length - merge->payload;
    if (!merge->open || next_length <= merge->payload || next_length - merge->payload > merge->segment_bytes)
        return false;
    size_t piece = next_length - merge->payload;
    if (*length + piece > NET_HEADER_BYTES + NET_PAYLOAD_LIMIT || !is_same_flow(merge, frame, next))
        return false;
    if (big_get32(next + merge->tcp + TCP_SEQUENCE) != big_get32(frame + merge->tcp + TCP_SEQUENCE) + (uint32_t)done)
        return false;
    if (!find_segment(next, next_length, &segment) || segment.payload != merge->payload)
        return false;
    memcpy(frame + *length, next + merge->payload, piece);
    *length += piece;
    merge->segments++;
    frame[merge->tcp + TCP_FLAGS] |= next[merge->tcp + TCP_FLAGS];
    merge->open = piece == merge->segment_bytes && (next[merge->tcp + TCP_FLAGS] & TCP_PSH) == 0;
    return true;
}

void net_merge_end(const struct net_merge *merge, uint8_t *frame, size_t length, struct net_offload *offload)
{
    uint8_t *ip = frame + merge->ip, *tcp = frame + merge->tcp;
    if (merge->segments == 1)
        offload->flags = NET_DATA_VALID;
    if (merge->segments < 2)
        return;
    big_put16(ip + (merge->ipv6 ? (int)IPV6_LENGTH : (int)IPV4_LENGTH),
              (unsigned)(length - (merge->ipv6 ? merge->tcp : merge->ip)));
    if (!merge->ipv6) {
        big_put16(ip + IPV4_SUM, 0);
        uint16_t sum = net_checksum(0, ip, IPV4_BYTES);
        memcpy(ip + IPV4_SUM, &sum, sizeof sum);
    }
    uint16_t pseudo = (uint16_t)net_pseudo_sum(ip, merge->ipv6, length - merge->tcp);
    memcpy(tcp + TCP_SUM, &pseudo, sizeof pseudo);
    *offload = (struct net_offload){
        .flags = NET_NEEDS_CSUM,
        .gso = merge->ipv6 ? NET_GSO_TCPV6 : NET_GSO_TCPV4,
        .header_bytes = (uint16_t)merge->payload,
        .gso_size = (uint16_t)merge->segment_bytes,
        .csum_start = (uint16_t)merge->tcp,
        .csum_offset = TCP_SUM,
    };
}
