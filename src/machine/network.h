/* SPDX-License-Identifier: MIT */
/* A machine's network: the card, what is behind it and the capture between them. Owns all three. */
#ifndef MICROVM_MACHINE_NETWORK_H
#define MICROVM_MACHINE_NETWORK_H

#include <stdbool.h>

#include "base/error.h"
#include "bus/time_source.h"
#include "host/event_source.h"
#include "host/journal.h"
#include "machine/config.h"
#include "virtio/core.h"

struct network;

/* True if the configuration asks for one. */
bool network_wanted(const struct machine_config *config);

/* All is borrowed. */
struct network_parts {
    const struct machine_config *config;
    struct time_source time;
    struct virtio_message message; /* lines for the user */
    struct journal *journal; /* of the frames for the guest; where it replays there is no network behind the card */
};

/* NULL: err says what cannot be had. */
struct network *network_create(const struct network_parts *parts, struct error *err);
/* Accepts NULL. The transport must be gone. */
void network_destroy(struct network *network);

struct virtio_device network_device(struct network *network);
struct event_source network_events(struct network *network);

#endif
