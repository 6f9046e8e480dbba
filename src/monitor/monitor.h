/* SPDX-License-Identifier: MIT */
/* The monitor: commands, one a line, that look into a machine and control it. The same for the console (Ctrl-A c), a socket, GDB's
 * `monitor` and the control socket. Owns what its commands keep: breakpoints, the hart they look at, where `x` goes on. All of it
 * on the machine's thread; nothing blocks, nothing that looks changes the guest. */
#ifndef MICROVM_MONITOR_MONITOR_H
#define MICROVM_MONITOR_MONITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct machine;
struct saver;
struct symbols;
struct trace;

/* Where the answer goes; lines end with \n. */
struct monitor_out {
    void *owner;
    void (*write)(void *owner, const char *text, size_t bytes);
    bool names_files; /* who reads it is the user, who may write files of his by commands */
};

/* Borrowed, for the monitor's life. */
struct monitor_parts {
    struct machine *machine;
    struct symbols *symbols;
    struct trace *trace; /* NULL: `trace` is refused */
    struct saver *saver; /* NULL: `snapshot` is refused */
};

#define MONITOR_PROMPT "(microvm) "

struct monitor;

/* NULL: err says why. */
struct monitor *monitor_create(const struct monitor_parts *parts, struct error *err);

/* Accepts NULL. */
void monitor_destroy(struct monitor *monitor);

/* Executes one line; what it prints goes to out, errors included. Never blocks: continue, step and finish return at once, and the
 * pause is told by the machine's listeners. False: the command failed. */
bool monitor_execute(struct monitor *monitor, const char *line, const struct monitor_out *out);

#endif
