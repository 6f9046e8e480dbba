/* SPDX-License-Identifier: MIT */
/* The goldfish RTC. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "devices/goldfish_rtc.h"
#include "fakes.h"

enum { TIME_LOW = 0x00, TIME_HIGH = 0x04, ALARM_LOW = 0x08, ALARM_HIGH = 0x0c };
enum { IRQ_ENABLED = 0x10, CLEAR_ALARM = 0x14, ALARM_STATUS = 0x18, CLEAR_INTERRUPT = 0x1c };
#define EPOCH UINT64_C(0x17a1b2c3fffffff0) /* the low half is about to wrap */

struct fixture {
    struct fake_clock clock;
    struct fake_lines lines;
    struct goldfish_rtc *rtc;
    const struct device *dev;
};

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    struct time_source time = fake_time(&f->clock);
    struct irq_line irq = fake_line(&f->lines, 0);
    f->clock.unix_ns = EPOCH;
    f->rtc = goldfish_rtc_create(&time, &irq);
    f->dev = goldfish_rtc_device(f->rtc);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    goldfish_rtc_destroy(f->rtc);
    test_free(f);
    return 0;
}

static uint64_t get(struct fixture *f, unsigned offset)
{
    return reg_get(f->dev, offset, 4);
}

static void set(struct fixture *f, unsigned offset, uint64_t value)
{
    reg_set(f->dev, offset, 4, value);
}

static uint64_t read_clock(struct fixture *f)
{
    uint64_t low = get(f, TIME_LOW);
    return get(f, TIME_HIGH) << 32 | low;
}

static void set_alarm(struct fixture *f, uint64_t ns)
{
    set(f, ALARM_HIGH, ns >> 32);
    set(f, ALARM_LOW, ns);
}

static void advance(struct fixture *f, uint64_t ns)
{
    f->clock.unix_ns += ns;
    goldfish_rtc_update(f->rtc);
}

static bool irq(const struct fixture *f)
{
    return f->lines.level[0];
}

static void high_half_is_latched_by_the_low_read(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(get(f, TIME_LOW), 0xfffffff0);
    f->clock.unix_ns += 0x20;
    assert_int_equal(get(f, TIME_HIGH), 0x17a1b2c3);
    assert_int_equal(get(f, TIME_LOW), 0x10);
    assert_int_equal(get(f, TIME_HIGH), 0x17a1b2c4);
}

static void peek_does_not_latch(void **state)
{
    struct fixture *f = *state;
    get(f, TIME_LOW);
    f->clock.unix_ns += 0x20;
    uint64_t value = 0;
    assert_true(device_peek(f->dev, TIME_LOW, 4, &value));
    assert_int_equal(value, 0x10);
    assert_int_equal(get(f, TIME_HIGH), 0x17a1b2c3);
}

static void clock_set_high_then_low_goes_on_from_there(void **state)
{
    struct fixture *f = *state;
    set(f, TIME_HIGH, 0x01234567);
    set(f, TIME_LOW, 0x89abcdef);
    assert_int_equal(read_clock(f), UINT64_C(0x0123456789abcdef));
    f->clock.unix_ns += 1000;
    assert_int_equal(read_clock(f), UINT64_C(0x0123456789abcdef) + 1000);
}

static void alarm_interrupts_at_its_time_if_enabled(void **state)
{
    struct fixture *f = *state;
    set(f, IRQ_ENABLED, 1);
    set_alarm(f, EPOCH + 1000);
    assert_int_equal(get(f, ALARM_STATUS), 1);
    advance(f, 999);
    assert_false(irq(f));
    advance(f, 1);
    assert_true(irq(f));
    assert_int_equal(get(f, ALARM_STATUS), 0);
    set(f, CLEAR_INTERRUPT, 1);
    assert_false(irq(f));
    advance(f, 1000);
    assert_false(irq(f));
}

static void alarm_in_the_past_fires_within_the_store(void **state)
{
    struct fixture *f = *state;
    set(f, IRQ_ENABLED, 1);
    set_alarm(f, EPOCH);
    assert_true(irq(f));
}

static void interrupt_waits_for_its_enable_bit(void **state)
{
    struct fixture *f = *state;
    set_alarm(f, EPOCH);
    assert_false(irq(f));
    set(f, IRQ_ENABLED, 0xffffffff);
    assert_true(irq(f));
    assert_int_equal(get(f, IRQ_ENABLED), 1);
    set(f, IRQ_ENABLED, 0);
    assert_false(irq(f));
}

