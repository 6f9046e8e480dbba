/* SPDX-License-Identifier: MIT */
/* The event loop: turns of the harts, timers, idling. The only place that sleeps and the only one that makes the
 * clock's sync points. */
#include "machine/machine_state.h"

#include <inttypes.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "host/host_time.h"

/* How long to wait for a host that has refused something (PAUSE_HOST), before it is asked again. */
#define HOST_RETRY_NS NS_PER_SECOND

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

void machine_check_timers(struct machine *m)
{
    uint64_t now = clock_ticks(&m->clock, m->steps);
    if (m->deadline_moved || now >= m->deadline)
        update_timers(m, now);
}

/* What is around the harts: disks, networks, sockets. In a replay it is the journal that says what they did. */

static void poll_sources(struct machine *m)
{
    unsigned count;
    const struct event_source *sources = peripherals_sources(m->peripherals, &count);
    for (unsigned i = 0; i < count; i++)
        if (sources[i].poll != NULL)
            sources[i].poll(sources[i].owner);
}

static void watch_source(struct machine *m, const struct event_source *source, uint64_t *timeout_ns)
{
    if (source->watch != NULL)
        source->watch(source->owner, &m->wait_set, timeout_ns);
}

/* Makes the set of all descriptors to wait for; the longest time to wait at most. own: those of the machine's own sources,
 * too. Whoever has sent the machine through time waits within one of the others. */
static uint64_t watch_sources(struct machine *m, bool own, uint64_t timeout_ns)
{
    unsigned count;
    const struct event_source *sources = peripherals_sources(m->peripherals, &count);
    wait_set_clear(&m->wait_set);
    for (unsigned i = 0; i < count && own && !journal_replays(m->journal); i++)
        watch_source(m, &sources[i], &timeout_ns);
    for (unsigned i = 0; i < m->control.source_count && !m->travel.alone; i++)
        watch_source(m, m->control.sources[i], &timeout_ns);
    m->control.served = m->travel.alone;
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
    for (unsigned i = 0; i < count; i++)
        serve_source(m, &sources[i]);
}

