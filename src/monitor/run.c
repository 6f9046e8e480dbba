/* SPDX-License-Identifier: MIT */
/* Commands that let the machine run and make it pause: continue, stop, step, finish, until, break and watch. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/decode.h"
#include "cpu/op.h"
#include "cpu/register.h"
#include "monitor/impl.h"

#define RA 1
#define SP 2
#define WATCH_BYTES 8
/* Calls and returns count with the stack pointer at its start or so far above it: below are the function's own callees, which
 * return before it does, and farther up is another task. */
#define FRAME_BYTES (UINT64_C(1) << 20)

static struct machine *machine_of(const struct monitor_request *r)
{
    return r->monitor->parts.machine;
}

static bool is_paused(const struct monitor_request *r)
{
    return machine_paused(machine_of(r))->reason != PAUSE_NONE;
}

bool monitor_must_be_paused(const struct monitor_request *r)
{
    return is_paused(r) || monitor_fail(r, "%s: the machine runs; stop it first", r->command->name);
}

/* Points. */

static bool is_shared(const struct monitor *m, const struct monitor_point *point)
{
    for (unsigned i = 0; i < m->point_count; i++) {
        const struct monitor_point *other = &m->points[i];
        if (other != point && other->point.kind == point->point.kind && other->point.address == point->point.address &&
            other->point.length == point->point.length)
            return true;
    }
    return false;
}

static void remove_point(struct monitor *m, unsigned n)
{
    if (!is_shared(m, &m->points[n]))
        machine_clear_point(m->parts.machine, &m->points[n].point);
    memmove(&m->points[n], &m->points[n + 1], (m->point_count - n - 1) * sizeof m->points[0]);
    m->point_count--;
}

static const char *kind_name(const struct monitor_point *p)
{
    static const char *const names[] = {[DEBUG_NOTHING] = "?",
                                        [DEBUG_BREAK] = "breakpoint",
                                        [DEBUG_WATCH_WRITE] = "watchpoint",
                                        [DEBUG_WATCH_READ] = "read watchpoint",
                                        [DEBUG_WATCH_ACCESS] = "access watchpoint"};
    return p->temporary ? "temporary breakpoint" : names[p->point.kind];
}

static void say_point(const struct monitor_request *r, const struct monitor_point *p)
{
    char place[MONITOR_PLACE_BYTES];
    monitor_say(r, "%s %u at 0x%" PRIx64 "%s", kind_name(p), p->number, p->point.address,
                monitor_place(r->monitor, p->point.address, place));
    if (p->point.kind != DEBUG_BREAK)
        monitor_say(r, ", %" PRIu64 " bytes", p->point.length);
    monitor_say(r, "\n");
}

static bool add_point(struct monitor_request *r, enum debug_kind kind, bool temporary)
{
    struct monitor *m = r->monitor;
    struct error err;
    struct debug_point point = {kind, 0, kind == DEBUG_BREAK ? 1 : WATCH_BYTES};
    if (!monitor_value(r, r->words[0], &point.address))
        return false;
    if (r->count > 1 && !monitor_value(r, r->words[1], &point.length))
        return false;
    if (m->point_count == MONITOR_POINTS)
        return monitor_fail(r, "there are %u breakpoints already, the most there may be", MONITOR_POINTS);
    if (!machine_set_point(machine_of(r), &point, &err))
        return monitor_fail(r, "%s", err.text);
    m->points[m->point_count] = (struct monitor_point){++m->last_number, temporary, point};
    say_point(r, &m->points[m->point_count++]);
    return true;
}

bool monitor_do_break(struct monitor_request *r)
{
    return add_point(r, DEBUG_BREAK, false);
}

bool monitor_do_tbreak(struct monitor_request *r)
{
    return add_point(r, DEBUG_BREAK, true);
}

bool monitor_do_watch(struct monitor_request *r)
{
    return add_point(r, DEBUG_WATCH_WRITE, false);
}

bool monitor_do_rwatch(struct monitor_request *r)
{
    return add_point(r, DEBUG_WATCH_READ, false);
}

