/* SPDX-License-Identifier: MIT */
#include "timer.h"

#include "csr.h"
#include "sbi.h"

enum { TIME_SET = 0 };

static uint64_t period, next;
static volatile unsigned ticks;

void timer_init(uint64_t frequency)
{
    period = frequency / 10;
    next = csr_read(time) + period;
    sbi_call(SBI_TIME, TIME_SET, next, 0, 0);
    csr_set(sie, INTERRUPT_TIMER);
}

/* The interrupt is pending while time >= what was set: setting the next date ends it. */
void timer_interrupt(void)
{
    next += period;
    sbi_call(SBI_TIME, TIME_SET, next, 0, 0);
    ticks++;
}

unsigned timer_ticks(void)
{
    return ticks;
}
