/* SPDX-License-Identifier: MIT */
/* The timer: an interrupt every tenth of a second. */
#ifndef TIMER_H
#define TIMER_H

void timer_init(void);
void timer_interrupt(void);

/* Interrupts so far. */
unsigned timer_ticks(void);

/* An alarm so much of mtime from now; alarm_rang says once that it has rung. */
void alarm_set(unsigned long delay);
int alarm_rang(void);

#endif
