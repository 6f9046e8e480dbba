/* SPDX-License-Identifier: MIT */
/* Packets that let harts run and that say where they are to stop. */
#include <inttypes.h>

#include "gdbstub/registers.h"
#include "gdbstub/session_impl.h"

#define HARTS_MOST 64

/* For each row of enum gdb_point_type. */
static const enum debug_kind kinds[] = {
    [GDB_BREAK_SOFT] = DEBUG_BREAK,      [GDB_BREAK_HARD] = DEBUG_BREAK,          [GDB_WATCH_WRITE] = DEBUG_WATCH_WRITE,
    [GDB_WATCH_READ] = DEBUG_WATCH_READ, [GDB_WATCH_ACCESS] = DEBUG_WATCH_ACCESS,
};

static bool same_point(const struct debug_point *a, const struct debug_point *b)
{
    return a->kind == b->kind && a->address == b->address && (a->kind == DEBUG_BREAK || a->length == b->length);
}

static struct gdb_point *find_point(struct gdb_session *s, const struct gdb_point *like)
{
    for (unsigned i = 0; i < s->point_count; i++)
        if (s->point[i].type == like->type && same_point(&s->point[i].point, &like->point))
            return &s->point[i];
    return NULL;
}

static bool take_point(struct gdb_text *text, struct gdb_point *point)
{
    uint64_t type;
    if (!gdb_take_number(text, &type) || type >= GDB_POINT_TYPES || !gdb_take(text, ",") ||
        !gdb_take_range(text, &point->point.address, &point->point.length))
        return false;
    point->type = (enum gdb_point_type)type;
    point->point.kind = kinds[type];
    return true;
}

void gdb_packet_set_point(struct gdb_session *s, struct gdb_text *text)
{
    struct gdb_point point;
    struct error err = {""};
    if (!take_point(text, &point)) {
        gdb_fail(s, GDB_INVALID, "there is no such kind of breakpoint");
        return;
    }
    if (find_point(s, &point) == NULL) {
        bool room = s->point_count < DEBUG_POINTS_MAX || error_set(&err, "there are too many breakpoints");
        if (!room || !machine_set_point(s->machine, &point.point, &err)) {
            gdb_fail(s, GDB_NO_ROOM, err.text);
            return;
        }
        s->point[s->point_count++] = point;
    }
    gdb_ok(s);
}

/* Hard and soft breakpoints at one address are one for the machine: it goes with the last. */
static void remove_point(struct gdb_session *s, struct gdb_point *found)
{
    struct debug_point point = found->point;
    *found = s->point[--s->point_count];
    for (unsigned i = 0; i < s->point_count; i++)
        if (same_point(&s->point[i].point, &point))
            return;
    machine_clear_point(s->machine, &point);
}

void gdb_packet_clear_point(struct gdb_session *s, struct gdb_text *text)
{
    struct gdb_point point;
    if (!take_point(text, &point)) {
        gdb_fail(s, GDB_INVALID, "there is no such kind of breakpoint");
        return;
    }
    struct gdb_point *found = find_point(s, &point);
    if (found != NULL)
        remove_point(s, found);
    gdb_ok(s);
}

void gdb_clear_points(struct gdb_session *s)
{
    while (s->point_count > 0)
        remove_point(s, &s->point[s->point_count - 1]);
}

enum gdb_point_type gdb_break_at(const struct gdb_session *s, uint64_t pc)
{
    enum gdb_point_type type = GDB_POINT_TYPES;
    for (unsigned i = 0; i < s->point_count; i++)
        if (s->point[i].point.kind == DEBUG_BREAK && s->point[i].point.address == pc && s->point[i].type < type)
            type = s->point[i].type;
    return type;
}

bool gdb_watches(const struct gdb_session *s, const struct debug_hit *hit)
{
    for (unsigned i = 0; i < s->point_count; i++) {
        const struct debug_point *point = &s->point[i].point;
        if (point->kind == hit->kind && hit->address - point->address < point->length)
            return true;
    }
    return false;
}

