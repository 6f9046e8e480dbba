/* SPDX-License-Identifier: MIT */
/* The text of --net: what the card is connected to, and what the user wants of it. */
#ifndef MICROVM_HOST_NET_NET_OPTIONS_H
#define MICROVM_HOST_NET_NET_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "bus/net_backend.h"

#define NET_MAX_FORWARDS 32u
#define NET_MAX_GUEST_FORWARDS 8u
/* Bytes of paths and commands, with the zero at the end; of a Unix socket's path, and an interface's name. */
#define NET_TARGET_BYTES 512u
#define NET_PATH_BYTES 108u
#define NET_INTERFACE_BYTES 16u

enum net_kind { NET_NONE, NET_USER, NET_TAP, NET_STREAM, NET_DGRAM, NET_UNPLUGGED };

/* What arrives at the host's address and port goes to the guest's. Either both are IPv4 addresses, numbers in the host's
 * order, or both IPv6. */
struct net_forward {
    bool udp, ipv6;
    uint32_t host_address; /* 127.0.0.1 unless given */
    uint8_t host_address6[16];
    uint16_t host_port;         /* 0: one that is free */
    uint32_t guest_address;     /* 0: the address that the guest gets by DHCP */
    uint8_t guest_address6[16]; /* zeros: the one that the guest has made itself */
    uint16_t guest_port;
};

enum net_guest_target { NET_TO_COMMAND, NET_TO_UNIX, NET_TO_TCP };

/* The guest's TCP connections to the address reach a program of the host, a new one for each, a Unix socket or a TCP port. */
struct net_guest_forward {
    uint32_t address;
    uint16_t port;
    enum net_guest_target target;
    char text[NET_TARGET_BYTES]; /* the command, the path, "HOST:PORT" */
};

struct net_options {
    enum net_kind kind;
    uint8_t address[NET_ADDRESS_BYTES]; /* of the card */
    uint16_t mtu;                       /* the longest IP packet of the network */
    /* user */
    bool restricted; /* the guest reaches nothing but what is forwarded */
    bool ipv6;
    struct net_forward forwards[NET_MAX_FORWARDS];
    unsigned forward_count;
    struct net_guest_forward guest_forwards[NET_MAX_GUEST_FORWARDS];
    unsigned guest_forward_count;
    /* tap */
    char interface[NET_INTERFACE_BYTES];
    /* stream: path; dgram: path is ours, remote the peer's */
    char path[NET_PATH_BYTES], remote[NET_PATH_BYTES];
    bool server;
    bool waits;              /* it may be that nobody listens yet */
    unsigned reconnect_secs; /* 0: a peer that has gone is gone */
};

/* Parses "none" or "KIND[,OPTION...]" of the card-th card, from 0, whose number makes its address unless one is given. */
bool net_options_parse(const char *text, unsigned card, struct net_options *options, struct error *err);

/* The host's side of a forward as the user would write it, "tcp 127.0.0.1:2222", in NET_FORWARD_TEXT bytes at most. */
#define NET_FORWARD_TEXT 64u
void net_forward_describe(const struct net_forward *forward, char text[NET_FORWARD_TEXT]);

#endif
