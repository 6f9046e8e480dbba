/* SPDX-License-Identifier: MIT */
/* The remote control of a machine, --control: a Unix socket that programs speak JSON with. Owns the socket and the session. */
#ifndef MICROVM_REMOTE_REMOTE_H
#define MICROVM_REMOTE_REMOTE_H

#include "base/error.h"

struct machine;
struct monitor;
struct saver;
struct symbols;

/* What it works on; all borrowed. */
struct remote_parts {
    struct machine *machine;
    struct symbols *symbols;
    struct monitor *monitor;
    struct saver *saver; /* NULL: nothing can be saved */
};

struct remote;

/* Before the run; path is borrowed. NULL: err says why. */
struct remote *remote_open(const struct remote_parts *parts, const char *path, struct error *err);

/* Behind the run: the client gets what it takes at once, and the socket goes. Accepts NULL. */
void remote_close(struct remote *remote);

#endif
