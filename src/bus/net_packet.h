/* SPDX-License-Identifier: MIT */
/* Where the parts of a TCP segment are in its Ethernet frame, and its sums. Owns nothing. */
#ifndef MICROVM_BUS_NET_PACKET_H
#define MICROVM_BUS_NET_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NET_TYPE_IPV4 = 0x0800, NET_TYPE_IPV6 = 0x86dd, NET_TYPE_VLAN = 0x8100 };
enum { NET_PROTOCOL_ICMP = 1, NET_PROTOCOL_TCP = 6, NET_PROTOCOL_UDP = 17, NET_PROTOCOL_FRAGMENT = 44 };

/* Offsets of fields, and lengths of headers without options. */
enum {
    IPV4_LENGTH = 2,
    IPV4_ID = 4,
    IPV4_FRAGMENT = 6,
    IPV4_PROTOCOL = 9,
    IPV4_SUM = 10,
    IPV4_SOURCE = 12,
    IPV4_BYTES = 20
};
enum { IPV6_LENGTH = 4, IPV6_NEXT = 6, IPV6_SOURCE = 8, IPV6_BYTES = 40 };
enum { TCP_SEQUENCE = 4, TCP_OFFSET = 12, TCP_FLAGS = 13, TCP_WINDOW = 14, TCP_SUM = 16, TCP_BYTES = 20 };
enum { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_PSH = 0x08, TCP_ACK = 0x10, TCP_CWR = 0x80 };

/* The Internet checksum: the sum of big-endian 16-bit words and of `start`, carries added in, inverted. It is to be stored as
 * the host has it: sums do not depend on the order of bytes. */
uint16_t net_checksum(uint32_t start, const uint8_t *bytes, size_t count);

/* The sum of the pseudo header of a TCP segment of `length` bytes whose IP header is at ip, as `start` above. */
uint32_t net_pseudo_sum(const uint8_t *ip, bool ipv6, size_t length);

#endif
