/* SPDX-License-Identifier: MIT */
#include "machine/control.h"

#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "host/host_time.h"
#include "machine/machine_state.h"
#include "mmu/mmu.h"

const struct pause *machine_paused(const struct machine *m)
{
    return &m->control.pause;
}

static void tell_paused(struct machine *m)
{
    for (unsigned i = 0; i < m->control.listener_count; i++) {
        const struct control_listener *listener = m->control.listeners[i];
        if (listener->paused != NULL && m->control.pause.reason != PAUSE_NONE)
            listener->paused(listener->owner, &m->control.pause);
    }
}

static void pause_for(struct machine *m, struct pause pause)
{
    if (m->control.pause.reason != PAUSE_NONE)
        return;
    m->control.pause = pause;
    m->control.paused_ns = host_now_ns();
    hart_halt(&m->harts[m->running]);
    tell_paused(m);
}

void machine_pause(struct machine *m)
{
    pause_for(m, (struct pause){.reason = PAUSE_ASKED, .hart = m->running});
}

void control_wait_for_host(void *machine)
{
    struct machine *m = machine;
    pause_for(m, (struct pause){.reason = PAUSE_HOST, .hart = m->running});
}

void control_retry_host(struct machine *m)
{
    if (m->control.pause.reason == PAUSE_HOST && peripherals_retry(m->peripherals))
        machine_resume(m, NULL);
}

/* Who stands still decides who runs: that is for the journal. */
static void hold(struct machine *m, uint64_t harts)
{
    if (harts == m->held || journal_replays(m->journal))
        return;
    journal_put_words(m->journal, JOURNAL_HOLD, 0, &harts, 1);
    m->held = harts;
    m->round_due = true;
}

static bool stands_still(const struct resume *how)
{
    return how->kind == RESUME_HOLD || (how->kind == RESUME_COUNT && how->first == 0);
}

void machine_resume(struct machine *m, const struct resume *how)
{
    struct control *c = &m->control;
    if (c->pause.reason == PAUSE_NONE)
        return;
    unsigned stopped = c->pause.hart;
    uint64_t held = 0;
    peripherals_retry(m->peripherals);
    c->pause = (struct pause){PAUSE_NONE, 0, {0}};
    c->selective = how != NULL;
    for (unsigned i = 0; i < m->hart_count; i++) {
        struct hart *h = &m->harts[i];
        c->resume[i] = how != NULL ? how[i] : (struct resume){.kind = RESUME_RUN};
        held |= stands_still(&c->resume[i]) ? BIT(i) : 0;
        h->hit = (struct debug_hit){0};
    }
    /* Others that stand at a breakpoint have not met it yet, or have not moved since they passed it. */
    m->harts[stopped].pass_step = hart_steps(&m->harts[stopped]);
    clock_resume(&m->clock, host_now_ns() - c->paused_ns);
    hold(m, held);
    for (unsigned i = 0; i < c->listener_count; i++)
        if (c->listeners[i]->resumed != NULL)
            c->listeners[i]->resumed(c->listeners[i]->owner);
}

void machine_end(struct machine *m, enum control_end end)
{
    static const enum stop_reason reasons[] = {
        [CONTROL_QUIT] = STOP_QUIT, [CONTROL_POWEROFF] = STOP_POWEROFF, [CONTROL_RESET] = STOP_RESET};
    m->control.end = (struct stop){reasons[end], 0};
    hart_halt(&m->harts[m->running]);
}

void control_quit(void *machine)
{
    machine_end(machine, CONTROL_QUIT);
}

void machine_leave(struct machine *m)
{
    m->control.leave = true;
    hart_halt(&m->harts[m->running]);
}

void control_left(struct machine *m)
{
    bool still = m->slice_hart < m->hart_count && m->control.pause.reason == PAUSE_NONE;
    m->control.left_ns = still ? host_now_ns() : 0;
}

void control_come_back(struct machine *m)
{
    if (m->control.left_ns != 0)
        clock_resume(&m->clock, host_now_ns() - m->control.left_ns);
    m->control.left_ns = 0;
    if (!m->control.leave)
        return;
    m->control.leave = false;
    if (m->slice_hart < m->hart_count)
        return;
    m->round_due = true; /* somebody may have woken a hart */
    if (m->config.clock == CLOCK_WALL)
        clock_sync_idle(&m->clock, m->steps, host_now_ns(), 0);
}

bool machine_restart(struct machine *m, struct error *err)
{
    if (!machine_go_home(m, err))
        return false;
    journal_put(m->journal, JOURNAL_RESTART, 0, NULL, 0);
    if (!machine_start(m, false, err))
        return false;
    machine_check_timers(m);
    m->control.pause = (struct pause){PAUSE_NONE, 0, {0}};
    pause_for(m, (struct pause){.reason = PAUSE_RESET});
    return true;
}

