/* SPDX-License-Identifier: MIT */
/* The timer: fifty interrupts a second. */
#ifndef TIMER_H
#define TIMER_H

void timer_init(void);
void timer_interrupt(void);

/* Interrupts so far. */
unsigned timer_ticks(void);

#endif
