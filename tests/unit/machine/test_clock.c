/* SPDX-License-Identifier: MIT */
/* Guest time: monotonic, a function of the steps alone between two sync points, never faster than the cap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine/clock.h"

#define SECOND_NS UINT64_C(1000000000)

static uint64_t random_state = 1;

static uint64_t pick(uint64_t limit)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (random_state >> 20) % limit;
}

static struct clock make(enum clock_mode mode)
{
    struct clock clock;
    clock_init(&clock, mode, 5 * SECOND_NS, 1000 * SECOND_NS);
    return clock;
}

static void virtual_time_is_a_tick_for_every_hundred_steps(void **unused)
{
    (void)unused;
    struct clock clock = make(CLOCK_VIRTUAL);
    for (uint64_t steps = 0; steps < 100000; steps += 1 + pick(50)) {
        assert_int_equal(clock_ticks(&clock, steps), steps / 100);
        clock_sync_busy(&clock, steps, 1, pick(SECOND_NS)); /* host time does not count */
    }
    assert_int_equal(clock_ticks(&clock, UINT64_C(1) << 60), (UINT64_C(1) << 60) / 100);
}

/* step_at(t) is the first step with at least t ticks. */
static void check_inverse(const struct clock *clock, uint64_t ticks)
{
    uint64_t step = clock_step_at(clock, ticks);
    if (step == UINT64_MAX)
        return;
    assert_true(step >= clock->sync_steps);
    assert_true(clock_ticks(clock, step) >= ticks);
    if (step > clock->sync_steps)
        assert_true(clock_ticks(clock, step - 1) < ticks);
}

static void the_step_of_a_tick_is_its_first(void **unused)
{
    (void)unused;
    for (unsigned mode = 0; mode < 2; mode++)
        for (unsigned n = 0; n < 2000; n++) {
            struct clock clock = make(mode == 0 ? CLOCK_VIRTUAL : CLOCK_WALL);
            uint64_t made = 1 + pick(UINT64_C(1) << pick(40));
            clock_sync_busy(&clock, made, 1, 5 * SECOND_NS + pick(UINT64_C(1) << pick(36)));
            for (unsigned i = 0; i < 20; i++)
                check_inverse(&clock, clock_ticks(&clock, made) + pick(UINT64_C(1) << pick(40)));
            check_inverse(&clock, 0);
            assert_true(clock_step_at(&clock, UINT64_MAX) >= clock_step_at(&clock, UINT64_MAX - 1));
        }
}

/* A machine of any speed, syncing whenever it likes. */
static void time_never_goes_back(void **unused)
{
    (void)unused;
    for (unsigned n = 0; n < 300; n++) {
        struct clock clock = make(n & 1 ? CLOCK_WALL : CLOCK_VIRTUAL);
        uint64_t steps = 0, host = 5 * SECOND_NS, seen = 0;
        for (unsigned i = 0; i < 500; i++) {
            for (unsigned k = 0; k < 3; k++) {
                steps += pick(UINT64_C(1) << pick(20));
                uint64_t now = clock_ticks(&clock, steps);
                assert_true(now >= seen);
                seen = now;
            }
            host += pick(UINT64_C(1) << pick(28));
            if (pick(4) == 0)
                clock_sync_idle(&clock, steps, host, seen + pick(3));
            else
                clock_sync_busy(&clock, steps, pick(65), host - (pick(8) == 0 ? pick(1000) : 0));
            assert_true(clock_ticks(&clock, steps) >= seen);
            seen = clock_ticks(&clock, steps);
        }
    }
}

/* 20 MIPS at the least, in guest time: over any stretch a machine with one busy hart gets at most a tick for two steps. */
static void a_slow_machine_gets_no_more_than_a_tick_for_two_steps(void **unused)
{
    (void)unused;
    struct clock clock = make(CLOCK_WALL);
    uint64_t steps = 0, host = 5 * SECOND_NS;
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t before = clock_ticks(&clock, steps);
        for (unsigned k = 0; k < 10; k++) {
            steps += 1000;
            assert_true(clock_ticks(&clock, steps) - before <= 1000 * (k + 1) / 2 + 1);
        }
        host += SECOND_NS; /* 10,000 steps a second */
        clock_sync_busy(&clock, steps, 1, host);
        assert_true(clock_ticks(&clock, steps) - before <= 10000 / 2 + 1);
    }
    assert_in_range(clock_ticks(&clock, steps), steps / 2 - 10000, steps / 2);
    assert_true(clock.dropped_ticks > 999 * UINT64_C(10000000) - steps);
}