/* Blocks and translations were made for other points. */
static void points_changed(struct machine *m)
{
    const struct debug_points *points = m->control.points.count > 0 ? &m->control.points : NULL;
    for (unsigned i = 0; i < m->hart_count; i++) {
        m->harts[i].points = points;
        hart_watch_accesses(&m->harts[i]);
        mmu_flush_banks(&m->harts[i]);
    }
    code_cache_flush(m->cache);
}

static struct debug_point *find_point(struct debug_points *points, const struct debug_point *like)
{
    for (unsigned i = 0; i < points->count; i++) {
        struct debug_point *point = &points->point[i];
        bool same_length = like->kind == DEBUG_BREAK || point->length == like->length;
        if (point->kind == like->kind && point->address == like->address && same_length)
            return point;
    }
    return NULL;
}

bool machine_set_point(struct machine *m, const struct debug_point *point, struct error *err)
{
    struct debug_points *points = &m->control.points;
    if (find_point(points, point) != NULL)
        return true;
    bool watch = point->kind != DEBUG_BREAK;
    if (watch && (point->length == 0 || point->address + point->length - 1 < point->address))
        return error_set(err, "a watched range of %" PRIu64 " bytes at 0x%" PRIx64 " is none", point->length,
                         point->address);
    if (points->count == DEBUG_POINTS_MAX)
        return error_set(err, "there are %u breakpoints and watchpoints already, the most there may be",
                         DEBUG_POINTS_MAX);
    points->point[points->count++] = *point;
    points_changed(m);
    return true;
}

void machine_clear_point(struct machine *m, const struct debug_point *point)
{
    struct debug_points *points = &m->control.points;
    struct debug_point *found = find_point(points, point);
    if (found == NULL)
        return;
    *found = points->point[--points->count];
    points_changed(m);
}

const struct debug_points *machine_points(const struct machine *m)
{
    return &m->control.points;
}

bool machine_add_listener(struct machine *m, const struct control_listener *listener)
{
    if (m->control.listener_count == CONTROL_MAX)
        return false;
    m->control.listeners[m->control.listener_count++] = listener;
    return true;
}

bool machine_add_source(struct machine *m, const struct event_source *source)
{
    if (m->control.source_count == CONTROL_MAX)
        return false;
    m->control.sources[m->control.source_count++] = source;
    return true;
}

/* The harts run on the engine that tells them what they want to hear. */
static void observers_changed(struct machine *m)
{
    bool each = false;
    for (const struct observer *o = m->control.observers; o != NULL; o = o->next)
        each |= o->insn != NULL;
    m->engine = each ? &engine_observe : m->chosen_engine;
    for (unsigned i = 0; i < m->hart_count; i++) {
        m->harts[i].observer = m->control.observers;
        hart_watch_accesses(&m->harts[i]);
    }
}

static void add_observer(struct observer **list, struct observer *observer)
{
    observer->next = *list;
    *list = observer;
}

static void remove_observer(struct observer **list, const struct observer *observer)
{
    while (*list != NULL && *list != observer)
        list = &(*list)->next;
    if (*list != NULL)
        *list = observer->next;
}

void machine_add_observer(struct machine *m, struct observer *observer)
{
    bool asleep = m->control.repeats && !observer->hears_repeats;
    add_observer(asleep ? &m->control.asleep : &m->control.observers, observer);
    observers_changed(m);
}

void machine_remove_observer(struct machine *m, struct observer *observer)
{
    remove_observer(&m->control.observers, observer);
    remove_observer(&m->control.asleep, observer);
    observers_changed(m);
}

/* Moves those of one list that are to be told nothing, or all, to the other. */
static void move_observers(struct observer **from, struct observer **to, bool all)
{
    struct observer *next;
    for (struct observer *o = *from; o != NULL; o = next) {
        next = o->next;
        if (!all && o->hears_repeats)
            continue;
        remove_observer(from, o);
        add_observer(to, o);
    }
}

void control_repeats(struct machine *m, bool repeats)
{
    struct control *c = &m->control;
    if (c->repeats == repeats)
        return;
    c->repeats = repeats;
    if (repeats)
        move_observers(&c->observers, &c->asleep, false);
    else
        move_observers(&c->asleep, &c->observers, true);
    observers_changed(m);
    if (c->tally != NULL)
        code_cache_count(m->cache, repeats ? NULL : c->tally);
}

void machine_cut_at(struct machine *m, uint64_t step)
{
    m->control.cut_step = step;
    if (step <= machine_now_steps(m))
        hart_halt(&m->harts[m->running]);
}

void machine_fail(struct machine *m, const struct error *why)
{
    if (m->failure.text[0] == '\0')
        m->failure = *why;
    machine_stop(m, STOP_QUIT, 0);
}

