/* SPDX-License-Identifier: MIT */
#include "timer.h"

#include "board.h"
#include "csr.h"

enum { PERIOD = 1000000 };         /* mtime counts at 10 MHz: 0.1 s */
#define NEVER (~0ul)

static volatile unsigned ticks;
static volatile uint64_t tick_date, alarm_date = NEVER;
static volatile int rang;

static void set_date(void)
{
    REGISTER(uint64_t, CLINT_MTIMECMP) = alarm_date < tick_date ? alarm_date : tick_date;
}

void timer_init(void)
{
    tick_date = REGISTER(uint64_t, CLINT_MTIME) + PERIOD;
    set_date();
    csr_set(mie, INTERRUPT_TIMER);
}

/* Two dates, one register: it holds the earlier one. */
void timer_interrupt(void)
{
    uint64_t now = REGISTER(uint64_t, CLINT_MTIME);
    if (now >= tick_date) {
        tick_date += PERIOD;
        ticks++;
    }
    if (now >= alarm_date) {
        alarm_date = NEVER;
        rang = 1;
    }
    set_date();
}

unsigned timer_ticks(void)
{
    return ticks;
}

/* Interrupts are off in main while it works, so the handler cannot come between. */
void alarm_set(unsigned long delay)
{
    alarm_date = REGISTER(uint64_t, CLINT_MTIME) + delay;
    set_date();
}

int alarm_rang(void)
{
    int was = rang;
    rang = 0;
    return was;
}
