/* SPDX-License-Identifier: MIT */
/* Output: the 16550 serial port, a row of byte-wide registers, and printf on top of it. */
#include "kernel.h"
#include "format.h"

/* Transmit holding, divisor latch (low, high), interrupt enable, FIFO control, line control, line
   status: two of them share a number, and LCR says which is meant. */
enum { THR = 0, DLL = 0, IER = 1, DLM = 1, FCR = 2, LCR = 3, LSR = 5 };
enum { LSR_THR_EMPTY = 0x20 };
#define REG(n) MMIO(uint8_t, UART + (n))

void uart_init(void)
{
    REG(IER) = 0;                  /* no interrupts: we poll */
    REG(LCR) = 0x80;               /* 0 and 1 are the divisor of the clock now: */
    REG(DLL) = 1;                  /* as fast as it goes */
    REG(DLM) = 0;
    REG(LCR) = 0x03;               /* 8 data bits, no parity */
    REG(FCR) = 0x01;               /* FIFOs on */
}

void uart_write(const char *bytes, size_t count)
{
    while (count-- > 0) {
        while (!(REG(LSR) & LSR_THR_EMPTY))
            ;                      /* until there is room */
        REG(THR) = *bytes++;
    }
}

void printf(const char *f, ...)
{
    char text[256];
    va_list args;
    va_start(args, f);
    uart_write(text, format(text, sizeof text, f, args));
    va_end(args);
}
