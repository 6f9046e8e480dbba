/* SPDX-License-Identifier: MIT */
/* Listening on 127.0.0.1, and nowhere else. Owns nothing. */
#ifndef MICROVM_HOST_LOOPBACK_H
#define MICROVM_HOST_LOOPBACK_H

#include <stdint.h>

#include "base/error.h"

/* A non-blocking descriptor that listens on the port; 0: any that is free, which *port is then. -1: err says why. */
int loopback_listen(uint16_t *port, struct error *err);

#endif
