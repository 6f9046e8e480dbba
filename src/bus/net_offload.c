/* SPDX-License-Identifier: MIT */
/* Segments are cut in place: each gets its header right before its payload, over what was sent already. */
#include "bus/net_offload.h"

#include <string.h>

#include "base/big_endian.h"
#include "bus/net_packet.h"

#define VLAN_BYTES 4u
#define HEADERS_LIMIT 256u

bool net_offload_is_legal(const struct net_offload *offload, size_t length)
{
    size_t start = offload->csum_start, place = start + offload->csum_offset;
    return (offload->flags & NET_NEEDS_CSUM) == 0 || (start <= length && place + 2 <= length);
}

/* VirtIO 1.3 5.1.6.2: the field holds the sum of the pseudo header. A sum of zero is written as its other form, since UDP
 * means "none" by zero. */
void net_offload_complete(const struct net_offload *offload, uint8_t *frame, size_t length)
{
    size_t start = offload->csum_start;
    if ((offload->flags & NET_NEEDS_CSUM) == 0)
        return;
    uint16_t sum = net_checksum(0, frame + start, length - start);
    if (sum == 0)
        sum = 0xffff;
    memcpy(frame + start + offload->csum_offset, &sum, sizeof sum);
}

struct cut {
    bool ipv6;
    size_t ip, tcp, payload; /* where they begin */
    uint32_t length;         /* of the TCP segment, header and payload */
    uint8_t headers[HEADERS_LIMIT];
};

/* A segment needs its sum, so that csum_start says where TCP begins, whatever IPv6 headers stand before it. */
static bool find_headers(struct cut *cut, const struct net_offload *offload, const uint8_t *frame, size_t length)
{
    size_t type = big_get16(frame + 12) == NET_TYPE_VLAN ? 12 + VLAN_BYTES : 12;
    cut->ipv6 = (offload->gso & ~NET_GSO_ECN) == NET_GSO_TCPV6;
    cut->ip = type + 2;
    cut->tcp = offload->csum_start;
    if ((offload->flags & NET_NEEDS_CSUM) == 0 || offload->csum_offset != TCP_SUM || offload->gso_size < NET_GSO_LEAST)
        return false;
    if (cut->tcp < cut->ip + (cut->ipv6 ? IPV6_BYTES : IPV4_BYTES) || cut->tcp + TCP_BYTES > length)
        return false;
    if (big_get16(frame + type) != (cut->ipv6 ? NET_TYPE_IPV6 : NET_TYPE_IPV4))
        return false;
    if (!cut->ipv6 && cut->tcp - cut->ip != (size_t)(frame[cut->ip] & 15) * 4)
        return false;
    size_t header = (size_t)(frame[cut->tcp + TCP_OFFSET] >> 4) * 4;
    cut->payload = cut->tcp + header;
    cut->length = (uint32_t)(length - cut->tcp);
    return header >= TCP_BYTES && cut->payload <= length && cut->payload <= HEADERS_LIMIT;
}

static void write_ip(const struct cut *cut, uint8_t *segment, size_t bytes, unsigned number)
{
    uint8_t *ip = segment + cut->ip;
    if (cut->ipv6) {
        big_put16(ip + IPV6_LENGTH, (unsigned)(bytes - cut->ip - IPV6_BYTES));
        return;
    }
    big_put16(ip + IPV4_LENGTH, (unsigned)(bytes - cut->ip));
    big_put16(ip + IPV4_ID, (big_get16(ip + IPV4_ID) + number) & 0xffff);
    big_put16(ip + IPV4_SUM, 0);
    uint16_t sum = net_checksum(0, ip, cut->tcp - cut->ip);
    memcpy(ip + IPV4_SUM, &sum, sizeof sum);
}

/* The field holds the sum of a pseudo header with the whole's length, which makes room for the segment's. */
static void write_tcp(const struct cut *cut, uint8_t *segment, size_t bytes, size_t done, bool last)
{
    uint8_t *tcp = segment + cut->tcp;
    big_put32(tcp + TCP_SEQUENCE, big_get32(tcp + TCP_SEQUENCE) + (uint32_t)done);
    tcp[TCP_FLAGS] &= (uint8_t) ~((last ? 0 : TCP_FIN | TCP_PSH) | (done == 0 ? 0 : TCP_CWR));
    uint32_t sum = big_get16(tcp + TCP_SUM) + (~cut->length & 0xffff) + (uint32_t)(bytes - cut->tcp);
    sum = (sum & 0xffff) + (sum >> 16);
    big_put16(tcp + TCP_SUM, (sum & 0xffff) + (sum >> 16));
    uint16_t complete = net_checksum(0, tcp, bytes - cut->tcp);
    memcpy(tcp + TCP_SUM, &complete, sizeof complete);
}

bool net_offload_cut(const struct net_offload *offload, uint8_t *frame, size_t length,
                     bool (*take)(void *owner, const uint8_t *segment, size_t length), void *owner)
{
    struct cut cut;
    if (!find_headers(&cut, offload, frame, length))
        return false;
    size_t whole = length - cut.payload, done = 0;
    unsigned number = 0;
    memcpy(cut.headers, frame, cut.payload);
    do {
        size_t piece = whole - done < offload->gso_size ? whole - done : offload->gso_size;
        size_t bytes = cut.payload + piece;
        uint8_t *segment = frame + done;
        memcpy(segment, cut.headers, cut.payload);
        write_ip(&cut, segment, bytes, number++);
        write_tcp(&cut, segment, bytes, done, done + piece == whole);
        take(owner, segment, bytes);
        done += piece;
    } while (done < whole);
    return true;
}
