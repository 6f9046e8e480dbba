/* SPDX-License-Identifier: MIT */
/* The VirtIO console of a machine with all its ports, and what stands behind each: --hvc. Owns the device and the ports'
 * ends on the host. */
#ifndef MICROVM_MACHINE_PORTS_H
#define MICROVM_MACHINE_PORTS_H

#include "base/error.h"
#include "bus/port_backend.h"
#include "bus/state.h"
#include "host/event_source.h"
#include "host/journal.h"
#include "machine/config.h"
#include "virtio/console.h"
#include "virtio/core.h"

struct ports_parts {
    const struct machine_config *config;
    struct port_backend terminal;  /* the machine's, for the port that asks for it */
    struct virtio_message message; /* lines for the user */
    struct journal *journal;       /* of what comes in; where it replays there is nobody behind the ports */
};

struct ports;

/* False: the ports of a configuration do not go together. */
bool ports_check(const struct machine_config *config, struct error *err);

/* Opens the sockets and files. There is at least one port. NULL: err says what cannot be had. */
struct ports *ports_create(const struct ports_parts *parts, struct error *err);
void ports_destroy(struct ports *ports);

struct virtio_device ports_device(struct ports *ports);
/* What the guest knows of the ports' other ends. */
struct state_part ports_part(struct ports *ports);

struct event_source ports_source(struct ports *ports);

/* The user's terminal has another size. */
void ports_resize(struct ports *ports, uint16_t columns, uint16_t rows);

/* Passes the last output on. False: some of it was lost, err says why. The device must not be used afterwards. */
bool ports_finish(struct ports *ports, struct error *err);

#endif
