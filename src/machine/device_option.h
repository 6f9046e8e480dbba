/* SPDX-License-Identifier: MIT */
/* The options that give a machine its devices, by name and value: what the command line has behind "--", and libmicrovm in its
 * configuration. */
#ifndef MICROVM_MACHINE_DEVICE_OPTION_H
#define MICROVM_MACHINE_DEVICE_OPTION_H

#include <stddef.h>

#include "machine/config.h"

/* Checks the value and notes it in config, which borrows it; value NULL: there was none, which the option must permit. name: of
 * name_bytes, "disk" or "gpu". False: err says what is wrong, without the option's name if there is such an option. */
bool device_option_set(struct machine_config *config, const char *name, size_t name_bytes, const char *value,
                       struct error *err);

#endif
