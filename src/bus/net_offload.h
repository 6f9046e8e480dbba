/* SPDX-License-Identifier: MIT */
/* The work that a guest leaves to its network card: checksums, and cutting long TCP segments. Owns nothing. */
#ifndef MICROVM_BUS_NET_OFFLOAD_H
#define MICROVM_BUS_NET_OFFLOAD_H

#include "bus/net_backend.h"

/* True: the sum that is needed, if one is, lies within a frame of that length. */
bool net_offload_is_legal(const struct net_offload *offload, size_t length);

/* Writes the sum into the frame; the offload is legal. */
void net_offload_complete(const struct net_offload *offload, uint8_t *frame, size_t length);

/* Segments shorter than this are none that a TCP makes, and would be too many. */
#define NET_GSO_LEAST 48u

/* Cuts a frame whose gso is not NET_GSO_NONE, and gives each segment, complete, to take(owner): false of it does not end the
 * cutting. The frame is used up. False: its headers are not those of such a frame, and nothing was taken. */
bool net_offload_cut(const struct net_offload *offload, uint8_t *frame, size_t length,
                     bool (*take)(void *owner, const uint8_t *segment, size_t length), void *owner);

#endif
