/* SPDX-License-Identifier: MIT */
/* The user-mode network: a guest behind a router that is libslirp in this process. Owns libslirp, its sockets, and the
 * frames that wait for the guest. Its clock is the host's. */
#ifndef MICROVM_HOST_NET_USERNET_H
#define MICROVM_HOST_NET_USERNET_H

#include "base/error.h"
#include "bus/net_backend.h"
#include "host/event_source.h"
#include "host/net/net_message.h"
#include "host/net/net_options.h"

/* Host sockets that a guest may have open at once; new TCP connections end before that, so that some are left for the rest. */
#define USERNET_SOCKETS 512u
#define USERNET_CONNECTIONS 448u

struct usernet;

/* Loads the library and opens the forwarded ports. NULL: err says why. */
struct usernet *usernet_create(const struct net_options *options, const struct net_message *message, struct error *err);
/* Accepts NULL. */
void usernet_destroy(struct usernet *net);

/* Where the guest's frames go. */
struct net_backend usernet_backend(struct usernet *net);
/* Where frames for the guest go, from now on; before, nobody listens. Copied. */
void usernet_connect(struct usernet *net, const struct net_sink *sink);

struct event_source usernet_events(struct usernet *net);

#endif
