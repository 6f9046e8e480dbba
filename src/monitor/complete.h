/* SPDX-License-Identifier: MIT */
/* Completion of a monitor line, for line editors and clients that show lists. Owns nothing. */
#ifndef MICROVM_MONITOR_COMPLETE_H
#define MICROVM_MONITOR_COMPLETE_H

#include <stddef.h>

#include "monitor/monitor.h"

/* Offers each word that may take the place of the last one of the line, which is cut at the cursor: what it begins with is typed
 * already. Returns where in the line that word begins. A word may be offered more than once. */
size_t monitor_complete(const struct monitor *monitor, const char *line, void *owner,
                        void (*offer)(void *owner, const char *word));

#endif
