/* SPDX-License-Identifier: MIT */
/* Locks: what stands between acquire and release is done by one hart at a time. */
#ifndef LOCK_H
#define LOCK_H

#include <stdint.h>

struct lock {
    uint32_t next;                 /* the ticket that who comes next draws */
    volatile uint32_t serving;     /* who has this ticket has the lock */
    uint64_t mie;                  /* whether its holder had interrupts on */
};

/* Interrupts are off in between. Of several locks the one taken last is released first. */
void acquire(struct lock *lock);
void release(struct lock *lock);

#endif
