/* SPDX-License-Identifier: MIT */
/* What stands behind the VirtIO slots of a machine: the devices of each kind (machine/peripheral.h), and the events that they
 * bring into the event loop. Owns the transports, the devices and their backends. */
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
#include "host/event_source.h"
#include "host/journal.h"
#include "machine/config.h"
#include "virtio/core.h"
#include "virtio/slots.h"

/* Ends the run as Ctrl-A x does. */
struct peripherals_quit {
    void *owner;
    void (*ask)(void *owner);
};

/* Of the machine that they are part of; all is borrowed for the life of the peripherals. */
struct peripherals_parts {
    const struct machine_config *config;
    struct guest_mem mem;
    struct bus *bus;
    struct plic *plic;
    struct time_source time;
    struct virtio_message message; /* lines for the user */
    /* What a device wants of the host cannot be had for now: the machine is to stand still, and to retry. */
    void (*wait_for_host)(void *machine);
    void *machine;
    struct journal *journal;       /* of all that comes from outside */
    const uint64_t *steps;         /* that the machine has made */
    struct port_backend terminal;  /* the user's, for the port that asks for it */
    struct peripherals_quit quit;
};

struct peripherals;

/* What is looked after: each disk, each card and so on. */
#define PERIPHERALS_MAX 96u

/* Bit n: a machine of this configuration has a device in virtio_slot(n), for the device tree. False: what is asked for does
 * not go together. */
bool peripherals_slots(const struct machine_config *config, uint64_t *slots, struct error *err);

/* An option that asks for a device, as recordings and snapshots have it. */
struct recorded_device {
    char kind[16];
    char option[240];
};
#define PERIPHERALS_MAX_RECORDED 32u

/* The option of a kind; whether a snapshot is loaded with such devices unasked. name: of any origin; NULL: there is no such kind. */
const char *peripherals_kind(const char *name, bool *host_less);

/* For kinds that are recorded this way: fills in at most PERIPHERALS_MAX_RECORDED, the rest stays as it is; and has a
 * configuration, which borrows from them, ask for count of them again. */
unsigned peripherals_recorded(const struct machine_config *config, struct recorded_device *devices);
bool peripherals_replay(struct machine_config *config, const struct recorded_device *devices, unsigned count,
                        struct error *err);

/* The option that asks for what may be in a slot; NULL: every machine has it, or none. */
const char *peripherals_option(unsigned slot);

/* Opens the backends and attaches every slot to the bus. NULL: err says what cannot be had. */
struct peripherals *peripherals_create(const struct peripherals_parts *parts, struct error *err);

/* Performs and makes stable what the guest has handed over. False: the host lost something of it. No device may be used
 * afterwards. */
bool peripherals_finish(struct peripherals *peripherals, struct error *err);

/* Accepts NULL. The bus must not be used any more. */
void peripherals_destroy(struct peripherals *peripherals);

/* Waits until the host has performed what the guest has asked of its disks; tells the guest nothing. */
void peripherals_settle(struct peripherals *peripherals);

/* Tries again what the host has refused, and waits for what comes of it. False: it refuses again. */
bool peripherals_retry(struct peripherals *peripherals);

/* Fills in what of them has state: each slot's transport and the device behind it, and what there is on the host's side.
 * Returns how many. */
#define PERIPHERALS_MAX_STATES (2 * VIRTIO_SLOT_COUNT + PERIPHERALS_MAX)
unsigned peripherals_states(struct peripherals *peripherals, struct state_part *parts);

/* What stands behind a VirtIO slot, for inspection; NULL: there is no such slot on this machine. */
const struct virtio *peripherals_virtio(const struct peripherals *peripherals, unsigned slot);

/* What the event loop has to look after. */
const struct event_source *peripherals_sources(const struct peripherals *peripherals, unsigned *count);

#endif
