/* SPDX-License-Identifier: MIT */
/* Packets by which a debugger comes, goes, ends the machine and starts it anew. */
#include "gdbstub/session_impl.h"

void gdb_packet_extended(struct gdb_session *s, struct gdb_text *text)
{
    (void)text;
    s->extended = true;
    gdb_ok(s);
}

void gdb_packet_status(struct gdb_session *s, struct gdb_text *text)
{
    (void)text;
    if (s->attachment == GDB_KILLED) {
        gdb_reply_print(&s->reply, "W00");
        return;
    }
    s->attachment = GDB_ATTACHED;
    s->awaits_stop = false; /* this is the answer */
    machine_pause(s->machine);
    gdb_print_stop(s, GDB_SIGNAL_TRAP, machine_paused(s->machine));
}

void gdb_packet_attach(struct gdb_session *s, struct gdb_text *text)
{
    uint64_t process;
    if (gdb_take_number(text, &process) && process == GDB_PROCESS && s->attachment != GDB_KILLED)
        gdb_packet_status(s, text);
    else
        gdb_fail(s, GDB_NO_SUCH_THREAD, "the machine is process 1, and there is no other");
}

void gdb_packet_detach(struct gdb_session *s, struct gdb_text *text)
{
    (void)text;
    gdb_clear_points(s);
    gdb_ok(s);
    if (s->attachment == GDB_KILLED)
        return;
    s->attachment = GDB_DETACHED;
    s->awaits_stop = false;
    gdb_leave(s);
}

/* Under the extended protocol a debugger kills what it is going to run again; the connection's end is the machine's, then. */
static void kill_machine(struct gdb_session *s)
{
    gdb_clear_points(s);
    s->awaits_stop = false;
    if (!s->extended) {
        machine_end(s->machine, CONTROL_QUIT);
        return;
    }
    machine_pause(s->machine);
    s->attachment = GDB_KILLED;
}

void gdb_packet_kill(struct gdb_session *s, struct gdb_text *text)
{
    (void)text;
    s->silent = true;
    kill_machine(s);
}

void gdb_packet_kill_process(struct gdb_session *s, struct gdb_text *text)
{
    uint64_t process;
    if (!gdb_take_number(text, &process) || process != GDB_PROCESS) {
        gdb_fail(s, GDB_NO_SUCH_THREAD, "the machine is process 1, and there is no other");
        return;
    }
    kill_machine(s);
    gdb_ok(s);
}

static bool start_anew(struct gdb_session *s)
{
    struct error err = {""};
    s->awaits_stop = false;
    if (!machine_restart(s->machine, &err)) {
        gdb_fail(s, GDB_INVALID, err.text);
        return false;
    }
    s->attachment = GDB_ATTACHED;
    s->hart = machine_paused(s->machine)->hart;
    return true;
}

/* Whatever program and arguments the debugger names: the machine's kernel. */
void gdb_packet_restart_process(struct gdb_session *s, struct gdb_text *text)
{
    (void)text;
    if (start_anew(s))
        gdb_print_stop(s, GDB_SIGNAL_TRAP, machine_paused(s->machine));
}

void gdb_packet_restart(struct gdb_session *s, struct gdb_text *text)
{
    (void)text;
    s->silent = true;
    start_anew(s);
}
