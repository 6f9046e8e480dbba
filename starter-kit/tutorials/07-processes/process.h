/* SPDX-License-Identifier: MIT */
/* Processes: programs with registers and an address space of their own. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdint.h>

#include "trap.h"

enum state {
    FREE,                          /* nobody's place */
    READY,                         /* runs, or could */
    SLEEPING,                      /* until its time has come */
    WAITING,                       /* until a child ends */
    ENDED,                         /* and the parent has not asked yet */
};

struct process {
    struct frame frame;
    enum state state;
    uint64_t wake;                 /* when, if it sleeps */
    int pid;                       /* from 1 */
    uint64_t *root;                /* its page table */
    struct process *parent;        /* who may wait for it, or NULL */
    int status;                    /* once it has ended */
};

extern struct process *current;    /* whose turn it is */

/* Makes a process of a program in the initrd. Returns its number, or 0 if there is no room or no
   such program. */
int process_create(const char *program);

/* The current process becomes another program, and begins there. Returns 0 if it cannot. */
int process_exec(const char *program);

/* Makes a process like the current one. Returns its number, or -1 if there is no room. */
int process_fork(void);

/* The current process wants to know of the next child that ends. Returns whose turn it is. */
struct frame *process_wait(void);

/* The next one that is ready becomes current, for a time slice. Waits until there is one. Returns
   its frame; if no process is left the run ends. */
struct frame *process_next(void);

/* The current process is not ready for so many milliseconds. Returns whose turn it is. */
struct frame *process_sleep(uint64_t milliseconds);

/* The current process is over: all that it had is free again, but for its status, which the parent
   may ask for. Returns whose turn it is. */
struct frame *process_end(int status);

#endif
