/* SPDX-License-Identifier: MIT */
/* The VirtIO console of a machine with all its ports, and what stands behind each: --hvc. Owns the device and the ports'
 * ends on the host. */
#ifndef MICROVM_MACHINE_PORTS_H
#define MICROVM_MACHINE_PORTS_H

#include "machine/peripheral.h"

extern const struct peripheral_kind ports_peripheral;

/* The user's terminal has another size. */
void peripherals_resize(struct peripherals *peripherals, uint16_t columns, uint16_t rows);

#endif
