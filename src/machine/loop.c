/* SPDX-License-Identifier: MIT */
/* The event loop: turns of the harts, timers, idling. The only place that sleeps and the only one that makes the
 * clock's sync points. */
#include "machine/machine_state.h"

#include <time.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/csr.h"
#include "cpu/trap.h"

uint64_t machine_host_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool is_paused(const struct machine *m)
{
    return m->control.pause.reason != PAUSE_NONE;
}

/* Drives every comparator's line and finds the next moment at which one will change. */
static void update_timers(struct machine *m, uint64_t now)
{
    clint_update(m->clint, now);
    goldfish_rtc_update(m->rtc);
    uint64_t next = earliest(clint_next_deadline(m->clint, now), goldfish_rtc_next_deadline(m->rtc, now));
    for (unsigned i = 0; i < m->hart_count; i++) {
        csr_update_timer(&m->harts[i], now);
        next = earliest(next, csr_next_timer(&m->harts[i], now));
    }
    if (m->sbi != NULL)
        next = earliest(next, sbi_update_timer(m->sbi, now));
    unsigned count;
    const struct event_source *sources = peripherals_sources(m->peripherals, &count);
    for (unsigned i = 0; i < count; i++)
        next = earliest(next, sources[i].deadline != NULL ? sources[i].deadline(sources[i].owner) : UINT64_MAX);
    m->deadline = next;
    m->deadline_moved = false;
}

static void check_timers(struct machine *m)
{
    uint64_t now = clock_ticks(&m->clock, m->steps);
    if (m->deadline_moved || now >= m->deadline)
        update_timers(m, now);
}

/* What is around the harts: disks, networks, sockets, debuggers. */

static void poll_sources(struct machine *m)
{
    unsigned count;
    const struct event_source *sources = peripherals_sources(m->peripherals, &count);
    for (unsigned i = 0; i < count && !is_paused(m); i++)
        if (sources[i].poll != NULL)
            sources[i].poll(sources[i].owner);
    for (unsigned i = 0; i < m->control.source_count; i++)
        if (m->control.sources[i]->poll != NULL)
            m->control.sources[i]->poll(m->control.sources[i]->owner);
}

static void watch_source(struct machine *m, const struct event_source *source, uint64_t *timeout_ns)
{
    if (source->watch != NULL)
        source->watch(source->owner, &m->wait_set, timeout_ns);
}

/* Makes the set of all descriptors to wait for; the longest time to wait at most. A machine that is paused does not look
 * after its own. */
static uint64_t watch_sources(struct machine *m, uint64_t timeout_ns)
{
    unsigned count;
    const struct event_source *sources = peripherals_sources(m->peripherals, &count);
    wait_set_clear(&m->wait_set);
    for (unsigned i = 0; i < count && !is_paused(m); i++)
        watch_source(m, &sources[i], &timeout_ns);
    for (unsigned i = 0; i < m->control.source_count; i++)
        watch_source(m, m->control.sources[i], &timeout_ns);
    m->watched_all = !is_paused(m);
    return timeout_ns;
}

static void serve_source(struct machine *m, const struct event_source *source)
{
    if (source->serve != NULL)
        source->serve(source->owner, &m->wait_set);
}

static void serve_sources(struct machine *m)
{
    unsigned count;
    const struct event_source *sources = peripherals_sources(m->peripherals, &count);
    for (unsigned i = 0; i < count && m->watched_all; i++)
        serve_source(m, &sources[i]);
    for (unsigned i = 0; i < m->control.source_count; i++)
        serve_source(m, m->control.sources[i]);
}

/* Serves what is ready without sleeping. */
static void look_at_sources(struct machine *m)
{
    watch_sources(m, UINT64_MAX);
    wait_set_look(&m->wait_set);
    serve_sources(m);
}

/* True if the hart can make a step: one that waits is woken by any enabled interrupt that is pending. */
static bool can_run(struct hart *h)
{
    if ((h->wait == HART_WFI || h->wait == HART_SUSPENDED) && trap_wakes(h))
        h->wait = HART_RUNS;
    return h->wait == HART_RUNS;
}

/* The hart whose turn it is or, if that one waits, the next that can run; NULL: all wait. */
static struct hart *next_hart(struct machine *m)
{
    for (unsigned i = 0; i < m->hart_count; i++) {
        unsigned candidate = (m->turn + i) % m->hart_count;
        if (control_holds(m, &m->harts[candidate]) || !can_run(&m->harts[candidate]))
            continue;
        if (candidate != m->turn)
            machine_pass_turn(m, candidate);
        return &m->harts[candidate];
    }
    return NULL;
}

/* The steps to the nearest of: the end of the turn, the next timer, the end of the budget. At least one. */
static uint64_t slice_steps(const struct machine *m)
{
    uint64_t end = (m->steps | (SLICE_STEPS - 1)) + 1;
    end = earliest(end, clock_step_at(&m->clock, m->deadline));
    if (m->config.max_steps != 0)
        end = earliest(end, m->config.max_steps);
    return end > m->steps ? end - m->steps : 1;
}

/* One run in pieces, with the sampler's looks between them; what ends a piece early ends the run. */
static NOINLINE uint64_t make_sampled_steps(struct machine *m, struct hart *h, uint64_t steps)
{
    uint64_t made = 0, piece, done;
    do {
        if (m->steps >= m->sample_due)
            m->sample_due = m->steps + m->sampler->sample(m->sampler->owner, h);
        piece = earliest(steps - made, m->sample_due - m->steps);
        done = engine_run(m->engine, h, piece);
        m->steps += done;
        made += done;
    } while (made < steps && done == piece && !h->halt && h->wait == HART_RUNS);
    return made;
}

