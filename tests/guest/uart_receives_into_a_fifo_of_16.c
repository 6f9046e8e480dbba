/* SPDX-License-Identifier: MIT */
/* 16550, receiver, through its loopback: 16 characters in order, the 17th is lost and LSR says so
 * once; without the FIFO a character overwrites the one before. Resetting the FIFO empties it. */
#include "lib/mmio.h"

#define LSR_READY 1
#define LSR_OVERRUN 2
#define LSR_INPUT 0x1f
#define FIFO 16

static void send(unsigned count, unsigned first)
{
    for (unsigned i = 0; i < count; i++)
        uart_write(UART_THR, first + i);
}

static uint64_t status(void)
{
    return uart_read(UART_LSR) & LSR_INPUT;
}

static void with_fifo(void)
{
    uart_write(UART_FCR, 7);
    expect_of_uart(1, uart_read(UART_IIR) >> 6, 3);
    expect_of_uart(2, status(), 0);
    for (unsigned count = 1; count <= FIFO; count++) {
        send(count, 0x40);
        for (unsigned i = 0; i < count; i++) {
            expect_of_uart(3, status(), LSR_READY);
            expect_of_uart(4, uart_read(UART_RBR), 0x40 + i);
        }
        expect_of_uart(5, status(), 0);
    }
    send(FIFO + 1, 0x80);
    expect_of_uart(6, status(), LSR_READY | LSR_OVERRUN);
    expect_of_uart(7, status(), LSR_READY);
    for (unsigned i = 0; i < FIFO; i++)
        expect_of_uart(8, uart_read(UART_RBR), 0x80 + i);
    expect_of_uart(9, status(), 0);
    send(5, 0);
    uart_write(UART_FCR, 3);
    expect_of_uart(10, status(), 0);
    send(1, 0x77);
    expect_of_uart(11, uart_read(UART_RBR), 0x77);
    uart_write(UART_FCR, 5); /* the transmitter's reset does not concern it */
    send(1, 0x78);
    uart_write(UART_FCR, 5);
    expect_of_uart(12, uart_read(UART_RBR), 0x78);
}

static void without_fifo(void)
{
    uart_write(UART_FCR, 0);
    expect_of_uart(20, uart_read(UART_IIR) >> 6, 0);
    expect_of_uart(21, status(), 0);
    send(1, 0x31);
    expect_of_uart(22, status(), LSR_READY);
    send(1, 0x32);
    expect_of_uart(23, status(), LSR_READY | LSR_OVERRUN);
    expect_of_uart(24, uart_read(UART_RBR), 0x32);
    expect_of_uart(25, status(), 0);
    send(1, 0x33);
    uart_write(UART_FCR, 1); /* a change of mode empties both */
    expect_of_uart(26, status(), 0);
}

void test(void)
{
    uart_write(UART_IER, 0);
    uart_write(UART_MCR, UART_LOOP);
    for (unsigned round = 0; round < 3; round++) {
        with_fifo();
        without_fifo();
    }
    uart_quiet();
}
