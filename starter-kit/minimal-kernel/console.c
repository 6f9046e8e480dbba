/* SPDX-License-Identifier: MIT */
/* Output: the 16550 serial port, a row of byte-wide registers, and printf on top of it. */
#include "kernel.h"
#include "format.h"

enum { THR = 0, DLL = 0, IER = 1, DLM = 1, FCR = 2, LCR = 3, LSR = 5 };
#define REG(n) MMIO(uint8_t, UART + (n))

void uart_init(void)
{
    REG(IER) = 0;                  /* no interrupts: we poll */
    REG(LCR) = 0x80;               /* registers 0 and 1 become the divisor of the clock: */
    REG(DLL) = 1;                  /* as fast as it goes */
    REG(DLM) = 0;
    REG(LCR) = 0x03;               /* 8 data bits, no parity */
    REG(FCR) = 0x01;               /* FIFOs on */
}

void uart_write(const char *bytes, size_t count)
{
    while (count-- > 0) {
        while (!(REG(LSR) & 0x20))
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
