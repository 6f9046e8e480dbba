/* SPDX-License-Identifier: MIT */
/* --digest-log: what tells at which point two runs that should be alike have parted. */
#ifndef MICROVM_MACHINE_DIGEST_LOG_H
#define MICROVM_MACHINE_DIGEST_LOG_H

#include <stdbool.h>

#include "base/error.h"

struct digest_log;
struct machine;

/* Begins the file at path. NULL: err says why. */
struct digest_log *digest_log_create(const char *path, struct error *err);
void digest_log_destroy(struct digest_log *log);

/* At each end of a slice: takes in the state of all harts, and every 2^20 steps writes a line of the steps made and the digest of
 * all that was taken in so far; every 256th line has taken in the RAM and the devices as well. */
void digest_log_slice(struct digest_log *log, const struct machine *machine);

/* The last line, of everything. False: the file could not be written. */
bool digest_log_finish(struct digest_log *log, const struct machine *machine, struct error *err);

#endif
