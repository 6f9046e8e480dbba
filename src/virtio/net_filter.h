/* SPDX-License-Identifier: MIT */
/* Which frames a network card lets through to the guest: its address, the tables and the modes that the driver sets by the
 * control queue (VirtIO 1.3 5.1.6.5). */
#ifndef MICROVM_VIRTIO_NET_FILTER_H
#define MICROVM_VIRTIO_NET_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/net_backend.h"

/* Addresses that the tables hold; a driver that gives more gets all frames of the kind. */
#define NET_FILTER_ADDRESSES 64u
#define NET_FILTER_VLANS 4096u

/* The modes, in the order of the commands' numbers. */
enum net_filter_mode {
    NET_FILTER_PROMISCUOUS,
    NET_FILTER_ALL_MULTICAST,
    NET_FILTER_ALL_UNICAST,
    NET_FILTER_NO_MULTICAST,
    NET_FILTER_NO_UNICAST,
    NET_FILTER_NO_BROADCAST,
    NET_FILTER_MODES
};

struct net_filter_table {
    unsigned count;
    bool overflowed;
    uint8_t addresses[NET_FILTER_ADDRESSES][NET_ADDRESS_BYTES];
};

struct net_filter {
    uint8_t address[NET_ADDRESS_BYTES];
    bool modes[NET_FILTER_MODES];
    bool filters_vlans; /* else all are let through */
    struct net_filter_table unicast, multicast;
    uint8_t vlans[NET_FILTER_VLANS / 8];
};

/* As after a reset: everything passes until the driver says otherwise, so that one without a control queue hears all. */
void net_filter_reset(struct net_filter *filter, const uint8_t address[NET_ADDRESS_BYTES]);

bool net_filter_passes(const struct net_filter *filter, const uint8_t *frame, size_t length);

/* Carries out a command; false: it is unknown or its data is wrong, and nothing has changed. */
bool net_filter_command(struct net_filter *filter, uint8_t class, uint8_t command, const uint8_t *data, size_t length);

/* The longest data of a command that is looked at. */
#define NET_FILTER_COMMAND_BYTES (2 * (4 + 256 * NET_ADDRESS_BYTES))

#endif
