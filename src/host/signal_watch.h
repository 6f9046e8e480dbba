/* SPDX-License-Identifier: MIT */
/* A signal that is no end but a request: it is taken from a descriptor when there is time for it. For processes whose
 * other
 * threads take no signals. */
#ifndef MICROVM_HOST_SIGNAL_WATCH_H
#define MICROVM_HOST_SIGNAL_WATCH_H

#include <stdbool.h>

#include "base/error.h"

/* A descriptor that is readable when the signal has come; -1: err says why. */
int signal_watch_open(int number, struct error *err);

/* True if it has come since the last call, once or more often. */
bool signal_watch_take(int descriptor);

/* The signal does what it did before. -1 is accepted. */
void signal_watch_close(int descriptor, int number);

#endif
