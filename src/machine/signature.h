/* SPDX-License-Identifier: MIT */
/* --signature: the memory between two symbols of the kernel, written to a file at the end of the run, as architecture tests want. */
#ifndef MICROVM_MACHINE_SIGNATURE_H
#define MICROVM_MACHINE_SIGNATURE_H

#include "bus/guest_mem.h"
#include "machine/boot.h"
#include "machine/config.h"

/* Before the run: false if one is asked for and the kernel lacks the symbols. */
bool signature_check(const struct machine_config *config, const struct boot_plan *plan, struct error *err);

/* After it, if one is asked for. */
bool signature_write(const struct machine_config *config, const struct boot_plan *plan, const struct guest_mem *mem,
                     struct error *err);

#endif
