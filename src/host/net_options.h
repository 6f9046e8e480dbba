/* SPDX-License-Identifier: MIT */
/* The text of --net: which network the card is on, and what the user wants of it. */
#ifndef MICROVM_HOST_NET_OPTIONS_H
#define MICROVM_HOST_NET_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "bus/net_backend.h"

#define NET_MAX_FORWARDS 32u

enum net_kind { NET_NONE, NET_USER };

/* What arrives at the host's address and port goes to the guest's. */
struct net_forward {
    bool udp;
    uint32_t host_address;  /* numbers in the host's order; 127.0.0.1 unless given */
    uint16_t host_port;     /* 0: one that is free */
    uint32_t guest_address; /* 0: the address that the guest gets by DHCP */
    uint16_t guest_port;
};

struct net_options {
    enum net_kind kind;
    bool restricted; /* the guest reaches nothing but what is forwarded to it */
    bool ipv6;
    uint8_t address[NET_ADDRESS_BYTES]; /* of the card */
    struct net_forward forwards[NET_MAX_FORWARDS];
    unsigned forward_count;
};

/* Parses "none" or "user[,hostfwd=tcp|udp:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT]...[,restrict=on|off][,ipv6=on|off]
 * [,mac=XX:XX:XX:XX:XX:XX]". */
bool net_options_parse(const char *text, struct net_options *options, struct error *err);

/* The host's side of a forward as the user would write it, "tcp 127.0.0.1:2222", in NET_FORWARD_TEXT bytes at most. */
#define NET_FORWARD_TEXT 32u
void net_forward_describe(const struct net_forward *forward, char text[NET_FORWARD_TEXT]);

#endif
