/* SPDX-License-Identifier: MIT */
/* Locks: what stands between acquire and release is done by one hart at a time. */
#ifndef LOCK_H
#define LOCK_H

#include <stdint.h>

struct lock {
    uint32_t next;                 /* the ticket that who comes next draws */
    volatile uint32_t serving;     /* who has this ticket has the lock */
    volatile uint32_t holder;      /* its number, plus 1; 0: nobody */
    uint64_t mie;                  /* whether its holder had interrupts on */
};

/* Interrupts are off in between. Of several locks the one taken last is released first. */
void acquire(struct lock *lock);
void release(struct lock *lock);

/* Whether this hart has it. */
int holding(struct lock *lock);

/* Returns once all harts have called it. */
void barrier(void);

uint32_t lr_sc_fetch_and_increment(uint32_t *p);

#endif
