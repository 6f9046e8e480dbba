/* SPDX-License-Identifier: MIT */
/* Processes: programs with registers and an address space of their own. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdint.h>

#include "trap.h"

struct process {
    struct frame frame;
    int pid;                       /* from 1; 0: nobody's place */
    uint64_t *root;                /* its page table */
};

extern struct process *current;    /* whose turn it is */

/* Makes a process that will begin at entry. Returns its number, or 0 if there is no room. */
int process_create(void (*entry)(void));

/* The next process that can run becomes current. Returns its frame; without one the run ends. */
struct frame *process_next(void);

/* The current process is over: all that it had is free again. Returns whose turn it is. */
struct frame *process_end(void);
struct frame *process_exit(int status); /* likewise, and says so */

#endif
