/* SPDX-License-Identifier: MIT */
/* 16550, transmitter: its interrupt comes at once if it is enabled while the holding register is
 * empty, goes when IIR has named it, and comes again with the next character or the next time it is
 * enabled. The line to the PLIC is a level, and MCR's OUT2 does not gate it. */
/* qemu: no, a level that stays high does not pend again at its PLIC */
#include "lib/mmio.h"

#define IIR_ID 0x0f
#define NONE 1
#define THR_EMPTY 2
#define LSR_EMPTY 0x60
#define ENABLE_THR_EMPTY 2

static uint64_t iir(void)
{
    return uart_read(UART_IIR) & IIR_ID;
}

/* What the PLIC sees anew. */
static uint64_t line(void)
{
    uint64_t source = read32(PLIC_CLAIM(0));
    if (source != 0)
        write32(PLIC_CLAIM(0), source);
    return read32(PLIC_PENDING(0)) >> UART_SOURCE & 1;
}

static void by_enable(void)
{
    uart_write(UART_IER, 0);
    expect_of_uart(1, iir(), NONE);
    expect_of_uart(2, line(), 0);
    uart_write(UART_IER, ENABLE_THR_EMPTY);
    expect_of_uart(3, line(), 1);
    expect_of_uart(4, iir(), THR_EMPTY);
    expect_of_uart(5, iir(), NONE);
    expect_of_uart(6, line(), 0);
    uart_write(UART_IER, 0);
    uart_write(UART_IER, ENABLE_THR_EMPTY);
    expect_of_uart(7, iir(), THR_EMPTY);
    uart_write(UART_IER, 0);
    uart_write(UART_IER, ENABLE_THR_EMPTY);
    uart_write(UART_IER, 0); /* nobody asked: gone */
    expect_of_uart(8, line(), 0);
    expect_of_uart(9, iir(), NONE);
}

static void by_character(void)
{
    uart_write(UART_MCR, UART_LOOP);
    uart_write(UART_FCR, 7);
    uart_write(UART_IER, ENABLE_THR_EMPTY);
    iir();
    for (unsigned i = 0; i < 20; i++) {
        expect_of_uart(10, line(), 0);
        uart_write(UART_THR, i);
        while ((uart_read(UART_LSR) & LSR_EMPTY) != LSR_EMPTY) {
        }
        expect_of_uart(11, line(), 1);
        expect_of_uart(12, iir(), THR_EMPTY);
        expect_of_uart(13, iir(), NONE);
    }
    uart_quiet();
}

void test(void)
{
    write32(PLIC_PRIORITY(UART_SOURCE), 1);
    write32(PLIC_ENABLE(0), 1 << UART_SOURCE);
    write32(PLIC_THRESHOLD(0), 0);
    for (unsigned round = 0; round < 2; round++) {
        by_enable();
        by_character();
    }
}