/* The ceiling is each busy hart's: 64 of them that share a host get 20 MIPS each, in guest time, as one alone does. */
static void a_slow_machine_gives_each_busy_hart_two_steps_for_a_tick(void **unused)
{
    (void)unused;
    for (unsigned busy = 1; busy <= 64; busy *= 4) {
        struct clock clock = make(CLOCK_WALL);
        uint64_t steps = 0, host = 5 * SECOND_NS;
        for (unsigned i = 0; i < 1000; i++) {
            uint64_t before = clock_ticks(&clock, steps);
            steps += CLOCK_SYNC_STEPS;
            if (i > 0)
                assert_true(clock_ticks(&clock, steps) - before <= CLOCK_SYNC_STEPS / (2 * busy) + 1);
            host += SECOND_NS;
            clock_sync_busy(&clock, steps, busy, host);
        }
        assert_in_range(clock_ticks(&clock, steps), steps / (2 * busy) - CLOCK_SYNC_STEPS,
                        steps / (2 * busy) +
                            CLOCK_SYNC_STEPS / 100); /* until the first sync nobody knows how many are busy */
    }
}

/* As many harts as there are do not slow the clock of a machine that is fast enough for each. */
static void a_machine_that_is_fast_enough_for_all_its_harts_follows_the_host(void **unused)
{
    (void)unused;
    struct clock clock = make(CLOCK_WALL);
    uint64_t steps = 0, host = 0;
    for (unsigned i = 0; i < 1000; i++) {
        steps += CLOCK_SYNC_STEPS;
        host += 1000000; /* 262 MIPS: for 13 harts */
        clock_sync_busy(&clock, steps, 13, 5 * SECOND_NS + host);
    }
    assert_int_equal(clock.dropped_ticks, 0);
    assert_in_range(clock_ticks(&clock, steps) * 100, host - 20000000, host + 20000000);
}

static void a_fast_machine_follows_the_host(void **unused)
{
    (void)unused;
    struct clock clock = make(CLOCK_WALL);
    uint64_t steps = 0, host = 0, worst = 0;
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t ns = 400000 + pick(1200000); /* 160 to 650 MIPS */
        steps += CLOCK_SYNC_STEPS;
        host += ns;
        clock_sync_busy(&clock, steps, 1, 5 * SECOND_NS + host);
        uint64_t guest = clock_ticks(&clock, steps) * 100, off = guest > host ? guest - host : host - guest;
        worst = i > 10 && off > worst ? off : worst;
    }
    assert_true(worst < 20000000); /* never 20 ms off in 20 s */
    assert_int_equal(clock.dropped_ticks, 0);
}

/* Short naps, each after a stretch that went slower than the one before it. */
static void napping_does_not_gain_time(void **unused)
{
    (void)unused;
    struct clock clock = make(CLOCK_WALL);
    uint64_t steps = 0, host = 0, worst = 0;
    for (unsigned i = 0; i < 20000; i++) {
        steps += CLOCK_SYNC_STEPS / 8;
        host += 50000 + pick(150000);
        clock_sync_busy(&clock, steps, 1, 5 * SECOND_NS + host);
        steps += CLOCK_SYNC_STEPS / 8;
        host += 50000 + pick(150000);
        clock_sync_idle(&clock, steps, 5 * SECOND_NS + host, 0);
        uint64_t guest = clock_ticks(&clock, steps) * 100, off = guest > host ? guest - host : host - guest;
        worst = i > 10 && off > worst ? off : worst;
    }
    assert_true(worst < 20000000);
}

static void idle_wall_time_passes_as_it_has(void **unused)
{
    (void)unused;
    struct clock clock = make(CLOCK_WALL);
    clock_sync_idle(&clock, 1000, 5 * SECOND_NS, 0);
    clock_sync_idle(&clock, 1000, 65 * SECOND_NS, 0);
    assert_int_equal(clock_ticks(&clock, 1000), 60 * UINT64_C(10000000)); /* tick 0 was at the 5th second */
    clock_sync_idle(&clock, 1000, 64 * SECOND_NS, 0);                     /* a host clock that steps back */
    assert_int_equal(clock_ticks(&clock, 1000), 60 * UINT64_C(10000000));
}

