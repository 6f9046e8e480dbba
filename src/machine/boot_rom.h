/* SPDX-License-Identifier: MIT */
/* The reset ROM: what a hart executes first when no firmware is built in. */
#ifndef MICROVM_MACHINE_BOOT_ROM_H
#define MICROVM_MACHINE_BOOT_ROM_H

#include <stdint.h>

#include "machine/boot.h"

/* Fills plan->rom, reset_pc and dynamic_info_addr from plan->entry and dtb_addr. payload: what a firmware is to start,
 * in S mode. */
void boot_rom_fill(struct boot_plan *plan, uint64_t payload);

#endif
