/* SPDX-License-Identifier: MIT */
/* Threads beside the machine's own. They take no signals: those are for the console. A write to somebody who is gone (SIGPIPE), or
 * beyond the limit for files (SIGXFSZ), fails there instead of the process end. Owns nothing. */
#ifndef MICROVM_HOST_THREAD_H
#define MICROVM_HOST_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "base/error.h"

/* False: there can be none, and *thread is nothing. */
bool thread_start(pthread_t *thread, void *(*function)(void *), void *argument, struct error *err);

#endif
