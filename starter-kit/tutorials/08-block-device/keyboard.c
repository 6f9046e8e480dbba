/* SPDX-License-Identifier: MIT */
#include "keyboard.h"

#include "board.h"
#include "plic.h"

enum { RBR = 0, IER = 1, LSR = 5 }; /* registers: receive buffer, interrupt enable, line status */
enum { IER_RECEIVED = 1, LSR_READY = 1 };

static volatile char typed[1024];  /* a ring: the interrupt fills it, keyboard_read empties it */
static volatile unsigned filled, taken;

void keyboard_init(void)
{
    REGISTER(uint8_t, UART + IER) = IER_RECEIVED;
    plic_enable(UART_SOURCE);
}

void keyboard_interrupt(void)
{
    while (REGISTER(uint8_t, UART + LSR) & LSR_READY) {
        char c = REGISTER(uint8_t, UART + RBR);
        if (filled - taken < sizeof typed)
            typed[filled++ % sizeof typed] = c;
    }
}

int keyboard_read(void)
{
    return taken == filled ? -1 : typed[taken++ % sizeof typed];
}
