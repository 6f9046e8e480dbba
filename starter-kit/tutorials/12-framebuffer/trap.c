/* SPDX-License-Identifier: MIT */
#include "trap.h"

#include "board.h"
#include "console.h"
#include "csr.h"
#include "keyboard.h"
#include "timer.h"

void trap_entry(void);             /* trap.S */

void trap_init(void)
{
    csr_write(mtvec, trap_entry);
}

static _Noreturn void panic(uint64_t cause)
{
    printf("panic: mcause %lx, mepc %lx, mtval %lx\n", cause, csr_read(mepc), csr_read(mtval));
    power_off(1);
}

/* Called by trap.S. */
void trap(struct frame *frame)
{
    (void)frame;
    uint64_t cause = csr_read(mcause);
    switch (cause) {
    case CAUSE_TIMER: timer_interrupt(); break;
    case CAUSE_EXTERNAL: keyboard_interrupt(); break;
    default: panic(cause);
    }
}
