/* SPDX-License-Identifier: MIT */
#include "timer.h"

#include "board.h"
#include "csr.h"

enum { PERIOD = 200000 };          /* mtime counts at 10 MHz: 0.02 s */

static volatile unsigned ticks;

void timer_init(void)
{
    REGISTER(uint64_t, CLINT_MTIMECMP) = REGISTER(uint64_t, CLINT_MTIME) + PERIOD;
    csr_set(mie, INTERRUPT_TIMER);
}

/* The interrupt is pending while mtime >= mtimecmp: setting the next date ends it. */
void timer_interrupt(void)
{
    REGISTER(uint64_t, CLINT_MTIMECMP) += PERIOD;
    ticks++;
}

unsigned timer_ticks(void)
{
    return ticks;
}