bool machine_failed(const struct machine *m, struct error *why)
{
    *why = m->failure;
    return why->text[0] != '\0';
}

void machine_tap_console(struct machine *m, const struct console_tap *tap)
{
    m->tap = tap;
}

void machine_set_supervisor(struct machine *m, const struct supervisor *supervisor)
{
    m->supervisor = supervisor;
}

void machine_set_alarm(struct machine *m, const struct step_alarm *alarm)
{
    m->control.alarm = alarm;
}

void control_alarm(struct machine *m)
{
    const struct step_alarm *alarm = m->control.alarm;
    if (m->steps + SLICE_STEPS <= alarm->step)
        return;
    m->control.alarm = NULL;
    alarm->due(alarm->owner);
}

static bool serve_ecall(void *owner, struct hart *h)
{
    const struct machine *m = owner;
    return m->ecall_server->serve(m->ecall_server->owner, h);
}

void machine_serve_ecalls(struct machine *m, const struct ecall_server *server)
{
    m->ecall_server = server;
    for (unsigned i = 0; i < m->hart_count; i++)
        m->harts[i].env.serve_ecall = server != NULL ? serve_ecall : NULL;
}

void machine_set_sampler(struct machine *m, const struct sampler *sampler, uint64_t first)
{
    m->sampler = sampler;
    m->sample_due = m->steps + first;
}

void machine_count_blocks(struct machine *m, const struct block_tally *tally)
{
    m->control.tally = tally;
    code_cache_count(m->cache, m->control.repeats ? NULL : tally);
    if (m->chosen_engine == &engine_switch)
        m->chosen_engine = &engine_count;
    observers_changed(m);
}

/* Whoever looks at the guest in a replay need not see what was seen then: the journal says where it ended. */
void machine_stop_stuck(struct machine *m, uint64_t code)
{
    uint64_t words[] = {STOP_STUCK, code};
    if (journal_replays(m->journal))
        return;
    journal_put_words(m->journal, JOURNAL_STOP, 0, words, ARRAY_SIZE(words));
    machine_stop(m, STOP_STUCK, code);
}

/* The event loop's side. */

bool control_holds(const struct machine *m, const struct hart *h)
{
    return (m->held >> h->id & 1) != 0;
}

uint64_t control_limit(const struct machine *m, const struct hart *h, uint64_t steps)
{
    const struct resume *how = &m->control.resume[h->id];
    if (m->travel.alone)
        return steps;
    if (m->control.cut_step > m->steps && m->control.cut_step - m->steps < steps)
        steps = m->control.cut_step - m->steps;
    if (!m->control.selective)
        return steps;
    if (how->kind == RESUME_COUNT)
        return how->first < steps ? how->first : steps;
    return how->kind == RESUME_STEP ? 1 : steps;
}

/* Whether the hart has made the steps that it was to make. */
static bool step_is_over(struct machine *m, const struct hart *h, uint64_t made)
{
    struct resume *how = &m->control.resume[h->id];
    if (!m->control.selective || made == 0)
        return false;
    if (how->kind == RESUME_COUNT)
        return (how->first -= made) == 0;
    if (how->kind != RESUME_STEP)
        return false;
    return h->pc < how->first || h->pc >= how->end;
}

void control_stand(struct machine *m, struct pause pause)
{
    m->control.pause = (struct pause){PAUSE_NONE, 0, {0}};
    pause_for(m, pause);
}

void control_after_slice(struct machine *m, struct hart *h, uint64_t made)
{
    if (m->travel.alone) {
        travel_note_steps(m, h, made);
        if (h->hit.kind != DEBUG_NOTHING)
            travel_note_hit(m, h);
        return;
    }
    if (h->hit.kind != DEBUG_NOTHING)
        pause_for(m, (struct pause){h->hit.kind == DEBUG_BREAK ? PAUSE_BREAK : PAUSE_WATCH, (unsigned)h->id, h->hit});
    else if (step_is_over(m, h, made))
        pause_for(m, (struct pause){.reason = PAUSE_STEP, .hart = (unsigned)h->id});
}

void control_end(struct machine *m)
{
    struct stop end = m->control.end;
    struct error err;
    if (end.reason == STOP_RESET && !machine_go_home(m, &err)) {
        machine_fail(m, &err);
        return;
    }
    uint64_t words[] = {end.reason, end.code};
    m->control.end = (struct stop){0};
    journal_put_words(m->journal, JOURNAL_STOP, 0, words, ARRAY_SIZE(words));
    machine_stop(m, end.reason, end.code);
}

void control_ended(struct machine *m)
{
    for (unsigned i = 0; i < m->control.listener_count; i++)
        if (m->control.listeners[i]->ended != NULL)
            m->control.listeners[i]->ended(m->control.listeners[i]->owner, &m->stop);
}
