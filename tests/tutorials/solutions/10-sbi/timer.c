/* SPDX-License-Identifier: MIT */
#include "timer.h"

#include "csr.h"
#include "sbi.h"

enum { TIME_SET = 0 };

static uint64_t period, next;
static volatile unsigned ticks;

static int has_stimecmp;

static void set(uint64_t date)
{
    if (has_stimecmp)
        csr_write(0x14d, date);
    else
        sbi_call(SBI_TIME, TIME_SET, date, 0, 0);
}

void timer_init(uint64_t frequency, int sstc)
{
    has_stimecmp = sstc;
    period = frequency / 10;
    next = csr_read(time) + period;
    set(next);
    csr_set(sie, INTERRUPT_TIMER);
}

/* The interrupt is pending while time >= what was set: setting the next date ends it. */
void timer_interrupt(void)
{
    next += period;
    set(next);
    ticks++;
}

unsigned timer_ticks(void)
{
    return ticks;
}
