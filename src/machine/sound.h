/* SPDX-License-Identifier: MIT */
/* The sound card of a machine and what it sounds on: --audio. Owns both. */
#ifndef MICROVM_MACHINE_SOUND_H
#define MICROVM_MACHINE_SOUND_H

#include "machine/peripheral.h"
#include "virtio/snd.h"

extern const struct peripheral_kind sound_peripheral;

/* NULL: the machine has none. */
const struct virtio_snd *sound_card_of(const struct peripherals *peripherals);

#endif
