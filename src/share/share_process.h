/* SPDX-License-Identifier: MIT */
/* Starting and ending the process that serves a share. Owns it, its memory and its socket. */
#ifndef MICROVM_SHARE_SHARE_PROCESS_H
#define MICROVM_SHARE_SHARE_PROCESS_H

#include <sys/types.h>

#include "share/ring.h"
#include "share/share_options.h"

struct share_process {
    pid_t pid;
    int fd; /* the socket */
    struct ring *ring;
};

/* Opens the folder, starts the program with it, and waits until it serves. False: err says why, and nothing is left. */
bool share_process_start(struct share_process *process, const struct share_options *options, const char *program,
                         struct error *err);
/* Ends it in the middle of whatever it does. */
void share_process_kill(const struct share_process *process);
/* Waits until it has done what it was given, and has ended. Once is enough. */
void share_process_end(struct share_process *process);

#endif