static void idle_virtual_time_jumps_to_the_tick_asked_for(void **unused)
{
    (void)unused;
    struct clock clock = make(CLOCK_VIRTUAL);
    clock_sync_idle(&clock, 250, 0, 1000000);
    assert_int_equal(clock_ticks(&clock, 250), 1000000);
    assert_int_equal(clock_ticks(&clock, 350), 1000001);
    clock_sync_idle(&clock, 400, 0, 5); /* never back */
    assert_int_equal(clock_ticks(&clock, 400), 1000001);
}

static void the_time_set_is_the_time_and_the_calendar_goes_on(void **unused)
{
    (void)unused;
    for (unsigned mode = 0; mode < 2; mode++) {
        struct clock clock = make(mode == 0 ? CLOCK_VIRTUAL : CLOCK_WALL);
        uint64_t unix_ns = clock_unix_ns(&clock, 123456);
        clock_set(&clock, 123456, 42);
        assert_int_equal(clock_ticks(&clock, 123456), 42);
        assert_int_equal(clock_unix_ns(&clock, 123456), unix_ns);
        clock_set(&clock, 123456, UINT64_C(1) << 62);
        assert_int_equal(clock_ticks(&clock, 123456), UINT64_C(1) << 62);
        assert_int_equal(clock_unix_ns(&clock, 123456), unix_ns);
        assert_true(clock_ticks(&clock, 200000) >= UINT64_C(1) << 62);
    }
}

/* The host's time between the last sync point and the setting has been had already. */
static void setting_the_time_does_not_make_it_leap_at_the_next_sync(void **unused)
{
    (void)unused;
    struct clock clock = make(CLOCK_WALL);
    uint64_t steps = CLOCK_SYNC_STEPS, host = 5 * SECOND_NS;
    for (unsigned i = 0; i < 5; i++, steps += CLOCK_SYNC_STEPS)
        clock_sync_busy(&clock, steps, 1, host += 1000000);
    uint64_t at = steps - CLOCK_SYNC_STEPS / 64; /* late in the stretch */
    clock_set(&clock, at, 1000);
    clock_sync_busy(&clock, steps, 1, host + 1000000);
    assert_in_range(clock_ticks(&clock, steps), 1000, 1000 + 2 * 10000 / 64 + 2);
}

/* However long it lay on a shelf. */
static void a_loaded_clock_goes_on_from_where_it_was(void **unused)
{
    (void)unused;
    struct clock clock = make(CLOCK_WALL);
    clock_sync_busy(&clock, CLOCK_SYNC_STEPS, 1, 5 * SECOND_NS);
    uint64_t at = CLOCK_SYNC_STEPS + 1000, ticks = clock_ticks(&clock, at);
    struct clock loaded = clock;
    loaded.host_ns = 77;
    clock_go_on(&loaded, at, 900 * SECOND_NS);
    assert_int_equal(clock_ticks(&loaded, at), ticks);
    clock_sync_idle(&loaded, at, 900 * SECOND_NS, 0);
    assert_int_equal(clock_ticks(&loaded, at), ticks);
    clock_sync_idle(&loaded, at, 901 * SECOND_NS, 0);
    assert_int_equal(clock_ticks(&loaded, at), ticks + SECOND_NS / CLOCK_TICK_NS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(virtual_time_is_a_tick_for_every_hundred_steps),
        cmocka_unit_test(the_step_of_a_tick_is_its_first),
        cmocka_unit_test(time_never_goes_back),
        cmocka_unit_test(a_slow_machine_gets_no_more_than_a_tick_for_two_steps),
        cmocka_unit_test(a_slow_machine_gives_each_busy_hart_two_steps_for_a_tick),
        cmocka_unit_test(a_machine_that_is_fast_enough_for_all_its_harts_follows_the_host),
        cmocka_unit_test(a_fast_machine_follows_the_host),
        cmocka_unit_test(napping_does_not_gain_time),
        cmocka_unit_test(idle_wall_time_passes_as_it_has),
        cmocka_unit_test(idle_virtual_time_jumps_to_the_tick_asked_for),
        cmocka_unit_test(the_time_set_is_the_time_and_the_calendar_goes_on),
        cmocka_unit_test(setting_the_time_does_not_make_it_leap_at_the_next_sync),
        cmocka_unit_test(a_loaded_clock_goes_on_from_where_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
