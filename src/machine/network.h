/* SPDX-License-Identifier: MIT */
/* A machine's network: the card, what is behind it and the capture between them. Owns all three. */
#ifndef MICROVM_MACHINE_NETWORK_H
#define MICROVM_MACHINE_NETWORK_H

#include <stdbool.h>

#include "base/error.h"
#include "bus/time_source.h"
#include "host/event_source.h"
#include "machine/config.h"
#include "virtio/core.h"

struct network;

/* True if the configuration asks for one. */
bool network_wanted(const struct machine_config *config);

/* All is borrowed. NULL: err says what cannot be had. */
struct network *network_create(const struct machine_config *config, const struct time_source *time,
                               const struct virtio_message *message, struct error *err);
/* Accepts NULL. The transport must be gone. */
void network_destroy(struct network *network);

struct virtio_device network_device(struct network *network);
struct event_source network_events(struct network *network);

#endif
