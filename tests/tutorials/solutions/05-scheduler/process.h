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
    RECEIVING,                     /* until there is a message */
};

struct process {
    struct frame frame;
    enum state state;
    uint64_t wake;                 /* when, if it sleeps */
    uint64_t began, used;          /* when it got the hart, and for how long it had had it before */
    int priority;
    int has_message;
    uint64_t message;
    int pid;                       /* from 1 */
    uint64_t *root;                /* its page table */
};

extern struct process *current;    /* whose turn it is */

/* Makes a process that will begin at entry. Returns its number, or 0 if there is no room. */
int process_create(void (*entry)(void));

/* The next one that is ready becomes current, for a time slice. Waits until there is one. Returns
   its frame; if no process is left the run ends. */
struct frame *process_next(void);

/* The current process is not ready for so many milliseconds. Returns whose turn it is. */
struct frame *process_sleep(uint64_t milliseconds);

/* Returns 0, or -1 if there is no such process, or it has a message already. */
int process_send(int pid, uint64_t message);

/* The current process waits for a message. Returns whose turn it is. */
struct frame *process_receive(void);

/* The current process is over: all that it had is free again. Returns whose turn it is. */
struct frame *process_end(void);
struct frame *process_exit(int status); /* likewise, and says so */

#endif
