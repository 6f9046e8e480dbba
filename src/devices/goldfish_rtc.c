/* SPDX-License-Identifier: MIT */
/* The goldfish RTC as Linux's rtc-goldfish driver and QEMU's virt board know it. */
#include "devices/goldfish_rtc.h"

#include <stdlib.h>

#include "base/bits.h"

#define NS_PER_TICK (UINT64_C(1000000000) / TIMEBASE_HZ)
#define LOW_HALF BITS(31, 0)
#define HIGH_HALF BITS(63, 32)

struct goldfish_rtc {
    struct device dev;
    struct time_source time;
    struct irq_line irq;
    uint64_t offset_ns; /* what setting the time added to the machine's clock; modulo 2^64 */
    uint64_t alarm_ns;
    uint32_t latched_high;
    bool armed;
    bool irq_enabled;
    bool irq_pending;
};

static uint64_t now_ns(const struct goldfish_rtc *rtc)
{
    return rtc->time.unix_ns(rtc->time.owner) + rtc->offset_ns;
}

static void drive_irq(struct goldfish_rtc *rtc)
{
    irq_set(&rtc->irq, rtc->irq_pending && rtc->irq_enabled);
}

void goldfish_rtc_update(struct goldfish_rtc *rtc)
{
    if (!rtc->armed || now_ns(rtc) < rtc->alarm_ns)
        return;
    rtc->armed = false;
    rtc->irq_pending = true;
    drive_irq(rtc);
}

uint64_t goldfish_rtc_next_deadline(const struct goldfish_rtc *rtc, uint64_t now)
{
    if (!rtc->armed)
        return UINT64_MAX;
    uint64_t clock = now_ns(rtc);
    uint64_t left_ns = rtc->alarm_ns > clock ? rtc->alarm_ns - clock : 1;
    uint64_t ticks = left_ns / NS_PER_TICK + (left_ns % NS_PER_TICK != 0);
    return ticks > UINT64_MAX - now ? UINT64_MAX : now + ticks;
}

/* The clock or the alarm was moved. */
static void rearm(struct goldfish_rtc *rtc)
{
    goldfish_rtc_update(rtc);
    rtc->time.deadline_changed(rtc->time.owner);
}

static uint64_t read_time_low(void *state, uint32_t index)
{
    (void)index;
    struct goldfish_rtc *rtc = state;
    uint64_t now = now_ns(rtc);
    rtc->latched_high = (uint32_t)(now >> 32);
    return now & LOW_HALF;
}

static uint64_t peek_time_low(void *state, uint32_t index)
{
    (void)index;
    return now_ns(state) & LOW_HALF;
}

static uint64_t read_time_high(void *state, uint32_t index)
{
    (void)index;
    const struct goldfish_rtc *rtc = state;
    return rtc->latched_high;
}

static void set_time(struct goldfish_rtc *rtc, uint64_t half, uint64_t value)
{
    uint64_t now = now_ns(rtc);
    rtc->offset_ns += field_set(now, half, value) - now;
    rearm(rtc);
}

static void write_time_low(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    set_time(state, LOW_HALF, value);
}

static void write_time_high(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    set_time(state, HIGH_HALF, value);
}

static uint64_t read_alarm_low(void *state, uint32_t index)
{
    (void)index;
    const struct goldfish_rtc *rtc = state;
    return rtc->alarm_ns & LOW_HALF;
}

static void write_alarm_low(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct goldfish_rtc *rtc = state;
    rtc->alarm_ns = field_set(rtc->alarm_ns, LOW_HALF, value);
    rtc->armed = true;
    rearm(rtc);
}

static uint64_t read_alarm_high(void *state, uint32_t index)
{
    (void)index;
    const struct goldfish_rtc *rtc = state;
    return rtc->alarm_ns >> 32;
}

/* The next write to ALARM_LOW arms the whole; an alarm that is armed already follows at once. */
static void write_alarm_high(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct goldfish_rtc *rtc = state;
    rtc->alarm_ns = field_set(rtc->alarm_ns, HIGH_HALF, value);
    rearm(rtc);
}

static uint64_t read_irq_enabled(void *state, uint32_t index)
{
    (void)index;
    const struct goldfish_rtc *rtc = state;
    return rtc->irq_enabled;
}

static void write_irq_enabled(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct goldfish_rtc *rtc = state;
    rtc->irq_enabled = value & 1;
    drive_irq(rtc);
}

static void write_clear_alarm(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    (void)value;
    struct goldfish_rtc *rtc = state;
    rtc->armed = false;
    rearm(rtc);
}

