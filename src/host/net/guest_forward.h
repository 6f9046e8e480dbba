/* SPDX-License-Identifier: MIT */
/* Addresses of the user network that are programs or sockets of the host. Owns what leads to TCP ports. */
#ifndef MICROVM_HOST_NET_GUEST_FORWARD_H
#define MICROVM_HOST_NET_GUEST_FORWARD_H

#include "host/net/net_options.h"
#include "host/net/slirp_library.h"
#include "host/net/tcp_relay.h"

/* All zeros: none. */
struct guest_forwards {
    struct tcp_relay *relays[NET_MAX_GUEST_FORWARDS];
    unsigned relay_count;
};

bool guest_forwards_add(struct guest_forwards *forwards, const struct slirp_library *library, Slirp *slirp,
                        const struct net_guest_forward *forward, struct error *err);
/* libslirp is gone. */
void guest_forwards_destroy(struct guest_forwards *forwards);

/* For the event loop. */
void guest_forwards_watch(struct guest_forwards *forwards, struct wait_set *set);
void guest_forwards_serve(struct guest_forwards *forwards, const struct wait_set *set);

#endif
