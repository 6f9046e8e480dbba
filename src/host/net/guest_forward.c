/* SPDX-License-Identifier: MIT */
/* The library knows commands and Unix sockets; what leads to a TCP port is a Unix socket of ours. */
#include "host/net/guest_forward.h"

bool guest_forwards_add(struct guest_forwards *forwards, const struct slirp_library *library, Slirp *slirp,
                        const struct net_guest_forward *forward, struct error *err)
{
    struct in_addr address = {htonl(forward->address)};
    const char *target = forward->text;
    if (library->add_exec == NULL || library->add_unix == NULL)
        return error_set(err, "guestfwd: the user network's library has none: libslirp 4.0 or newer is needed");
    if (forward->target == NET_TO_TCP) {
        struct tcp_relay *relay = tcp_relay_create(forward->text, err);
        if (relay == NULL)
            return error_prefix(err, "guestfwd");
        forwards->relays[forwards->relay_count++] = relay;
        target = tcp_relay_path(relay);
    }
    bool runs = forward->target == NET_TO_COMMAND;
    if ((runs ? library->add_exec : library->add_unix)(slirp, target, &address, forward->port) == 0)
        return true;
    return error_set(err, "guestfwd: the address is not one that can be forwarded");
}

void guest_forwards_destroy(struct guest_forwards *forwards)
{
    for (unsigned i = 0; i < forwards->relay_count; i++)
        tcp_relay_destroy(forwards->relays[i]);
    forwards->relay_count = 0;
}

void guest_forwards_watch(struct guest_forwards *forwards, struct wait_set *set)
{
    for (unsigned i = 0; i < forwards->relay_count; i++)
        tcp_relay_watch(forwards->relays[i], set);
}

void guest_forwards_serve(struct guest_forwards *forwards, const struct wait_set *set)
{
    for (unsigned i = 0; i < forwards->relay_count; i++)
        tcp_relay_serve(forwards->relays[i], set);
}
