/* SPDX-License-Identifier: MIT */
/* PLIC 1.0: a claim gives the pending, enabled source of the highest priority, the lowest number
 * among equals, never one of priority 0; it clears the pending bit, and the source pends again only
 * after its completion, if its level is still high. MEIP says whether there is something to claim.
 * Sources: the UART's empty transmitter and an alarm of the clock that is long past. */
/* qemu: no, a level that stays high does not pend again */
#include "lib/mmio.h"

#define BOTH (1 << UART_SOURCE | 1 << RTC_SOURCE)
#define CONTEXT M_CONTEXT(0)
#define RTC_ALARM_LOW (RTC + 0x08)
#define RTC_ALARM_HIGH (RTC + 0x0c)
#define RTC_IRQ_ENABLED (RTC + 0x10)
#define RTC_CLEAR_INTERRUPT (RTC + 0x1c)

static uint64_t pending(void)
{
    return read32(PLIC_PENDING(0)) & BOTH;
}

static uint64_t meip(void)
{
    return CSR_READ(mip) & MIP_MEIP;
}

static void raise_both(void)
{
    uart_write(UART_IER, 2);
    write32(RTC_IRQ_ENABLED, 1);
    write32(RTC_ALARM_HIGH, 0);
    write32(RTC_ALARM_LOW, 1);
}

static void lower_both(void)
{
    uart_write(UART_IER, 0);
    write32(RTC_CLEAR_INTERRUPT, 1);
}

static void prioritise(uint64_t uart, uint64_t rtc)
{
    write32(PLIC_PRIORITY(UART_SOURCE), uart);
    write32(PLIC_PRIORITY(RTC_SOURCE), rtc);
}

/* Both are pending: claims them in this order, and completes them in the other. */
static void claim_in_order(unsigned number, uint64_t first, uint64_t second)
{
    expect(number, meip(), MIP_MEIP);
    expect(number + 1, read32(PLIC_CLAIM(CONTEXT)), first);
    expect(number + 2, pending(), BOTH & ~(UINT64_C(1) << first));
    expect(number + 3, meip(), MIP_MEIP);
    expect(number + 4, read32(PLIC_CLAIM(CONTEXT)), second);
    expect(number + 5, pending(), 0);
    expect(number + 6, meip(), 0);
    expect(number + 7, read32(PLIC_CLAIM(CONTEXT)), 0);
    write32(PLIC_CLAIM(CONTEXT), second);
    expect(number + 8, pending(), UINT64_C(1) << second);
    write32(PLIC_CLAIM(CONTEXT), first);
    expect(number + 9, pending(), BOTH);
}

/* Whoever has priority 0, or is not enabled, pends but is never given out. */
static void never_given(unsigned number)
{
    expect(number, pending(), BOTH);
    expect(number, meip(), 0);
    expect(number, read32(PLIC_CLAIM(CONTEXT)), 0);
    expect(number, pending(), BOTH);
}

void test(void)
{
    expect(1, read32(PLIC_PENDING(0)), 0);
    raise_both();
    expect(2, pending(), BOTH);
    write32(PLIC_ENABLE(CONTEXT), BOTH);
    write32(PLIC_THRESHOLD(CONTEXT), 0);
    prioritise(0, 0);
    never_given(3);
    prioritise(1, 1);
    claim_in_order(10, UART_SOURCE, RTC_SOURCE);
    prioritise(1, 2);
    claim_in_order(20, RTC_SOURCE, UART_SOURCE);
    prioritise(7, 6);
    claim_in_order(30, UART_SOURCE, RTC_SOURCE);
    write32(PLIC_ENABLE(CONTEXT), 0);
    never_given(40);
    write32(PLIC_ENABLE(CONTEXT), BOTH);
    lower_both(); /* a request that got through stays */
    expect(41, pending(), BOTH);
    uint64_t first = read32(PLIC_CLAIM(CONTEXT)), second = read32(PLIC_CLAIM(CONTEXT));
    expect(42, first + second, UART_SOURCE + RTC_SOURCE);
    write32(PLIC_CLAIM(CONTEXT), first);
    write32(PLIC_CLAIM(CONTEXT), second);
    expect(43, pending(), 0);
    expect(44, meip(), 0);
}
