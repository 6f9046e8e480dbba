/* SPDX-License-Identifier: MIT */
/* 16550: in loopback RTS, DTR, OUT1 and OUT2 come back as CTS, DSR, RI and DCD; MSR tells each change
 * once, of RI only its end. MCR has five bits. */
/* qemu: no, it tells no changes in loopback */
#include "lib/mmio.h"

#define DTR 1
#define RTS 2
#define OUT1 4
#define OUT2 8
#define CTS 0x10
#define DSR 0x20
#define RI 0x40
#define DCD 0x80

static void check(unsigned number, uint64_t mcr, uint64_t lines, uint64_t changes)
{
    uart_write(UART_MCR, UART_LOOP | mcr);
    expect_of_uart(number, uart_read(UART_MSR), lines | changes);
    expect_of_uart(number + 1, uart_read(UART_MSR), lines);
    expect_of_uart(number + 2, uart_read(UART_MCR), UART_LOOP | mcr);
}

void test(void)
{
    uart_write(UART_MCR, UART_LOOP);
    uart_read(UART_MSR);
    check(1, RTS, CTS, 1);
    check(4, DTR, DSR, 3);
    check(7, DTR | OUT1, DSR | RI, 0);
    check(10, DTR, DSR, 4);
    check(13, OUT2, DCD, 2 | 8);
    check(16, DTR | RTS | OUT1 | OUT2, CTS | DSR | RI | DCD, 1 | 2);
    check(19, 0, 0, 15);
    uart_write(UART_MCR, 0xff);
    expect_of_uart(22, uart_read(UART_MCR), 0x1f);
    uart_quiet();
}
