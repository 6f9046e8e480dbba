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

static volatile unsigned software;

unsigned software_interrupts(void)
{
    return software;
}

static void software_interrupt(void)
{
    REGISTER(uint32_t, CLINT_MSIP) = 0;
    software++;
}

/* Goes on behind the instruction, which has 4 bytes if its two lowest bits are set, else 2. */
static void breakpoint(void)
{
    uint64_t at = csr_read(mepc);
    printf("ebreak at %lx\n", at);
    csr_write(mepc, at + ((REGISTER(uint16_t, at) & 3) == 3 ? 4 : 2));
}

/* Called by trap.S. */
void trap(struct frame *frame)
{
    (void)frame;
    uint64_t cause = csr_read(mcause);
    switch (cause) {
    case CAUSE_BREAKPOINT: breakpoint(); break;
    case CAUSE_SOFTWARE: software_interrupt(); break;
    case CAUSE_TIMER: timer_interrupt(); break;
    case CAUSE_EXTERNAL: keyboard_interrupt(); break;
    default: panic(cause);
    }
}
