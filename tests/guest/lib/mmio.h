/* SPDX-License-Identifier: MIT */
/* Where the devices are, and how their registers are read and written. */
#ifndef MICROVM_TESTS_GUEST_MMIO_H
#define MICROVM_TESTS_GUEST_MMIO_H

#include "lib/env.h"

#define RTC 0x101000
#define RTC_SOURCE 11
#define MSIP_OF(hart) (CLINT_MSIP + 4 * (hart))
#define MTIMECMP_OF(hart) (CLINT_MTIMECMP + 8 * (hart))
#define PLIC 0xc000000
#define PLIC_PRIORITY(source) (PLIC + 4 * (source))
#define PLIC_PENDING(source) (PLIC + 0x1000 + (source) / 32 * 4)
#define PLIC_ENABLE(context) (PLIC + 0x2000 + 0x80 * (context))
#define PLIC_THRESHOLD(context) (PLIC + 0x200000 + 0x1000 * (context))
#define PLIC_CLAIM(context) (PLIC + 0x200004 + 0x1000 * (context))
#define M_CONTEXT(hart) (2 * (hart))
#define S_CONTEXT(hart) (2 * (hart) + 1)
#define UART_SOURCE 10

#define MIP_MEIP (1 << 11)

enum { UART_RBR, UART_IER, UART_IIR, UART_LCR, UART_MCR, UART_LSR, UART_MSR, UART_SCR };
#define UART_THR UART_RBR
#define UART_FCR UART_IIR
#define UART_LOOP 0x10

#define DEFINE_ACCESS(bits)                                                                                            \
    static inline uint64_t read##bits(uint64_t at)                                                                     \
    {                                                                                                                  \
        return *(volatile uint##bits##_t *)at;                                                                         \
    }                                                                                                                  \
    static inline void write##bits(uint64_t at, uint64_t value)                                                        \
    {                                                                                                                  \
        *(volatile uint##bits##_t *)at = (uint##bits##_t)value;                                                        \
    }
DEFINE_ACCESS(8)
DEFINE_ACCESS(16)
DEFINE_ACCESS(32)
DEFINE_ACCESS(64)

static inline uint64_t uart_read(unsigned reg)
{
    return read8(UART + reg);
}

static inline void uart_write(unsigned reg, uint64_t value)
{
    write8(UART + reg, value);
}

/* Puts the UART back as it was at reset, as far as expect() needs it for its message. */
static inline void uart_quiet(void)
{
    uart_write(UART_LCR, 3);
    uart_write(UART_IER, 0);
    uart_write(UART_FCR, 0);
    uart_write(UART_MCR, 0);
}

/* For tests in which the UART cannot talk while it is looked at: the message comes after. */
static inline void expect_of_uart(unsigned number, uint64_t got, uint64_t want)
{
    if (got != want)
        uart_quiet();
    expect(number, got, want);
}

#endif
