/* SPDX-License-Identifier: MIT */
#include "timer.h"

#include "csr.h"

void timer_init(void)
{
    timer_set(~0ul);               /* never, for now */
    csr_set(sie, INTERRUPT_TIMER);
}

uint64_t timer_now(void)
{
    return csr_read(time);
}

void timer_set(uint64_t when)
{
    csr_write(stimecmp, when);
}
