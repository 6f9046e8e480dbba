/* SPDX-License-Identifier: MIT */
/* What stands behind the VirtIO slots of a machine: which device goes where, their making, and the events that they bring
 * into the event loop. Owns the transports, the devices and their backends. */
#ifndef MICROVM_MACHINE_PERIPHERALS_H
#define MICROVM_MACHINE_PERIPHERALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "bus/bus.h"
#include "bus/guest_mem.h"
#include "bus/port_backend.h"
#include "bus/time_source.h"
#include "devices/plic.h"
#include "host/disk.h"
#include "host/disk_overlay.h"
#include "host/event_source.h"
#include "host/journal.h"
#include "machine/config.h"
#include "virtio/core.h"
#include "virtio/slots.h"

/* Of the machine that they are part of; all is borrowed for the life of the peripherals. */
struct peripherals_parts {
    const struct machine_config *config;
    struct guest_mem mem;
    struct bus *bus;
    struct plic *plic;
    struct time_source time;
    struct virtio_message message; /* lines for the user */
    struct journal *journal;       /* of all that comes from outside */
    struct port_backend terminal;  /* the user's, for the port that asks for it */
};

struct peripherals;

/* Bit n: a machine of this configuration has a device in virtio_slot(n), for the device tree. False: more devices are
 * asked for than there are slots, or ports that do not go together. */
bool peripherals_slots(const struct machine_config *config, uint32_t *slots, struct error *err);

/* Opens the backends and attaches every slot to the bus. NULL: err says what cannot be had. */
struct peripherals *peripherals_create(const struct peripherals_parts *parts, struct error *err);

/* The user's terminal has another size. */
void peripherals_resize(struct peripherals *peripherals, uint16_t columns, uint16_t rows);

/* Performs and makes stable what the guest has handed over. False: the host lost something of it. No device may be used
 * afterwards. */
bool peripherals_finish(struct peripherals *peripherals, struct error *err);

/* Accepts NULL. The bus must not be used any more. */
void peripherals_destroy(struct peripherals *peripherals);

/* Waits until the host has performed what the guest has asked of its disks; tells the guest nothing. */
void peripherals_settle(struct peripherals *peripherals);

/* Fills in what of them has state: each slot's transport and the device behind it, the disks' results, and the source of
 * entropy, and the console's ports. Returns how many. */
#define PERIPHERALS_MAX_STATES (1 + 2 * VIRTIO_SLOT_COUNT + MACHINE_MAX_DISKS + 1)
unsigned peripherals_states(struct peripherals *peripherals, struct state_part *parts);

/* What stands behind a VirtIO slot, for inspection; NULL: there is no such slot on this machine. */
const struct virtio *peripherals_virtio(const struct peripherals *peripherals, unsigned slot);

/* The n-th disk, from 0, and its overlay (NULL: none, the image itself is written). */
const struct disk *peripherals_disk(const struct peripherals *peripherals, unsigned n);
struct disk_overlay *peripherals_overlay(const struct peripherals *peripherals, unsigned n);

/* What the event loop has to look after. */
const struct event_source *peripherals_sources(const struct peripherals *peripherals, unsigned *count);

#endif