bool monitor_do_awatch(struct monitor_request *r)
{
    return add_point(r, DEBUG_WATCH_ACCESS, false);
}

bool monitor_do_delete(struct monitor_request *r)
{
    struct monitor *m = r->monitor;
    uint64_t number = 0;
    if (r->count > 0 && !monitor_value(r, r->words[0], &number))
        return false;
    bool found = r->count == 0;
    for (unsigned i = m->point_count; i > 0; i--)
        if (r->count == 0 || m->points[i - 1].number == number) {
            remove_point(m, i - 1);
            found = true;
        }
    return found || monitor_fail(r, "there is no breakpoint %" PRIu64 "; info breakpoints lists them", number);
}

bool monitor_do_info_breakpoints(struct monitor_request *r)
{
    const struct monitor *m = r->monitor;
    for (unsigned i = 0; i < m->point_count; i++)
        say_point(r, &m->points[i]);
    if (m->point_count == 0)
        monitor_say(r, "none are set\n");
    return true;
}

/* Running. */

bool monitor_do_continue(struct monitor_request *r)
{
    if (!is_paused(r))
        return monitor_fail(r, "the machine runs already");
    machine_resume(machine_of(r), NULL);
    return true;
}

bool monitor_do_stop(struct monitor_request *r)
{
    if (is_paused(r))
        return monitor_fail(r, "the machine is paused already");
    machine_pause(machine_of(r));
    return true;
}

/* The hart alone, whoever else is there. */
static void step_once(struct monitor *m)
{
    struct resume how[64] = {{0}};
    how[m->hart] = (struct resume){.kind = RESUME_STEP};
    m->stepping = machine_hart(m->parts.machine, m->hart)->wait == HART_RUNS;
    machine_resume(m->parts.machine, how);
}

bool monitor_is_stepping(const struct monitor *m)
{
    return m->stepping;
}

bool monitor_do_step(struct monitor_request *r)
{
    uint64_t count = 1;
    if (!monitor_must_be_paused(r) || (r->count > 0 && !monitor_value(r, r->words[0], &count)))
        return false;
    if (count == 0)
        return monitor_fail(r, "step: 0 steps are none");
    if (monitor_hart(r)->wait == HART_STOPPED)
        return monitor_fail(r, "hart %u is stopped: another hart has to start it", r->monitor->hart);
    r->monitor->steps_left = count - 1;
    step_once(r->monitor);
    return true;
}

bool monitor_do_until(struct monitor_request *r)
{
    if (!monitor_must_be_paused(r) || !add_point(r, DEBUG_BREAK, true))
        return false;
    machine_resume(machine_of(r), NULL);
    return true;
}

/* A call writes ra, a return jumps to it and writes nothing. */
static bool is_call(const struct observed_insn *insn)
{
    return (insn->id == INSN_jal || insn->id == INSN_jalr) && insn->op->rd == RA;
}

static bool is_return(const struct observed_insn *insn)
{
    return insn->id == INSN_jalr && insn->op->rd == X_SINK && insn->op->rs1 == RA;
}

static void finish_insn(void *owner, struct hart *h, const struct observed_insn *insn)
{
    struct monitor_finish *f = owner;
    bool elsewhere = h->id != f->hart || f->traps != 0 || h->x[SP] - f->sp > FRAME_BYTES;
    if (elsewhere || f->done)
        return;
    f->calls += is_call(insn) - is_return(insn);
    f->done = f->calls < 0;
    if (f->done)
        hart_halt(h);
}

static void finish_trap(void *owner, struct hart *h, const struct observed_trap *trap)
{
    struct monitor_finish *f = owner;
    (void)trap;
    f->traps += h->id == f->hart;
}

static void finish_xret(void *owner, struct hart *h, const struct observed_xret *xret)
{
    struct monitor_finish *f = owner;
    (void)xret;
    f->traps -= h->id == f->hart && f->traps > 0;
}