static uint64_t read_alarm_status(void *state, uint32_t index)
{
    (void)index;
    const struct goldfish_rtc *rtc = state;
    return rtc->armed;
}

static void write_clear_interrupt(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    (void)value;
    struct goldfish_rtc *rtc = state;
    rtc->irq_pending = false;
    drive_irq(rtc);
}

static const struct reg rtc_regs[] = {
    {.name = "TIME_LOW",
     .offset = 0x00,
     .size = 4,
     .read = read_time_low,
     .write = write_time_low,
     .peek = peek_time_low,
     .meaning = "low half of now; a read latches the high half"},
    {.name = "TIME_HIGH",
     .offset = 0x04,
     .size = 4,
     .read = read_time_high,
     .write = write_time_high,
     .meaning = "high half, as latched by TIME_LOW; a write sets the clock's high half"},
    {.name = "ALARM_LOW",
     .offset = 0x08,
     .size = 4,
     .read = read_alarm_low,
     .write = write_alarm_low,
     .meaning = "low half of the alarm; a write arms it"},
    {.name = "ALARM_HIGH",
     .offset = 0x0c,
     .size = 4,
     .read = read_alarm_high,
     .write = write_alarm_high,
     .meaning = "high half of the alarm, written before ALARM_LOW"},
    {.name = "IRQ_ENABLED",
     .offset = 0x10,
     .size = 4,
     .read = read_irq_enabled,
     .write = write_irq_enabled,
     .meaning = "bit 0: the alarm may interrupt"},
    {.name = "CLEAR_ALARM",
     .offset = 0x14,
     .size = 4,
     .write = write_clear_alarm,
     .meaning = "any write disarms the alarm"},
    {.name = "ALARM_STATUS", .offset = 0x18, .size = 4, .read = read_alarm_status, .meaning = "1: armed"},
    {.name = "CLEAR_INTERRUPT",
     .offset = 0x1c,
     .size = 4,
     .write = write_clear_interrupt,
     .meaning = "any write lowers the alarm's interrupt"},
    REG_END,
};

static const struct state_field rtc_fields[] = {
    STATE_NOT(struct goldfish_rtc, dev, "made with the machine"),
    STATE_NOT(struct goldfish_rtc, time, "wiring"),
    STATE_NOT(struct goldfish_rtc, irq, "wiring"),
    STATE(struct goldfish_rtc, offset_ns, STATE_ANY, "what setting the time added to the machine's clock"),
    STATE(struct goldfish_rtc, alarm_ns, STATE_ANY, "when the alarm rings"),
    STATE(struct goldfish_rtc, latched_high, STATE_ANY, "TIME_HIGH"),
    STATE(struct goldfish_rtc, armed, 1, "the alarm is set"),
    STATE(struct goldfish_rtc, irq_enabled, 1, "the alarm may interrupt"),
    STATE(struct goldfish_rtc, irq_pending, 1, "it has rung, and nobody has cleared that"),
    STATE_END,
};

static void rtc_loaded(void *object)
{
    struct goldfish_rtc *rtc = object;
    drive_irq(rtc);
    rtc->time.deadline_changed(rtc->time.owner);
}

static const struct state_table rtc_saved = {
    .fields = rtc_fields,
    .bytes = sizeof(struct goldfish_rtc),
    .loaded = rtc_loaded,
};

/* The clock goes on through a reset. */
static void rtc_reset(void *state)
{
    struct goldfish_rtc *rtc = state;
    rtc->alarm_ns = 0;
    rtc->latched_high = 0;
    rtc->armed = false;
    rtc->irq_enabled = false;
    rtc->irq_pending = false;
    drive_irq(rtc);
    rtc->time.deadline_changed(rtc->time.owner);
}

struct goldfish_rtc *goldfish_rtc_create(const struct time_source *time, const struct irq_line *irq)
{
    struct goldfish_rtc *rtc = calloc(1, sizeof *rtc);
    if (rtc == NULL)
        return NULL;
    *rtc = (struct goldfish_rtc){
        .dev = {.name = "goldfish-rtc", .state = rtc, .regs = rtc_regs, .reset = rtc_reset, .saved = &rtc_saved},
        .time = *time,
        .irq = *irq,
    };
    return rtc;
}

void goldfish_rtc_destroy(struct goldfish_rtc *rtc)
{
    free(rtc);
}

const struct device *goldfish_rtc_device(const struct goldfish_rtc *rtc)
{
    return &rtc->dev;
}
