/* SPDX-License-Identifier: MIT */
/* The VirtIO entropy device that every machine has, and its source (machine/entropy). */
#ifndef MICROVM_MACHINE_RANDOM_H
#define MICROVM_MACHINE_RANDOM_H

#include "machine/peripheral.h"

extern const struct peripheral_kind random_peripheral;

#endif