static void print_cause(struct gdb_session *s, const struct pause *pause)
{
    static const char *const breaks[GDB_POINT_TYPES + 1] = {[GDB_BREAK_SOFT] = "swbreak", [GDB_BREAK_HARD] = "hwbreak"};
    static const char *const watches[] = {
        [DEBUG_WATCH_WRITE] = "watch", [DEBUG_WATCH_READ] = "rwatch", [DEBUG_WATCH_ACCESS] = "awatch"};
    if (pause->reason == PAUSE_WATCH && gdb_watches(s, &pause->hit)) {
        gdb_reply_print(&s->reply, "%s:%" PRIx64 ";", watches[pause->hit.kind], pause->hit.address);
        return;
    }
    if (pause->reason == PAUSE_PRESENT)
        gdb_reply_print(&s->reply, "replaylog:end;");
    const char *word = breaks[pause->reason == PAUSE_BREAK ? gdb_break_at(s, pause->hit.address) : GDB_POINT_TYPES];
    if (word != NULL && s->says_break)
        gdb_reply_print(&s->reply, "%s:;", word);
}

/* With the registers that every debugger asks for at once. */
void gdb_print_stop(struct gdb_session *s, enum gdb_signal signal, const struct pause *pause)
{
    static const unsigned shown[] = {GDB_PC, 2, 8};
    gdb_reply_print(&s->reply, "T%02x", signal);
    print_cause(s, pause);
    gdb_reply_print(&s->reply, "thread:");
    gdb_print_thread(s, &s->reply, s->hart);
    gdb_reply_print(&s->reply, ";core:%x;", s->hart);
    for (size_t i = 0; i < ARRAY_SIZE(shown); i++) {
        uint64_t value = 0;
        gdb_register_read(gdb_hart(s), shown[i], &value);
        gdb_reply_print(&s->reply, "%02x:", shown[i]);
        gdb_reply_hex(&s->reply, &value, GDB_REGISTER_BYTES);
        gdb_reply_print(&s->reply, ";");
    }
}

/* Whether anything can come of it: a hart that the SBI has stopped makes no step however long one waits. */
static bool leads_on(const struct gdb_session *s, const struct resume *how)
{
    for (unsigned i = 0; i < machine_hart_count(s->machine); i++)
        if (how[i].kind == RESUME_RUN ||
            (how[i].kind == RESUME_STEP && machine_hart(s->machine, i)->wait != HART_STOPPED))
            return true;
    return false;
}

static void go(struct gdb_session *s, const struct resume *how)
{
    bool all = true;
    for (unsigned i = 0; i < machine_hart_count(s->machine); i++)
        all &= how[i].kind == RESUME_RUN;
    if (s->attachment != GDB_ATTACHED) {
        gdb_fail(s, GDB_BUSY, "not attached to the machine");
        return;
    }
    if (!leads_on(s, how)) {
        gdb_print_stop(s, GDB_SIGNAL_NONE, machine_paused(s->machine));
        return;
    }
    s->awaits_stop = s->silent = true;
    s->interrupting = false;
    s->behind_step = 0;
    machine_resume(s->machine, all ? NULL : how);
}

void gdb_packet_which_actions(struct gdb_session *s, struct gdb_text *text)
{
    (void)text;
    gdb_reply_print(&s->reply, "vCont;c;C;s;S;t;r");
}

/* One action of vCont, without its thread. */
static bool take_action(struct gdb_text *text, struct resume *how)
{
    uint64_t signal;
    *how = (struct resume){.kind = RESUME_RUN};
    if (gdb_take(text, "c"))
        return true;
    if (gdb_take(text, "C"))
        return gdb_take_number(text, &signal);
    how->kind = RESUME_HOLD;
    if (gdb_take(text, "t"))
        return true;
    how->kind = RESUME_STEP;
    if (gdb_take(text, "s"))
        return true;
    if (gdb_take(text, "S"))
        return gdb_take_number(text, &signal);
    return gdb_take(text, "r") && gdb_take_range(text, &how->first, &how->end);
}

