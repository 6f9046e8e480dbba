/* SPDX-License-Identifier: MIT */
/* Packets that go back in time: GDB makes reverse-stepi, reverse-next, reverse-finish and the others of them. */
#include <stdio.h>

#include "gdbstub/session_impl.h"

#define LINE_BYTES (sizeof(struct error) + 16)

/* Ahead of the stop that GDB waits for. */
static void say_line(struct gdb_session *s, const char *words)
{
    char line[LINE_BYTES];
    int length = snprintf(line, sizeof line, "microvm: %s\n", words);
    gdb_say(s, line, (size_t)length);
}

static bool is_lost(void *owner)
{
    const struct gdb_session *s = owner;
    return s->parts.interrupts != NULL && s->parts.interrupts(s->parts.peer);
}

/* Where there is nothing farther back, GDB says in its own words that there is no more reverse-execution history. */
static void answer(struct gdb_session *s, bool went, const struct travel_result *result, const struct error *err)
{
    static const enum pause_reason reasons[] = {[TRAVEL_THERE] = PAUSE_TRAVEL,
                                                [TRAVEL_BREAK] = PAUSE_BREAK,
                                                [TRAVEL_WATCH] = PAUSE_WATCH,
                                                [TRAVEL_BEGIN] = PAUSE_TRAVEL,
                                                [TRAVEL_GIVEN_UP] = PAUSE_ASKED};
    struct pause pause = {went ? reasons[result->end] : PAUSE_TRAVEL, result->hart, result->hit};
    bool begins = (went && result->end == TRAVEL_BEGIN) || !machine_travel_range(s->machine).on;
    if (!went)
        say_line(s, err->text);
    else
        s->hart = result->hart;
    gdb_print_stop(s, pause.reason == PAUSE_ASKED ? GDB_SIGNAL_INT : GDB_SIGNAL_TRAP, &pause);
    if (begins)
        gdb_reply_print(&s->reply, "replaylog:begin;");
}

void gdb_packet_step_back(struct gdb_session *s, struct gdb_text *text)
{
    struct travel_patience patience = {s, is_lost};
    struct travel_result result = {0};
    struct error err = {""};
    unsigned hart = s->step_hart < 0 ? s->hart : (unsigned)s->step_hart;
    (void)text;
    s->behind_step = 0;
    bool went = machine_step_back(s->machine, hart, 1, &patience, &result, &err);
    answer(s, went, &result, &err);
}

/* GDB takes the stop at a watchpoint for one behind the access, this way round, too, and then goes back over it by itself. A debugger that
 * does not do so is not to be shown the same access for ever. */
static bool run_back(struct gdb_session *s, struct travel_result *result, struct error *err)
{
    struct travel_patience patience = {s, is_lost};
    struct travel_result behind;
    uint64_t here = machine_now_steps(s->machine), shown = s->behind_step;
    s->behind_step = 0;
    if (shown == here && here != 0 && !machine_travel_to(s->machine, here - 1, &patience, &behind, err))
        return false;
    if (!machine_run_back(s->machine, &patience, result, err))
        return false;
    if (result->end != TRAVEL_WATCH)
        return true;
    s->behind_step = result->step + 1;
    return machine_travel_to(s->machine, s->behind_step, NULL, &behind, err);
}

void gdb_packet_run_back(struct gdb_session *s, struct gdb_text *text)
{
    struct travel_result result = {0};
    struct error err = {""};
    (void)text;
    bool went = run_back(s, &result, &err);
    answer(s, went, &result, &err);
}

void gdb_leave(struct gdb_session *s)
{
    struct travel_result result;
    struct error err;
    if (machine_in_the_past(s->machine))
        machine_travel_to(s->machine, machine_travel_range(s->machine).present, NULL, &result, &err);
    machine_resume(s->machine, NULL);
}
