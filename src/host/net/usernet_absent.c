/* SPDX-License-Identifier: MIT */
/* In the place of usernet.c where libslirp's header was not there to build with; --net user then says what is missing. */
#include "host/net/usernet.h"

struct usernet *usernet_create(const struct net_options *options, const struct net_message *message, struct error *err)
{
    (void)options;
    (void)message;
    error_set(err, "this program was built without the user network: Debian's package libslirp-dev was missing");
    return NULL;
}

void usernet_destroy(struct usernet *net)
{
    (void)net;
}

struct net_backend usernet_backend(struct usernet *net)
{
    (void)net;
    return (struct net_backend){0};
}

void usernet_connect(struct usernet *net, const struct net_sink *sink)
{
    (void)net;
    (void)sink;
}

struct event_source usernet_events(struct usernet *net)
{
    (void)net;
    return (struct event_source){0};
}