static void high_half_alone_does_not_arm_the_alarm(void **state)
{
    struct fixture *f = *state;
    set(f, IRQ_ENABLED, 1);
    set(f, ALARM_HIGH, 0);
    assert_int_equal(get(f, ALARM_STATUS), 0);
    advance(f, 1000);
    assert_false(irq(f));
}

static void cleared_alarm_never_fires(void **state)
{
    struct fixture *f = *state;
    set(f, IRQ_ENABLED, 1);
    set_alarm(f, EPOCH + 1000);
    set(f, CLEAR_ALARM, 1);
    assert_int_equal(get(f, ALARM_STATUS), 0);
    advance(f, 5000);
    assert_false(irq(f));
    assert_int_equal(goldfish_rtc_next_deadline(f->rtc, 0), UINT64_MAX);
}

static void alarm_reads_back(void **state)
{
    struct fixture *f = *state;
    set_alarm(f, UINT64_C(0x1122334455667788));
    assert_int_equal(get(f, ALARM_HIGH), 0x11223344);
    assert_int_equal(get(f, ALARM_LOW), 0x55667788);
}

static void deadline_is_the_tick_by_which_the_alarm_is_due(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(goldfish_rtc_next_deadline(f->rtc, 70), UINT64_MAX);
    set_alarm(f, EPOCH + 1000);
    assert_int_equal(goldfish_rtc_next_deadline(f->rtc, 70), 80);
    set_alarm(f, EPOCH + 1001);
    assert_int_equal(goldfish_rtc_next_deadline(f->rtc, 70), 81);
    set_alarm(f, EPOCH + 1);
    assert_int_equal(goldfish_rtc_next_deadline(f->rtc, 70), 71);
    f->clock.unix_ns += 10;
    assert_int_equal(goldfish_rtc_next_deadline(f->rtc, 70), 71);
    set_alarm(f, UINT64_MAX);
    assert_int_equal(goldfish_rtc_next_deadline(f->rtc, UINT64_MAX - 5), UINT64_MAX);
}

static void alarm_and_clock_writes_announce_a_new_deadline(void **state)
{
    struct fixture *f = *state;
    const unsigned offsets[] = {TIME_LOW, TIME_HIGH, ALARM_LOW, ALARM_HIGH, CLEAR_ALARM};
    for (unsigned i = 0; i < 5; i++) {
        unsigned before = f->clock.deadline_changes;
        set(f, offsets[i], 1);
        assert_int_equal(f->clock.deadline_changes, before + 1);
    }
}

static void setting_the_clock_past_the_alarm_fires_it(void **state)
{
    struct fixture *f = *state;
    set(f, IRQ_ENABLED, 1);
    set_alarm(f, EPOCH + (UINT64_C(1) << 40));
    set(f, TIME_HIGH, 0x7fffffff);
    assert_true(irq(f));
}

static void only_word_accesses_are_served(void **state)
{
    struct fixture *f = *state;
    for (unsigned offset = 0; offset < 0x20; offset += 8) {
        assert_true(reg_refused(f->dev, offset, 1));
        assert_true(reg_refused(f->dev, offset, 2));
        assert_true(reg_refused(f->dev, offset, 8));
    }
    assert_true(reg_refused(f->dev, 0x20, 4));
}

static void reset_disarms_the_alarm_and_keeps_the_clock(void **state)
{
    struct fixture *f = *state;
    set(f, TIME_HIGH, 5);
    uint64_t clock = read_clock(f);
    set(f, IRQ_ENABLED, 1);
    set_alarm(f, 0);
    assert_true(irq(f));
    f->dev->reset(f->dev->state);
    assert_false(irq(f));
    assert_int_equal(get(f, IRQ_ENABLED), 0);
    assert_int_equal(read_clock(f), clock);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(high_half_is_latched_by_the_low_read),
        TEST(peek_does_not_latch),
        TEST(clock_set_high_then_low_goes_on_from_there),
        TEST(alarm_interrupts_at_its_time_if_enabled),
        TEST(alarm_in_the_past_fires_within_the_store),
        TEST(interrupt_waits_for_its_enable_bit),
        TEST(high_half_alone_does_not_arm_the_alarm),
        TEST(cleared_alarm_never_fires),
        TEST(alarm_reads_back),
        TEST(deadline_is_the_tick_by_which_the_alarm_is_due),
        TEST(alarm_and_clock_writes_announce_a_new_deadline),
        TEST(setting_the_clock_past_the_alarm_fires_it),
        TEST(only_word_accesses_are_served),
        TEST(reset_disarms_the_alarm_and_keeps_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