void monitor_finish_end(struct monitor *m)
{
    if (m->finish.active)
        machine_remove_observer(m->parts.machine, &m->finish.observer);
    m->finish.active = false;
}

bool monitor_do_finish(struct monitor_request *r)
{
    struct monitor *m = r->monitor;
    struct monitor_finish *f = &m->finish;
    if (!monitor_must_be_paused(r))
        return false;
    monitor_finish_end(m);
    *f = (struct monitor_finish){.active = true, .hart = m->hart, .sp = monitor_hart(r)->x[SP]};
    f->observer = (struct observer){
        .owner = f, .hears_repeats = true, .insn = finish_insn, .trap = finish_trap, .xret = finish_xret};
    machine_add_observer(machine_of(r), &f->observer);
    machine_resume(machine_of(r), NULL);
    return true;
}

/* Between the harts' turns: what a run was ended for by an observer becomes a pause. */
void monitor_poll(void *owner)
{
    struct monitor *m = owner;
    if (UNLIKELY(m->finish.active && m->finish.done))
        machine_pause(m->parts.machine);
}

static void remove_temporary(struct monitor *m, const struct pause *pause)
{
    for (unsigned i = m->point_count; i > 0; i--)
        if (m->points[i - 1].temporary && m->points[i - 1].point.address == pause->hit.address)
            remove_point(m, i - 1);
}

static bool has_point(const struct monitor *m, const struct pause *pause)
{
    for (unsigned i = 0; i < m->point_count; i++) {
        const struct debug_point *point = &m->points[i].point;
        bool kind = pause->reason == PAUSE_BREAK ? point->kind == DEBUG_BREAK : pause->reason == PAUSE_WATCH;
        if (kind && pause->hit.address - point->address < point->length)
            return true;
    }
    return false;
}

bool monitor_asked_for_pause(const struct monitor *m)
{
    return m->asked;
}

/* Stands before all other listeners that print, so that they do not hear of the steps on the way. */
void monitor_on_pause(void *owner, const struct pause *pause)
{
    struct monitor *m = owner;
    bool runs = machine_hart(m->parts.machine, m->hart)->wait == HART_RUNS; /* wfi may last for ever */
    m->stepping = false;
    if (pause->reason == PAUSE_STEP && m->steps_left > 0 && pause->hart == m->hart && runs) {
        m->steps_left--;
        step_once(m);
        return;
    }
    m->steps_left = 0;
    m->asked = (m->finish.active && m->finish.done) || has_point(m, pause);
    m->hart = m->finish.active && m->finish.done ? m->finish.hart : pause->hart;
    monitor_finish_end(m);
    if (pause->reason == PAUSE_BREAK)
        remove_temporary(m, pause);
}

void monitor_say_pause(const struct monitor_request *r, const struct pause *pause)
{
    static const char *const reasons[] = {[PAUSE_NONE] = "the machine runs", [PAUSE_ASKED] = "paused",
                                          [PAUSE_BREAK] = "breakpoint",      [PAUSE_WATCH] = "watchpoint",
                                          [PAUSE_STEP] = "stepped",          [PAUSE_RESET] = "reset",
                                          [PAUSE_TRAVEL] = "elsewhere",      [PAUSE_HOST] = "waiting for the host",
                                          [PAUSE_PRESENT] = "the present"};
    char place[MONITOR_PLACE_BYTES];
    bool finished = pause->reason == PAUSE_ASKED && monitor_asked_for_pause(r->monitor);
    monitor_say(r, "%s", finished ? "returned" : reasons[pause->reason]);
    if (pause->reason == PAUSE_WATCH)
        monitor_say(r, " at 0x%" PRIx64 "%s", pause->hit.address, monitor_place(r->monitor, pause->hit.address, place));
    if (pause->reason == PAUSE_STEP && monitor_hart(r)->wait == HART_WFI)
        monitor_say(r, ", and waits for an interrupt (wfi)");
    monitor_say_past(r);
    monitor_say(r, ": ");
    monitor_where(r);
}
