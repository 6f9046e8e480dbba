/* SPDX-License-Identifier: MIT */
/* The monitor on the user's terminal: Ctrl-A c gives it the keys, and again gives them back. The guest runs on, and its output goes
 * on. Owns the line that is typed. */
#ifndef MICROVM_MONITOR_CONSOLE_H
#define MICROVM_MONITOR_CONSOLE_H

#include "host/console/console.h"
#include "machine/machine.h"
#include "monitor/monitor.h"

struct monitor_console;

/* All are borrowed; the console must not be used any more when it is destroyed. NULL: err says why. */
struct monitor_console *monitor_console_create(struct monitor *monitor, struct machine *machine,
                                               struct console *console, struct error *err);

/* Accepts NULL. */
void monitor_console_destroy(struct monitor_console *console);

#endif
