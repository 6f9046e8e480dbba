/* SPDX-License-Identifier: MIT */
/* Segments of one TCP connection that arrive one behind the other become a long one, which a guest takes in one piece: the opposite
 * of net_offload_cut. Owns nothing. */
#ifndef MICROVM_HOST_NET_NET_MERGE_H
#define MICROVM_HOST_NET_NET_MERGE_H

#include "bus/net_backend.h"

/* About a frame that grows. */
struct net_merge {
    bool open; /* more may be appended */
    bool ipv6;
    size_t ip, tcp, payload; /* where they begin */
    size_t segment_bytes;    /* payload of each but the last */
    unsigned segments;       /* 0: it is no segment whose sum is right */
};

/* Looks at a frame whose offload is all zeros. kinds: what the guest takes (enum net_guest_offload). */
void net_merge_begin(struct net_merge *merge, unsigned kinds, const uint8_t *frame, size_t length);

/* Appends a segment that follows the frame's last; `frame` has room for NET_FRAME_LIMIT bytes. False: it does not, or belongs
 * elsewhere, and nothing has changed. */
bool net_merge_add(struct net_merge *merge, uint8_t *frame, size_t *length, const uint8_t *next, size_t next_length);

/* Makes headers and offload those of the whole. */
void net_merge_end(const struct net_merge *merge, uint8_t *frame, size_t length, struct net_offload *offload);

#endif
