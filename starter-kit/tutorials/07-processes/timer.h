/* SPDX-License-Identifier: MIT */
/* The time, and an interrupt when it has come. */
#ifndef TIMER_H
#define TIMER_H

#include <stdint.h>

#define MILLISECOND 10000ul        /* time counts at 10 MHz */

void timer_init(void);
uint64_t timer_now(void);

/* The timer interrupt is pending from then on, and until the timer is set again. */
void timer_set(uint64_t when);

#endif
