/* SPDX-License-Identifier: MIT */
/* microvm build --watch: builds again whenever a source changes, and runs what was built in a process of its own, which holds the terminal
 * meanwhile. Owns the signals INT, TERM, HUP and QUIT while it goes on. */
#ifndef MICROVM_CLI_WATCH_H
#define MICROVM_CLI_WATCH_H

#include "machine/stop.h"
#include "project/build.h"

struct watch_guest {
    int count; /* options of run */
    char *const *options;
};

/* Goes on until the user ends it: by Ctrl-C, or by Ctrl-A x while a guest runs. guest: NULL: only builds. *status is the process's
 * exit status; in the process of a guest too, which returns from here like any other. False: err. */
bool watch_and_build(const struct build_request *request, const struct watch_guest *guest, int *status,
                     struct error *err);

/* Runs the kernel with those options. silent_signal and *stop: as run_guest has them. */
bool watch_run_kernel(const struct watch_guest *guest, const char *kernel, int silent_signal, struct stop *stop,
                      struct error *err);

#endif
