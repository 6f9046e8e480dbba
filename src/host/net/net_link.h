/* SPDX-License-Identifier: MIT */
/* What a network card is connected to: the user network, a tap interface, a Unix socket of one kind or the other. Owns whatever
 * that is on the host. */
#ifndef MICROVM_HOST_NET_NET_LINK_H
#define MICROVM_HOST_NET_NET_LINK_H

#include "base/error.h"
#include "bus/net_backend.h"
#include "host/event_source.h"
#include "host/net/net_message.h"
#include "host/net/net_options.h"

/* All zeros: nothing is there. */
struct net_link {
    void *owner;
    struct net_backend backend;
    struct event_source events;
    /* Takes TCP segments of any length in one frame: otherwise they are to be cut. */
    bool takes_long;
    /* Somebody is at the other end. NULL: always. */
    bool (*is_up)(void *owner);
    /* After a send that was the last for now: more is taken again. NULL: no send says so. */
    bool (*takes_more)(void *owner);
    /* Where frames for the guest go, from now on; before, nobody listens. Copied. */
    void (*connect)(void *owner, const struct net_sink *sink);
    void (*destroy)(void *owner);
};

/* options->kind is not NET_NONE. False: err says what cannot be had. */
bool net_link_create(const struct net_options *options, const struct net_message *message, struct net_link *link,
                     struct error *err);
/* Accepts one that is all zeros. */
void net_link_destroy(struct net_link *link);

/* By kind. */
bool net_user_create(const struct net_options *options, const struct net_message *message, struct net_link *link,
                     struct error *err);
bool net_tap_create(const struct net_options *options, const struct net_message *message, struct net_link *link,
                    struct error *err);
bool net_stream_create(const struct net_options *options, const struct net_message *message, struct net_link *link,
                       struct error *err);
bool net_dgram_create(const struct net_options *options, const struct net_message *message, struct net_link *link,
                      struct error *err);

#endif
