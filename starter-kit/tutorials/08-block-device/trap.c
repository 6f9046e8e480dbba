/* SPDX-License-Identifier: MIT */
#include "trap.h"

#include "board.h"
#include "console.h"
#include "csr.h"
#include "disk.h"
#include "keyboard.h"
#include "plic.h"

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

static void external_interrupt(void)
{
    unsigned source = plic_claim();
    if (source == UART_SOURCE)
        keyboard_interrupt();
    else if (source == disk_source())
        disk_interrupt();
    if (source)
        plic_complete(source);     /* it may interrupt again */
}

/* Called by trap.S. */
void trap(struct frame *frame)
{
    (void)frame;
    uint64_t cause = csr_read(mcause);
    switch (cause) {
    case CAUSE_EXTERNAL: external_interrupt(); break;
    default: panic(cause);
    }
}
