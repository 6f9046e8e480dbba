/* SPDX-License-Identifier: MIT */
/* A network card, what it is connected to, and the capture between them. Owns all three. */
#ifndef MICROVM_MACHINE_NETWORK_CARD_H
#define MICROVM_MACHINE_NETWORK_CARD_H

#include "base/error.h"
#include "bus/time_source.h"
#include "host/event_source.h"
#include "host/journal.h"
#include "host/net/net_options.h"
#include "virtio/core.h"

struct network_card;

/* All is borrowed. */
struct network_card_parts {
    unsigned number; /* from 0 */
    const struct net_options *options;
    const char *pcap; /* the file for its frames; NULL: none */
    struct time_source time;
    struct virtio_message message; /* lines for the user */
    struct journal *journal;       /* of what comes in; where it replays there is nothing behind the card */
};

/* NULL: err says what cannot be had. */
struct network_card *network_card_create(const struct network_card_parts *parts, struct error *err);
/* Accepts NULL. The transport must be gone. */
void network_card_destroy(struct network_card *card);

struct virtio_device network_card_device(struct network_card *card);
struct event_source network_card_events(struct network_card *card);

#endif
