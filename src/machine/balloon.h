/* SPDX-License-Identifier: MIT */
/* A machine's memory balloon: --balloon, and what onlookers ask of it. */
#ifndef MICROVM_MACHINE_BALLOON_H
#define MICROVM_MACHINE_BALLOON_H

#include "machine/peripheral.h"
#include "virtio/balloon.h"

extern const struct peripheral_kind balloon_peripheral;

/* The machine's; NULL: it has none. */
struct balloon *balloon_of(const struct peripherals *peripherals);

/* As far as the machine's guest has come: a target shows here when the machine has gone on. */
void balloon_look(const struct balloon *balloon, struct virtio_balloon_view *view);

/* From an event source. The guest is to make do with so many bytes of its RAM. False: that is none, or more than it has. */
bool balloon_set_memory(struct balloon *balloon, uint64_t bytes, struct error *err);

/* Likewise: the guest is to send new statistics. */
void balloon_ask(struct balloon *balloon);

#endif
