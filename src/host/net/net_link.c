/* SPDX-License-Identifier: MIT */
#include "host/net/net_link.h"

#include "host/net/usernet.h"

static void connect_user(void *owner, const struct net_sink *sink)
{
    usernet_connect(owner, sink);
}

static void destroy_user(void *owner)
{
    usernet_destroy(owner);
}

bool net_user_create(const struct net_options *options, const struct net_message *message, struct net_link *link,
                     struct error *err)
{
    struct usernet *net = usernet_create(options, message, err);
    if (net == NULL)
        return false;
    *link = (struct net_link){
        .owner = net,
        .backend = usernet_backend(net),
        .events = usernet_events(net),
        .takes_long = true,
        .connect = connect_user,
        .destroy = destroy_user,
    };
    return true;
}

/* A card whose cable nobody has plugged in. */

static bool send_nowhere(void *owner, const uint8_t *frame, size_t length)
{
    (void)owner;
    (void)frame;
    (void)length;
    return true;
}

static void watch_nothing(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    (void)owner;
    (void)set;
    (void)timeout_ns;
}

static void serve_nothing(void *owner, const struct wait_set *set)
{
    (void)owner;
    (void)set;
}

static void wait_for_nothing(void *owner)
{
    (void)owner;
}

static bool is_down(void *owner)
{
    (void)owner;
    return false;
}

static bool create_unplugged(const struct net_options *options, const struct net_message *message,
                             struct net_link *link, struct error *err)
{
    (void)options;
    (void)message;
    (void)err;
    *link = (struct net_link){
        .backend = {.send = send_nowhere, .has_room = wait_for_nothing},
        .events = {.watch = watch_nothing, .serve = serve_nothing},
        .takes_long = true,
        .is_up = is_down,
    };
    return true;
}

bool net_link_create(const struct net_options *options, const struct net_message *message, struct net_link *link,
                     struct error *err)
{
    static bool (*const rows[])(const struct net_options *, const struct net_message *, struct net_link *,
                                struct error *) = {
        [NET_USER] = net_user_create,   [NET_TAP] = net_tap_create,         [NET_STREAM] = net_stream_create,
        [NET_DGRAM] = net_dgram_create, [NET_UNPLUGGED] = create_unplugged,
    };
    *link = (struct net_link){0};
    return rows[options->kind](options, message, link, err);
}

void net_link_destroy(struct net_link *link)
{
    if (link->destroy != NULL)
        link->destroy(link->owner);
    *link = (struct net_link){0};
}