/* For each hart the first action that means it counts; it stands still if none does. */
static bool take_actions(struct gdb_session *s, struct gdb_text *text, struct resume *how)
{
    bool told[HARTS_MOST] = {false};
    while (gdb_text_left(text) > 0) {
        struct gdb_text action = gdb_take_until(text, ';');
        struct resume resume;
        int hart = GDB_THREADS_ALL;
        if (!take_action(&action, &resume) || (gdb_take(&action, ":") && !gdb_take_thread(s, &action, &hart)) ||
            gdb_text_left(&action) > 0)
            return false;
        if (hart == GDB_THREADS_ANY)
            hart = (int)s->hart;
        for (unsigned i = 0; i < machine_hart_count(s->machine); i++)
            if (!told[i] && (hart == GDB_THREADS_ALL || hart == (int)i)) {
                told[i] = true;
                how[i] = resume;
            }
    }
    return true;
}

void gdb_packet_resume(struct gdb_session *s, struct gdb_text *text)
{
    struct resume how[HARTS_MOST] = {{.kind = RESUME_HOLD}};
    if (take_actions(s, text, how))
        go(s, how);
    else
        gdb_fail(s, GDB_INVALID, "vCont: no such action, or no such thread");
}

/* From where the packet says, if it does. */
static bool take_place(struct gdb_session *s, struct gdb_text *text)
{
    uint64_t pc;
    if (gdb_text_left(text) == 0)
        return true;
    if (!gdb_take_number(text, &pc) || gdb_text_left(text) > 0 || gdb_is_running(s)) {
        gdb_fail(s, GDB_INVALID, "there is no such address");
        return false;
    }
    if (gdb_fail_in_the_past(s))
        return false;
    gdb_register_write(gdb_hart(s), GDB_PC, pc);
    machine_hart_changed(s->machine, s->hart);
    return true;
}

void gdb_packet_run(struct gdb_session *s, struct gdb_text *text)
{
    struct resume how[HARTS_MOST];
    if (!take_place(s, text))
        return;
    for (unsigned i = 0; i < HARTS_MOST; i++)
        how[i].kind = s->step_hart < 0 || s->step_hart == (int)i ? RESUME_RUN : RESUME_HOLD;
    go(s, how);
}

/* The others run meanwhile if the debugger has chosen no hart for it. */
void gdb_packet_step(struct gdb_session *s, struct gdb_text *text)
{
    struct resume how[HARTS_MOST] = {{.kind = RESUME_HOLD}};
    unsigned hart = s->step_hart < 0 ? s->hart : (unsigned)s->step_hart;
    if (!take_place(s, text))
        return;
    for (unsigned i = 0; s->step_hart < 0 && i < HARTS_MOST; i++)
        how[i].kind = RESUME_RUN;
    how[hart] = (struct resume){.kind = RESUME_STEP};
    go(s, how);
}

/* "SIGNAL[;ADDRESS]" */
static bool take_signal(struct gdb_session *s, struct gdb_text *text)
{
    uint64_t signal;
    struct gdb_text number = gdb_take_until(text, ';');
    if (gdb_take_number(&number, &signal) && gdb_text_left(&number) == 0)
        return true;
    gdb_fail(s, GDB_INVALID, "there is no such signal");
    return false;
}

void gdb_packet_run_signal(struct gdb_session *s, struct gdb_text *text)
{
    if (take_signal(s, text))
        gdb_packet_run(s, text);
}

void gdb_packet_step_signal(struct gdb_session *s, struct gdb_text *text)
{
    if (take_signal(s, text))
        gdb_packet_step(s, text);
}
