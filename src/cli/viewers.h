/* SPDX-License-Identifier: MIT */
/* What --display asks for: the windows and VNC servers that show the running machine's screens. Whatever a person does there goes to the
 * machine's keyboard, pointer and screens. */
#ifndef MICROVM_CLI_VIEWERS_H
#define MICROVM_CLI_VIEWERS_H

#include "base/error.h"
#include "host/console/console.h"
#include "machine/machine.h"

#define VIEWERS_MAX 4u

struct viewers;

/* texts: as display_options_parse takes them. NULL: err says what cannot be had. */
struct viewers *viewers_create(const char *const *texts, unsigned count, struct machine *machine,
                               struct console *console, struct error *err);

/* Before the machine is destroyed. Accepts NULL. */
void viewers_destroy(struct viewers *viewers);

#endif
