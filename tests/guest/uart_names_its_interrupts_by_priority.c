/* SPDX-License-Identifier: MIT */
/* 16550: IIR names line status before received data before the empty transmitter before the modem;
 * each goes by its own means. Received data interrupts at the trigger level, or, below it, after a
 * time without any; it is the time-out's own number then. */
/* qemu: no, it tells no changes in loopback */
#include "lib/mmio.h"

#define IIR_ID 0x0f
#define MODEM 0
#define NONE 1
#define THR_EMPTY 2
#define RECEIVED 4
#define LINE 6
#define TIMEOUT 12

static uint64_t iir(void)
{
    return uart_read(UART_IIR) & IIR_ID;
}

static void send(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        uart_write(UART_THR, i);
}

static void priorities(void)
{
    uart_write(UART_FCR, 7);
    uart_write(UART_MCR, UART_LOOP);
    uart_read(UART_MSR);
    uart_read(UART_LSR);
    uart_write(UART_IER, 0);
    uart_write(UART_MCR, UART_LOOP | 1); /* DTR: DSR changes */
    send(17);
    uart_write(UART_IER, 0xf);
    expect_of_uart(1, iir(), LINE);
    expect_of_uart(2, iir(), LINE);
    uart_read(UART_LSR);
    for (unsigned i = 0; i < 16; i++) {
        expect_of_uart(3, iir(), RECEIVED);
        uart_read(UART_RBR);
    }
    expect_of_uart(4, iir(), THR_EMPTY);
    expect_of_uart(5, iir(), MODEM);
    expect_of_uart(6, iir(), MODEM);
    uart_read(UART_MSR);
    expect_of_uart(7, iir(), NONE);
    uart_quiet();
}

static void triggers(void)
{
    static const uint8_t levels[4] = {1, 4, 8, 14};
    uart_write(UART_MCR, UART_LOOP);
    for (unsigned i = 0; i < 4; i++) {
        uart_write(UART_FCR, i << 6 | 7);
        uart_write(UART_IER, 1);
        expect_of_uart(10, iir(), NONE);
        if (levels[i] > 1) {
            send(levels[i] - 1);
            while (iir() == NONE) {
            }
            expect_of_uart(11, iir(), TIMEOUT);
            send(1);
        } else {
            send(levels[i]);
        }
        expect_of_uart(12, iir(), RECEIVED);
        uart_read(UART_RBR);
        expect_of_uart(13, iir() == RECEIVED, false);
        uart_write(UART_IER, 0);
        expect_of_uart(14, iir(), NONE);
    }
    uart_quiet();
}

void test(void)
{
    for (unsigned round = 0; round < 2; round++) {
        priorities();
        triggers();
    }
}