static uint64_t make_steps(struct machine *m, struct hart *h, uint64_t steps)
{
    if (UNLIKELY(m->sampler != NULL))
        return make_sampled_steps(m, h, steps);
    uint64_t made = engine_run(m->engine, h, steps);
    m->steps += made;
    return made;
}

static void run_slice(struct machine *m, struct hart *h)
{
    m->running = (unsigned)h->id;
    if (UNLIKELY(m->control.alarm != NULL))
        control_alarm(m);
    uint64_t made = make_steps(m, h, control_limit(m, h, slice_steps(m)));
    bool used_up = is_aligned(m->steps, SLICE_STEPS);
    if (used_up && h->wait == HART_RUNS && !h->yield)
        m->busy |= BIT(h->id);
    if (used_up || h->yield)
        machine_pass_turn(m, (m->turn + 1) % m->hart_count);
    h->yield = false;
    m->deadline_moved |= h->timer_moved;
    h->timer_moved = false;
    if (UNLIKELY(m->digest_log != NULL))
        digest_log_slice(m->digest_log, m);
    if (UNLIKELY(m->supervisor != NULL))
        m->supervisor->slice(m->supervisor->owner, h);
    if (UNLIKELY(h->hit.kind != DEBUG_NOTHING || m->control.selective))
        control_after_slice(m, h, made);
}

/* Until the user's time limit. */
static uint64_t time_left_ns(const struct machine *m)
{
    if (m->config.timeout_secs <= 0)
        return UINT64_MAX;
    double left = m->config.timeout_secs * 1e9 - (double)(machine_host_ns() - m->started_ns);
    return left > 0 ? (uint64_t)left : 0;
}

/* Everybody waits: sleep (or, under the virtual clock, skip) to the next timer or until input comes. */
static void idle(struct machine *m)
{
    if (UNLIKELY(m->supervisor != NULL) && m->supervisor->idle != NULL)
        m->supervisor->idle(m->supervisor->owner);
    if (m->stop.reason != STOP_NONE)
        return;
    if (UNLIKELY(m->strict != NULL))
        strict_pass_turn(m->strict, NULL, NULL);
    uint64_t now = clock_ticks(&m->clock, m->steps);
    uint64_t deadline = earliest(m->deadline, machine_input_deadline(m, now));
    bool armed = deadline != UINT64_MAX;
    if (m->config.clock == CLOCK_VIRTUAL && armed) {
        look_at_sources(m);
        clock_sync_idle(&m->clock, m->steps, machine_host_ns(), deadline);
        return;
    }
    uint64_t wait_ticks = armed && deadline > now ? deadline - now : 0;
    uint64_t wait_ns = UINT64_MAX;
    if (armed && wait_ticks < UINT64_MAX / CLOCK_TICK_NS)
        wait_ns = wait_ticks * CLOCK_TICK_NS;
    wait_ns = earliest(wait_ns, time_left_ns(m));
    wait_ns = watch_sources(m, wait_ns);
    m->host.wait(m->host.owner, &m->wait_set, wait_ns);
    serve_sources(m);
    clock_sync_idle(&m->clock, m->steps, machine_host_ns(), now);
    m->busy = 0;
}

/* Somebody has paused the machine: its devices stand still like its harts. */
static COLD void stand_still(struct machine *m)
{
    uint64_t wait_ns = watch_sources(m, time_left_ns(m));
    m->host.wait(m->host.owner, &m->wait_set, wait_ns);
    serve_sources(m);
}

/* The clock learns of the steps made in the host's time; who was busy is counted anew. */
static void sync_clock(struct machine *m)
{
    m->sync_due = m->steps + CLOCK_SYNC_STEPS;
    clock_sync_busy(&m->clock, m->steps, count_ones64(m->busy), machine_host_ns());
    m->busy = 0;
}

/* Signals, the user's Ctrl-A x, the terminal's size, the time limit. */
static void check_host(struct machine *m)
{
    struct stop stop;
    if (m->host.interrupted(m->host.owner, &stop))
        machine_stop(m, stop.reason, stop.code);
    machine_look_at_terminal(m);
    if (time_left_ns(m) == 0)
        machine_stop(m, STOP_TIMEOUT, 0);
}

void machine_loop(struct machine *m)
{
    m->deadline_moved = true;
    while (m->stop.reason == STOP_NONE) {
        if (m->steps >= m->sync_due) {
            sync_clock(m);
            look_at_sources(m);
            check_host(m);
        }
        check_timers(m);
        poll_sources(m);
        if (UNLIKELY(m->stop.reason != STOP_NONE))
            break; /* a source has ended the run, and nothing would end a sleep */
        if (UNLIKELY(is_paused(m))) {
            stand_still(m);
            check_host(m);
            continue;
        }
        machine_feed_input(m);
        struct hart *h = next_hart(m);
        if (h != NULL) {
            run_slice(m, h);
        } else {
            idle(m);
            check_host(m);
        }
        if (m->config.max_steps != 0 && m->steps >= m->config.max_steps)
            machine_stop(m, STOP_BUDGET, 0);
    }
    if (UNLIKELY(m->strict != NULL))
        strict_pass_turn(m->strict, NULL, NULL);
}
