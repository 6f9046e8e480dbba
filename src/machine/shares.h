/* SPDX-License-Identifier: MIT */
/* The folders that a machine shares with its host: for each a device and the process behind it. */
#ifndef MICROVM_MACHINE_SHARES_H
#define MICROVM_MACHINE_SHARES_H

#include "machine/peripheral.h"

extern const struct peripheral_kind shares_peripheral;

#endif
