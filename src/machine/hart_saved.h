/* SPDX-License-Identifier: MIT */
/* What of a hart is state: its part of a saved machine (bus/state.h). The cpu knows nothing of saving. */
#ifndef MICROVM_MACHINE_HART_SAVED_H
#define MICROVM_MACHINE_HART_SAVED_H

#include "bus/state.h"

extern const struct state_table hart_saved;

#endif
