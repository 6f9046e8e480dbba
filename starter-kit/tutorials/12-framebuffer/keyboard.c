/* SPDX-License-Identifier: MIT */
#include "keyboard.h"

#include "board.h"
#include "csr.h"

enum { RBR = 0, IER = 1, LSR = 5 }; /* registers: receive buffer, interrupt enable, line status */
enum { IER_RECEIVED = 1, LSR_READY = 1 };

static volatile char typed[64];    /* a ring: the interrupt fills it, keyboard_read empties it */
static volatile unsigned filled, taken;

void keyboard_init(void)
{
    REGISTER(uint32_t, PLIC_PRIORITY + 4 * UART_SOURCE) = 1; /* 0 would mean never */
    REGISTER(uint32_t, PLIC_ENABLE) = 1u << UART_SOURCE;
    REGISTER(uint32_t, PLIC_THRESHOLD) = 0;
    REGISTER(uint8_t, UART + IER) = IER_RECEIVED;
    csr_set(mie, INTERRUPT_EXTERNAL);
}

void keyboard_interrupt(void)
{
    uint32_t source = REGISTER(uint32_t, PLIC_CLAIM);
    while (source == UART_SOURCE && REGISTER(uint8_t, UART + LSR) & LSR_READY) {
        char c = REGISTER(uint8_t, UART + RBR);
        if (filled - taken < sizeof typed)
            typed[filled++ % sizeof typed] = c;
    }
    if (source)
        REGISTER(uint32_t, PLIC_CLAIM) = source; /* complete: it may interrupt again */
}

int keyboard_read(void)
{
    return taken == filled ? -1 : typed[taken++ % sizeof typed];
}
