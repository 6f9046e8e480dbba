/* SPDX-License-Identifier: MIT */
/* The goldfish clock, as Linux's driver uses it: nanoseconds in two halves, of which reading the low
 * one latches the high one; writing them sets it. An alarm pends once its time has come, and raises
 * source 11 of the PLIC if that is enabled, until it is cleared. */
#include "lib/mmio.h"

#define TIME_LOW (RTC + 0x00)
#define TIME_HIGH (RTC + 0x04)
#define ALARM_LOW (RTC + 0x08)
#define ALARM_HIGH (RTC + 0x0c)
#define IRQ_ENABLED (RTC + 0x10)
#define CLEAR_ALARM (RTC + 0x14)
#define ALARM_STATUS (RTC + 0x18)
#define CLEAR_INTERRUPT (RTC + 0x1c)
#define SECOND UINT64_C(1000000000)

static uint64_t now(void)
{
    uint64_t low = read32(TIME_LOW);
    return read32(TIME_HIGH) << 32 | low;
}

static void set_time(uint64_t ns)
{
    write32(TIME_HIGH, ns >> 32);
    write32(TIME_LOW, ns);
}

static void set_alarm(uint64_t ns)
{
    write32(ALARM_HIGH, ns >> 32);
    write32(ALARM_LOW, ns);
}

/* Whether the PLIC saw the line high since last time. */
static uint64_t line(void)
{
    uint64_t source = read32(PLIC_CLAIM(0));
    if (source == RTC_SOURCE)
        write32(PLIC_CLAIM(0), source);
    return source == RTC_SOURCE;
}

static void latch(void)
{
    set_time(UINT64_C(0x5fffff000));
    uint64_t high = read32(TIME_HIGH);
    uint64_t low = read32(TIME_LOW);
    high = read32(TIME_HIGH);
    uint64_t first = high << 32 | low;
    expect(1, first >= UINT64_C(0x5fffff000) && first < UINT64_C(0x5fffff000) + SECOND, true);
    while (read32(TIME_LOW) >= UINT64_C(0xfffff000)) {
    }
    expect(2, read32(TIME_HIGH), 6);
    set_time(UINT64_C(0x6fffff000));
    low = read32(TIME_LOW);
    for (volatile unsigned i = 0; i < 20000; i++) {
    }
    expect(3, read32(TIME_HIGH), low >= UINT64_C(0xfffff000) ? 6 : 7); /* the latch, not the clock */
    uint64_t before = now(), after = now();
    expect(4, after >= before && after - before < SECOND, true);
}

static void rate(void)
{
    uint64_t ns = now(), ticks = CSR_READ(time);
    while (CSR_READ(time) - ticks < 10000) {
    }
    ns = now() - ns;
    expect(5, ns >= 999000 && ns < SECOND, true); /* 10,000 ticks of 100 ns */
}

static void alarm(void)
{
    write32(CLEAR_INTERRUPT, 1);
    write32(IRQ_ENABLED, 1);
    uint64_t due = now() + 500000;
    set_alarm(due);
    expect(10, read32(ALARM_STATUS), 1);
    expect(11, read32(ALARM_LOW), (uint32_t)due);
    expect(12, read32(ALARM_HIGH), due >> 32);
    expect(13, line(), 0);
    while (!line()) {
    }
    expect(14, now() >= due, true);
    expect(15, read32(ALARM_STATUS), 0);
    write32(CLEAR_INTERRUPT, 1);
    line();
    expect(16, line(), 0);
    set_alarm(now() - 1); /* long past: at once */
    expect(17, line(), 1);
    write32(CLEAR_INTERRUPT, 1);
    line();
}

static void quiet_alarms(void)
{
    set_alarm(now() + 300000);
    write32(CLEAR_ALARM, 1);
    expect(20, read32(ALARM_STATUS), 0);
    uint64_t end = now() + 600000;
    while (now() < end) {
    }
    expect(21, line(), 0);
    write32(IRQ_ENABLED, 0);
    set_alarm(now() - 1);
    expect(22, line(), 0);
    write32(IRQ_ENABLED, 1); /* it pends still */
    expect(23, line(), 1);
    write32(CLEAR_INTERRUPT, 1);
    line();
    expect(24, line(), 0);
}

void test(void)
{
    write32(PLIC_PRIORITY(RTC_SOURCE), 1);
    write32(PLIC_ENABLE(0), 1 << RTC_SOURCE);
    write32(PLIC_THRESHOLD(0), 0);
    for (unsigned round = 0; round < 2; round++) {
        latch();
        rate();
        alarm();
        quiet_alarms();
    }
}
