/* SPDX-License-Identifier: MIT */
#include "machine/clock.h"

#include "base/compiler.h"

void clock_init(struct clock *clock, enum clock_mode mode, uint64_t host_ns, uint64_t unix_ns)
{
    *clock = (struct clock){
        .mode = mode, .host_ns = host_ns, .unix_ns = unix_ns, .rate = CLOCK_RATE_ONE / CLOCK_STEPS_PER_TICK};
}

uint64_t clock_ticks(const struct clock *clock, uint64_t steps)
{
    uint64_t since = steps - clock->sync_steps;
    if (clock->mode == CLOCK_VIRTUAL)
        return clock->sync_ticks + since / CLOCK_STEPS_PER_TICK;
    return clock->sync_ticks + (uint64_t)((uint128)since * clock->rate >> 32);
}

uint64_t clock_ns(const struct clock *clock, uint64_t steps)
{
    uint64_t since = steps - clock->sync_steps, synced = clock->sync_ticks * CLOCK_TICK_NS;
    if (clock->mode == CLOCK_VIRTUAL)
        return synced + since * CLOCK_TICK_NS / CLOCK_STEPS_PER_TICK;
    return synced + (uint64_t)((uint128)since * clock->rate * CLOCK_TICK_NS >> 32);
}

uint64_t clock_step_at(const struct clock *clock, uint64_t ticks)
{
    if (ticks <= clock->sync_ticks)
        return clock->sync_steps;
    uint64_t wanted = ticks - clock->sync_ticks;
    uint128 steps = clock->mode == CLOCK_VIRTUAL ? (uint128)wanted * CLOCK_STEPS_PER_TICK
                                                 : (((uint128)wanted << 32) + clock->rate - 1) / clock->rate;
    steps += clock->sync_steps;
    return steps > UINT64_MAX ? UINT64_MAX : (uint64_t)steps;
}

static void sync_at(struct clock *clock, uint64_t steps, uint64_t ticks, uint64_t host_ns)
{
    clock->sync_steps = steps;
    clock->sync_ticks = ticks;
    clock->host_ns = host_ns;
}

/* The speed just seen is the best guess of the next stretch's; between sync points time then runs evenly. */
static uint64_t rate_seen(uint64_t steps, uint64_t host_ticks, uint64_t steps_per_tick)
{
    uint64_t slowest = CLOCK_RATE_ONE / steps_per_tick;
    uint64_t seen = (uint64_t)(((uint128)host_ticks << 32) / (steps + 1));
    return seen == 0 ? 1 : seen > slowest ? slowest : seen;
}

void clock_sync_busy(struct clock *clock, uint64_t steps, unsigned busy_harts, uint64_t host_ns)
{
    if (clock->mode == CLOCK_VIRTUAL)
        return;
    uint64_t made = steps - clock->sync_steps;
    uint64_t passed = host_ns > clock->host_ns ? (host_ns - clock->host_ns) / CLOCK_TICK_NS : 0;
    uint64_t steps_per_tick = (uint64_t)CLOCK_SLOWEST_STEPS_PER_TICK * (busy_harts > 1 ? busy_harts : 1);
    uint64_t most = made / steps_per_tick;
    uint64_t granted = passed < most ? passed : most, dropped = passed - granted;
    uint64_t guest = clock_ticks(clock, steps), host = clock->sync_ticks + granted;
    uint64_t ahead = guest > host ? guest - host : 0, now = host + ahead;
    /* Time that the guest has had too early is taken from the next stretch, half of it at the most. */
    uint64_t pace = ahead < granted / 2 ? granted - ahead : granted / 2;
    clock->rate = rate_seen(made, pace, steps_per_tick);
    clock->dropped_ticks += dropped;
    /* The host's moment that `now` stands for: later than the present one where the guest is ahead, so that it is brought
     * back, and never rounded, so that nothing adds up. */
    uint64_t moment = clock->host_ns + (dropped + now - clock->sync_ticks) * CLOCK_TICK_NS;
    sync_at(clock, steps, now, moment);
}

void clock_sync_idle(struct clock *clock, uint64_t steps, uint64_t host_ns, uint64_t ticks)
{
    uint64_t now = clock_ticks(clock, steps);
    if (clock->mode == CLOCK_VIRTUAL) {
        sync_at(clock, steps, ticks > now ? ticks : now, host_ns);
        return;
    }
    uint64_t passed = host_ns > clock->host_ns ? (host_ns - clock->host_ns) / CLOCK_TICK_NS : 0;
    uint64_t host = clock->sync_ticks + passed;
    uint64_t next = host > now ? host : now;
    sync_at(clock, steps, next, clock->host_ns + (next - clock->sync_ticks) * CLOCK_TICK_NS);
}

void clock_resume(struct clock *clock, uint64_t still_ns)
{
    clock->host_ns += still_ns;
}

void clock_repeat(struct clock *clock, uint64_t steps, uint64_t ticks, uint64_t rate, uint64_t dropped_ticks)
{
    sync_at(clock, steps, ticks, clock->host_ns);
    clock->rate = rate;
    clock->dropped_ticks = dropped_ticks;
}

void clock_go_on(struct clock *clock, uint64_t steps, uint64_t host_ns)
{
    clock->host_ns = host_ns - (clock_ns(clock, steps) - clock->sync_ticks * CLOCK_TICK_NS);
}

void clock_set(struct clock *clock, uint64_t steps, uint64_t ticks)
{
    uint64_t now = clock_ticks(clock, steps);
    clock->unix_ns += (now - ticks) * CLOCK_TICK_NS;
    /* What the guest has had of the host's time since the last sync point it does not get again. */
    sync_at(clock, steps, ticks, clock->host_ns + (now - clock->sync_ticks) * CLOCK_TICK_NS);
}

uint64_t clock_unix_ns(const struct clock *clock, uint64_t steps)
{
    return clock->unix_ns + clock_ticks(clock, steps) * CLOCK_TICK_NS;
}
