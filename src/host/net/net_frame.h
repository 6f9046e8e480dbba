/* SPDX-License-Identifier: MIT */
/* What a network does with the frames of a card: cutting packets that are too long for its guest, and seeing which would
 * have the host open a socket. Owns nothing. */
#ifndef MICROVM_HOST_NET_NET_FRAME_H
#define MICROVM_HOST_NET_NET_FRAME_H

#include "bus/net_backend.h"

/* Gives a frame, whose IP packet may be longer than mtu, to take(owner): whole if it fits, else in fragments (RFC 791,
 * RFC 8200 4.5; identification tells those of an IPv6 packet from another's). What may not be cut is dropped. */
void net_frame_cut(const uint8_t *frame, size_t length, uint32_t mtu, uint32_t identification,
                   void (*take)(void *owner, const uint8_t *frame, size_t length), void *owner);

/* Kinds of frames by what they may cost the host. */
enum net_frame_kind {
    NET_FRAME_ORDINARY,
    NET_FRAME_CONNECTS, /* begins a TCP connection */
    NET_FRAME_DATAGRAM  /* may be the first of its flow: UDP, ICMP echo */
};

enum net_frame_kind net_frame_kind(const uint8_t *frame, size_t length);

#endif
