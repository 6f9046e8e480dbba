/* SPDX-License-Identifier: MIT */
/* The texts of hostfwd= and guestfwd=. Owns nothing. */
#ifndef MICROVM_HOST_NET_NET_FORWARD_OPTIONS_H
#define MICROVM_HOST_NET_NET_FORWARD_OPTIONS_H

#include "host/net/net_options.h"

/* The user network's addresses: QEMU's, which guests and manuals expect. */
#define NET_USER_NETWORK 0x0a000200u
#define NET_USER_MASK 0xffffff00u
#define NET_USER_ROUTER (NET_USER_NETWORK + 2)
#define NET_USER_NAME_SERVER (NET_USER_NETWORK + 3)
#define NET_USER_FIRST_GUEST (NET_USER_NETWORK + 15)

/* "tcp|udp:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT"; IPv6 addresses stand in brackets. */
bool net_forward_parse(const char *text, struct net_forward *forward, struct error *err);

/* "tcp:ADDR:PORT-cmd:COMMAND", or -unix:PATH or -tcp:HOST:PORT. */
bool net_guest_forward_parse(const char *text, struct net_guest_forward *forward, struct error *err);

#endif
