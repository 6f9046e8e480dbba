/* SPDX-License-Identifier: MIT */
/* What stands in for the host of a machine that is only looked at and never runs. Owns nothing. */
#ifndef MICROVM_CLI_NO_HOST_H
#define MICROVM_CLI_NO_HOST_H

#include "machine/host.h"

/* No input, output dropped, no sleep, no signal. */
const struct machine_host *no_host(void);

#endif
