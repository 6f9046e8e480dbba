/* SPDX-License-Identifier: MIT */
/* Events as JSON. */
#ifndef MICROVM_REMOTE_EVENT_H
#define MICROVM_REMOTE_EVENT_H

#include <jansson.h>

#include "machine/stop.h"

json_t *remote_event_ended(const struct stop *stop);

#endif
