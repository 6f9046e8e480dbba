/* SPDX-License-Identifier: MIT */
/* The commands as a page: the part of docs/monitor.md that is made from command.def. */
#ifndef MICROVM_MONITOR_REFERENCE_H
#define MICROVM_MONITOR_REFERENCE_H

#include "monitor/monitor.h"

/* Markdown: a table of the commands, and the short names. */
void monitor_reference(const struct monitor_out *out);

#endif
