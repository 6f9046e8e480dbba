/* SPDX-License-Identifier: MIT */
/* The way of frames from a descriptor to the guest: what is of one TCP connection is merged, what the guest refuses waits here, and those behind it in the host.
 * Owns two frames' copies. */
#ifndef MICROVM_HOST_NET_NET_INBOX_H
#define MICROVM_HOST_NET_NET_INBOX_H

#include <sys/types.h>

#include "bus/net_backend.h"

/* A frame for which the guest's buffers do not suffice gives way after so long. */
#define NET_PATIENCE_NS UINT64_C(1000000000)

struct net_inbox {
    struct net_sink sink;
    uint64_t refused_ns; /* since when the first waits; 0: it was not refused yet */
    bool more;           /* there was more to read than a call reads */
    /* The frame for the guest, which grows by what follows it, and the next one. */
    struct net_inbox_frame {
        size_t length; /* 0: there is none */
        struct net_offload offload;
        uint8_t bytes[NET_FRAME_LIMIT];
    } frames[2];
    unsigned first; /* of the two */
    unsigned warm;  /* polls before those look no more, as nothing came */
};

/* Puts the next one into `frame`, and into the offload what is known of it, which comes as zeros. Returns its length; -1: none
 * is there. What is shorter than NET_HEADER_BYTES is skipped. */
typedef ssize_t net_inbox_read(void *owner, struct net_offload *offload, uint8_t frame[NET_FRAME_LIMIT]);

/* Reads and hands over until nothing is there, the guest has no room, or it has been enough for one call. */
void net_inbox_pump(struct net_inbox *inbox, net_inbox_read *read_one, void *owner);

/* Nothing is to be read until the guest has room. */
static inline bool net_inbox_waits(const struct net_inbox *inbox)
{
    return inbox->frames[inbox->first].length != 0;
}

/* Between any two turns of the harts: true if it is worth a look, as frames came a short while ago. */
bool net_inbox_is_due(struct net_inbox *inbox);

/* Lowers *timeout_ns to the time at which pump is to be called again in any case. */
void net_inbox_watch(const struct net_inbox *inbox, uint64_t *timeout_ns);

#endif
