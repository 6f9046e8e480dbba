/* SPDX-License-Identifier: MIT */
/* A machine's disks, the devices before them, and the log of all: --disk. Owns all three. */
#ifndef MICROVM_MACHINE_BLOCKS_H
#define MICROVM_MACHINE_BLOCKS_H

#include "host/disk/disk.h"
#include "host/disk/disk_overlay.h"
#include "machine/peripheral.h"

extern const struct peripheral_kind blocks_peripheral;

/* The n-th disk, from 0, and its overlay (NULL: none, the image itself is written). */
const struct disk *peripherals_disk(const struct peripherals *peripherals, unsigned n);
struct disk_overlay *peripherals_overlay(const struct peripherals *peripherals, unsigned n);

#endif
