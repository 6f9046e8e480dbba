/* SPDX-License-Identifier: MIT */
/* A kind of device behind the VirtIO slots, with what it has on the host: what each file that makes such devices offers to
 * machine/peripherals, and what it may ask there. */
#ifndef MICROVM_MACHINE_PERIPHERAL_H
#define MICROVM_MACHINE_PERIPHERAL_H

#include "bus/state.h"
#include "host/event_source.h"
#include "machine/peripherals.h"

struct peripheral_kind {
    const char *name;
    const char *option; /* that asks for it; NULL: every machine has it */
    bool host_less;     /* nothing of the host stands behind it: a snapshot is loaded with it unasked */
    uint64_t places;    /* bit n: a device of this kind may be in virtio_slot(n) */
    /* Sets the bits of the slots that a machine of this configuration uses. False: the configuration is wrong. */
    bool (*slots)(const struct machine_config *config, uint64_t *slots, struct error *err);
    /* Makes what the configuration asks for, if anything. */
    bool (*create)(struct peripherals *peripherals, struct error *err);
    /* For recordings and snapshots: the n-th option that asks for such a device, as a replay needs it: without what is the host's
     * alone (names of files, ports of the host). False: there are no more. NULL: the kind is kept in another way. */
    bool (*recorded)(const struct machine_config *config, unsigned n, char *text, size_t size);
    /* The opposite: the text outlives config, and may be an enemy's. */
    bool (*replay)(struct machine_config *config, const char *text, struct error *err);
};

/* What the machine looks after; all but owner may be left out. */
struct peripheral {
    const struct peripheral_kind *kind; /* set in what peripherals_owner is to find */
    void *owner;                        /* what the functions take */
    struct event_source events;         /* owner NULL: none */
    struct state_part part;             /* of the host's side; name NULL: there is none */
    /* Waits until the host has performed what the guest has asked for; tells the guest nothing. */
    void (*settle)(void *owner);
    /* Tries again what made it call wait_for_host; false: in vain. */
    bool (*retry)(void *owner);
    /* Performs and makes stable what the guest has handed over; the device is not used any more. */
    bool (*finish)(void *owner, struct error *err);
    /* The transports are gone. Also where finish was never called. */
    void (*destroy)(void *owner);
};

/* The machine's, for as long as its peripherals live. */
const struct peripherals_parts *peripherals_parts(const struct peripherals *peripherals);

/* Puts a device into a slot that is empty. */
bool peripherals_plug(struct peripherals *peripherals, unsigned slot, struct virtio_device device, struct error *err);

/* Copied. False: there are too many; it is destroyed. */
bool peripherals_add(struct peripherals *peripherals, const struct peripheral *peripheral, struct error *err);

/* What a kind has made; NULL: nothing. */
void *peripherals_owner(const struct peripherals *peripherals, const struct peripheral_kind *kind);

#endif
