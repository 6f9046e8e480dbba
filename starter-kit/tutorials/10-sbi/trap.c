/* SPDX-License-Identifier: MIT */
#include "trap.h"

#include "console.h"
#include "csr.h"
#include "sbi.h"
#include "timer.h"

void trap_entry(void);             /* trap.S */

void trap_init(void)
{
    csr_write(stvec, trap_entry);
}

static _Noreturn void panic(uint64_t cause)
{
    printf("panic: scause %lx, sepc %lx, stval %lx\n", cause, csr_read(sepc), csr_read(stval));
    power_off(1);
}

/* Called by trap.S. */
void trap(void)
{
    uint64_t cause = csr_read(scause);
    if (cause != CAUSE_TIMER)
        panic(cause);
    timer_interrupt();
}