/* Serves what is ready without sleeping. */
static void look_at_sources(struct machine *m)
{
    watch_sources(m, true, UINT64_MAX);
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

/* The steps to the end of the turn or the next timer, whichever is nearer. At least one. */
static uint64_t slice_steps(const struct machine *m)
{
    uint64_t end = (m->steps | (SLICE_STEPS - 1)) + 1;
    end = earliest(end, clock_step_at(&m->clock, m->deadline));
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
    if (UNLIKELY(m->sampler != NULL) && !m->quiet)
        return make_sampled_steps(m, h, steps);
    uint64_t made = engine_run(m->engine, h, steps);
    m->steps += made;
    return made;
}

/* The natural end of a slice: whatever cuts it short of that (a breakpoint, a debugger's step or pause) has it go on later,
 * and nothing is polled, fed or counted in between, so that the guest does not notice. */
static void end_slice(struct machine *m, struct hart *h)
{
    bool used_up = m->steps >= m->slice_end && is_aligned(m->steps, SLICE_STEPS);
    m->round_due = true;
    if (used_up && h->wait == HART_RUNS && !h->yield)
        m->busy |= BIT(h->id);
    if (used_up || h->yield)
        machine_pass_turn(m, (m->turn + 1) % m->hart_count);
    h->yield = false;
    if (UNLIKELY(m->quiet))
        return; /* they have seen it */
    if (UNLIKELY(m->digest_log != NULL))
        digest_log_slice(m->digest_log, m);
    if (UNLIKELY(m->supervisor != NULL))
        m->supervisor->slice(m->supervisor->owner, h);
}

/* To the slice's end, or to where somebody wants a look, or to the end of the budget, of which a machine that is saved there knows
 * nothing. */
static uint64_t steps_to_make(const struct machine *m, const struct hart *h)
{
    uint64_t end = earliest(earliest(m->slice_end, m->leg_end), journal_forced_step(m->journal));
    if (m->config.max_steps != 0)
        end = earliest(end, m->config.max_steps);
    return control_limit(m, h, end > m->steps ? end - m->steps : 1);
}

static void run_slice(struct machine *m, struct hart *h)
{
    m->running = (unsigned)h->id;
    if (UNLIKELY(m->control.alarm != NULL) && !m->quiet)
        control_alarm(m);
    m->in_run = true;
    uint64_t made = make_steps(m, h, steps_to_make(m, h));
    m->in_run = false;
    machine_note_timer(m, h);
    bool over = m->steps >= m->slice_end || m->round_due || h->wait != HART_RUNS || h->yield;
    if (over || m->stop.reason != STOP_NONE)
        end_slice(m, h);
    if (UNLIKELY(h->hit.kind != DEBUG_NOTHING || m->control.selective || m->quiet))
        control_after_slice(m, h, made);
}

/* Until the user's time limit. */
static uint64_t time_left_ns(const struct machine *m)
{
    if (m->config.timeout_secs <= 0)
        return UINT64_MAX;
    double left = m->config.timeout_secs * 1e9 - (double)(host_now_ns() - m->started_ns);
    return left > 0 ? (uint64_t)left : 0;
}

/* Signals, the user's Ctrl-A x, the time limit: the run is to end at the next moment at which it may. */
static void check_host(struct machine *m)
{
    struct stop stop;
    if (m->host.interrupted(m->host.owner, &stop))
        m->control.end = stop;
    else if (time_left_ns(m) == 0)
        m->control.end = (struct stop){STOP_TIMEOUT, 0};
}

/* What a sync point of the wall clock made of the host's time is the journal's; the virtual clock needs none. */
static void note_sync(struct machine *m, enum journal_kind kind)
{
    const struct clock *clock = &m->clock;
    uint64_t words[] = {clock->sync_ticks, clock->rate, clock->dropped_ticks};
    journal_put_words(m->journal, kind, 0, words, ARRAY_SIZE(words));
}

/* A sync point as it was. False: the journal has none here. */
static bool repeat_sync(struct machine *m, enum journal_kind kind)
{
    uint64_t words[3];
    if (!journal_take_words(m->journal, kind, 0, words, ARRAY_SIZE(words)) || words[1] == 0 ||
        words[1] > CLOCK_RATE_ONE)
        return false;
    clock_repeat(&m->clock, m->steps, words[0], words[1], words[2]);
    return true;
}

/* Everybody waits, in a replay: as often as it was. */
static void idle_again(struct machine *m)
{
    if (!repeat_sync(m, JOURNAL_IDLE) && !journal_ran_out(m->journal))
        journal_lose(m->journal);
}

static void sleep_until(struct machine *m, uint64_t now, uint64_t deadline)
{
    bool armed = deadline != UINT64_MAX;
    uint64_t wait_ticks = armed && deadline > now ? deadline - now : 0;
    uint64_t wait_ns = UINT64_MAX;
    if (armed && wait_ticks < UINT64_MAX / CLOCK_TICK_NS)
        wait_ns = wait_ticks * CLOCK_TICK_NS;
    wait_ns = earliest(wait_ns, time_left_ns(m));
    wait_ns = watch_sources(m, true, wait_ns);
    m->host.wait(m->host.owner, &m->wait_set, wait_ns);
    clock_sync_idle(&m->clock, m->steps, host_now_ns(), now);
    note_sync(m, JOURNAL_IDLE);
}

/* Everybody waits: sleep (or, under the virtual clock, skip) to the next timer or until input comes. */
static void pass_time(struct machine *m)
{
    machine_check_timers(m); /* what was polled may have brought the deadline nearer */
    uint64_t now = clock_ticks(&m->clock, m->steps);
    uint64_t deadline = earliest(m->deadline, machine_input_deadline(m, now));
    if (m->config.clock == CLOCK_VIRTUAL && deadline != UINT64_MAX) {
        look_at_sources(m);
        clock_sync_idle(&m->clock, m->steps, host_now_ns(), deadline);
        return;
    }
    journal_ask(m->journal);
    if (journal_replays(m->journal))
        idle_again(m);
    else
        sleep_until(m, now, deadline);
    serve_sources(m);
    m->busy = 0;
}

static void idle(struct machine *m)
{
    if (UNLIKELY(m->supervisor != NULL) && !m->quiet && m->supervisor->idle != NULL)
        m->supervisor->idle(m->supervisor->owner);
    if (m->stop.reason != STOP_NONE)
        return;
    if (UNLIKELY(m->strict != NULL))
        strict_pass_turn(m->strict, NULL, NULL);
    m->round_due = true;
    pass_time(m);
    check_host(m);
    machine_look_at_terminal(m);
}

/* Somebody has paused the machine: its devices stand still like its harts. */
static COLD void stand_still(struct machine *m)
{
    bool for_host = m->control.pause.reason == PAUSE_HOST;
    uint64_t wait_ns = watch_sources(m, false, earliest(time_left_ns(m), for_host ? HOST_RETRY_NS : UINT64_MAX));
    m->host.wait(m->host.owner, &m->wait_set, wait_ns);
    check_host(m);
    control_retry_host(m);
}

/* The clock learns of the steps made in the host's time; who was busy is counted anew. */
static void sync_clock(struct machine *m)
{
    m->sync_due = m->steps + CLOCK_SYNC_STEPS;
    if (m->config.clock == CLOCK_WALL && journal_replays(m->journal)) {
        if (!repeat_sync(m, JOURNAL_CLOCK))
            journal_lose(m->journal);
    } else if (m->config.clock == CLOCK_WALL) {
        clock_sync_busy(&m->clock, m->steps, count_ones64(m->busy), host_now_ns());
        note_sync(m, JOURNAL_CLOCK);
    }
    m->busy = 0;
}

/* The journal and the guest have parted, or a journal from a file has come to its end. */
static COLD bool replay_is_over(struct machine *m)
{
    if (!journal_is_lost(m->journal) && !journal_ran_out(m->journal))
        return false;
    struct error err;
    if (m->travel.alone)
        return true; /* whoever waits for it hears of it */
    if (m->travel.past) {
        error_set(&err, "the replay went another way than the run, at step %" PRIu64 ": the run cannot go on",
                  m->steps);
        machine_fail(m, &err);
    }
    machine_stop(m, STOP_QUIT, 0);
    return true;
}

/* Between two slices: all that may change what the guest sees, in an order and at steps that nothing outside can
 * shift. */
static void make_round(struct machine *m)
{
    if (UNLIKELY(m->journal->crowded))
        history_hurry(m->history);
    if (UNLIKELY(m->steps >= m->history_due))
        history_round(m->history);
    journal_ask(m->journal);
    if (UNLIKELY(journal_replays(m->journal)) && replay_is_over(m))
        return;
    if (m->steps >= m->sync_due) {
        sync_clock(m);
        look_at_sources(m);
        check_host(m);
        machine_look_at_terminal(m);
    }
    machine_check_timers(m);
    poll_sources(m);
    machine_feed_input(m);
    const struct hart *h = next_hart(m);
    m->slice_hart = h != NULL ? (unsigned)h->id : m->hart_count;
    m->slice_end = m->steps + slice_steps(m);
    m->round_due = false;
}

/* Those who control the machine act at one place alone, before a slice begins or goes on: there the journal can have
 * again what they did. */
static void attend_control(struct machine *m)
{
    for (unsigned i = 0; i < m->control.source_count && !m->control.served; i++)
        serve_source(m, m->control.sources[i]);
    m->control.served = true;
    for (unsigned i = 0; i < m->control.source_count; i++)
        if (m->control.sources[i]->poll != NULL)
            m->control.sources[i]->poll(m->control.sources[i]->owner);
    if (m->control.end.reason != STOP_NONE)
        control_end(m);
}

static void repeat_control(struct machine *m)
{
    if (UNLIKELY(journal_forced_step(m->journal) <= m->steps))
        control_repeat(m);
}

/* From the past to the present: there the machine pauses, as what comes then has not happened yet. */
static void look_for_the_present(struct machine *m)
{
    struct error err;
    if (LIKELY(!m->travel.past) || is_paused(m) || !travel_is_at_present(m))
        return;
    if (!travel_arrive(m, &err))
        machine_say(m, err.text);
    control_stand(m, (struct pause){.reason = PAUSE_PRESENT, .hart = m->running});
}

bool machine_repeat(struct machine *m)
{
    repeat_control(m);
    if (m->steps >= m->leg_end && travel_is_at_present(m))
        return true;
    if (m->round_due)
        make_round(m);
    repeat_control(m);
    if (m->stop.reason != STOP_NONE || journal_is_lost(m->journal))
        return false;
    if (m->round_due || (m->steps >= m->leg_end && travel_is_at_present(m)))
        return true;
    if (m->slice_hart == m->hart_count)
        idle(m);
    else if (m->steps < m->leg_end)
        run_slice(m, &m->harts[m->slice_hart]);
    else
        journal_lose(m->journal);
    return true;
}

void machine_loop(struct machine *m)
{
    if (m->round_due)
        machine_check_timers(m); /* of a machine that is looked at before its first round */
    while (m->stop.reason == STOP_NONE && !m->control.leave) {
        repeat_control(m);
        look_for_the_present(m);
        if (m->round_due && !is_paused(m) && m->stop.reason == STOP_NONE)
            make_round(m);
        repeat_control(m);
        look_for_the_present(m);
        attend_control(m);
        if (m->stop.reason != STOP_NONE || m->control.leave)
            break; /* nothing would end a sleep */
        if (UNLIKELY(is_paused(m)))
            stand_still(m);
        else if (UNLIKELY(m->round_due))
            continue; /* what the slice begins with is not what it was */
        else if (m->slice_hart < m->hart_count)
            run_slice(m, &m->harts[m->slice_hart]);
        else
            idle(m);
        if (m->config.max_steps != 0 && m->steps >= m->config.max_steps)
            machine_stop(m, STOP_BUDGET, 0);
    }
    if (UNLIKELY(m->strict != NULL))
        strict_pass_turn(m->strict, NULL, NULL);
}
