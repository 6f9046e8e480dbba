/* SPDX-License-Identifier: MIT */
/* 16550: with LCR's DLAB offsets 0 and 1 are the divisor; without it they are data and interrupt
 * enables again, as they were. LCR and the scratch register hold what is written, IER four bits. */
#include "lib/mmio.h"

#define DLAB 0x80

void test(void)
{
    uart_write(UART_MCR, UART_LOOP);
    uart_write(UART_FCR, 7);
    uart_write(UART_IER, 0xff);
    expect_of_uart(1, uart_read(UART_IER), 0x0f);
    uart_write(UART_IER, 5);
    uart_write(UART_THR, 0x5a);
    uart_write(UART_LCR, DLAB | 3);
    expect_of_uart(2, uart_read(UART_LCR), DLAB | 3);
    uart_write(0, 0x34);
    uart_write(1, 0x12);
    expect_of_uart(3, uart_read(0), 0x34);
    expect_of_uart(4, uart_read(1), 0x12);
    expect_of_uart(5, uart_read(UART_LSR) & 1, 1);
    uart_write(UART_LCR, 3);
    expect_of_uart(6, uart_read(UART_IER), 5);
    expect_of_uart(7, uart_read(UART_RBR), 0x5a);
    expect_of_uart(8, uart_read(UART_LSR) & 1, 0);
    uart_write(UART_LCR, DLAB);
    expect_of_uart(9, uart_read(0), 0x34);
    uart_write(0, 1);
    expect_of_uart(10, uart_read(1), 0x12);
    uart_write(1, 0);
    uart_write(UART_LCR, 3);
    for (uint64_t value = 0; value < 256; value++) {
        uart_write(UART_SCR, value);
        expect_of_uart(11, uart_read(UART_SCR), value);
    }
    uart_quiet();
}
