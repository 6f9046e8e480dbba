/* SPDX-License-Identifier: MIT */
/* What a device under test is wired to: a clock that stands still until it is told, recorded
 * interrupt lines and a recorded console. Include after cmocka.h. */
#ifndef MICROVM_TESTS_UNIT_DEVICES_FAKES_H
#define MICROVM_TESTS_UNIT_DEVICES_FAKES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "bus/char_backend.h"
#include "bus/device.h"
#include "bus/irq.h"
#include "bus/time_source.h"

struct fake_clock {
    uint64_t ticks;
    uint64_t unix_ns;
    unsigned deadline_changes;
};

static inline uint64_t fake_now(void *owner)
{
    return ((struct fake_clock *)owner)->ticks;
}

static inline void fake_set(void *owner, uint64_t ticks)
{
    ((struct fake_clock *)owner)->ticks = ticks;
}

static inline uint64_t fake_unix_ns(void *owner)
{
    return ((struct fake_clock *)owner)->unix_ns;
}

static inline void fake_deadline_changed(void *owner)
{
    ((struct fake_clock *)owner)->deadline_changes++;
}

static inline struct time_source fake_time(struct fake_clock *clock)
{
    return (struct time_source){.owner = clock,
                                .now = fake_now,
                                .set = fake_set,
                                .unix_ns = fake_unix_ns,
                                .deadline_changed = fake_deadline_changed};
}

/* The levels of up to 128 lines, how often one was driven, and how often to a new level. */
struct fake_lines {
    bool level[128];
    unsigned drives;
    unsigned edges;
};

static inline void fake_line_set(void *target, unsigned input, bool level)
{
    struct fake_lines *lines = target;
    lines->drives++;
    lines->edges += lines->level[input] != level;
    lines->level[input] = level;
}

static inline struct irq_line fake_line(struct fake_lines *lines, unsigned input)
{
    return (struct irq_line){.target = lines, .set = fake_line_set, .input = input};
}

struct fake_console {
    char text[4096];
    size_t length;
    unsigned wanted; /* how often the device asked for input */
    char unread[16];
    size_t unread_length;
};

static inline void fake_console_write(void *owner, const uint8_t *bytes, size_t count)
{
    struct fake_console *console = owner;
    assert_true(count <= sizeof console->text - console->length);
    memcpy(console->text + console->length, bytes, count);
    console->length += count;
}

static inline void fake_console_wanted(void *owner)
{
    ((struct fake_console *)owner)->wanted++;
}

static inline void fake_console_unread(void *owner, const uint8_t *bytes, size_t count)
{
    struct fake_console *console = owner;
    assert_true(count <= sizeof console->unread - console->unread_length);
    memcpy(console->unread + console->unread_length, bytes, count);
    console->unread_length += count;
}

static inline struct char_backend fake_backend(struct fake_console *console)
{
    return (struct char_backend){.owner = console, .write = fake_console_write, .wanted = fake_console_wanted, .unread = fake_console_unread};
}

static inline uint64_t reg_get(const struct device *dev, uint64_t offset, unsigned size)
{
    uint64_t value = ~UINT64_C(0);
    assert_true(device_read(dev, offset, size, &value));
    return value;
}

static inline void reg_set(const struct device *dev, uint64_t offset, unsigned size, uint64_t value)
{
    assert_true(device_write(dev, offset, size, value));
}

static inline bool reg_refused(const struct device *dev, uint64_t offset, unsigned size)
{
    uint64_t value;
    return !device_read(dev, offset, size, &value) && !device_write(dev, offset, size, 0) &&
           !device_peek(dev, offset, size, &value);
}

#endif
