/* SPDX-License-Identifier: MIT */
/* Leads each connection to a Unix socket of its own to a TCP address, for libslirp, which can forward to the former alone. The
 * socket has no file that others could find. Owns all the descriptors. */
#ifndef MICROVM_HOST_NET_TCP_RELAY_H
#define MICROVM_HOST_NET_TCP_RELAY_H

#include "base/error.h"
#include "host/wait_set.h"

/* Connections at once; more wait. */
#define TCP_RELAY_CONNECTIONS 64u

struct tcp_relay;

/* to: "HOST:PORT", a name or an address, IPv6 ones in brackets; looked up once. NULL: err says why. */
struct tcp_relay *tcp_relay_create(const char *to, struct error *err);
/* Accepts NULL. */
void tcp_relay_destroy(struct tcp_relay *relay);

/* Where this process connects to. */
const char *tcp_relay_path(const struct tcp_relay *relay);

/* For the event loop. */
void tcp_relay_watch(struct tcp_relay *relay, struct wait_set *set);
void tcp_relay_serve(struct tcp_relay *relay, const struct wait_set *set);

#endif
