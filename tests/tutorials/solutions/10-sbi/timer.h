/* SPDX-License-Identifier: MIT */
/* The timer: an interrupt every tenth of a second. */
#ifndef TIMER_H
#define TIMER_H

#include <stdint.h>

/* frequency: how often time counts in a second. sstc: whether stimecmp is there. */
void timer_init(uint64_t frequency, int sstc);
void timer_interrupt(void);

/* Interrupts so far. */
unsigned timer_ticks(void);

#endif
