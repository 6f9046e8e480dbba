/* SPDX-License-Identifier: MIT */
#include "gdbstub/session.h"

#include <stdlib.h>
#include <string.h>

#include "gdbstub/session_impl.h"

enum form { WHOLE, MORE };
enum state { ANY, PAUSED };

static const struct packet {
    const char *prefix;
    enum form form;
    enum state state;
    void (*serve)(struct gdb_session *s, struct gdb_text *text);
} packets[] = {
#define PACKET(prefix, form, state, function, meaning) {prefix, form, state, gdb_packet_##function},
#include "gdbstub/packet.def"
#undef PACKET
};

struct gdb_session *gdb_session_create(const struct gdb_session_parts *parts)
{
    struct gdb_session *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->parts = *parts;
    s->machine = parts->machine;
    s->hart = machine_paused(s->machine)->hart;
    s->step_hart = -1;
    return s;
}

void gdb_session_destroy(struct gdb_session *s)
{
    if (s == NULL)
        return;
    free(s->features.text);
    free(s->memory_map.text);
    free(s->threads.text);
    free(s);
}

struct hart *gdb_hart(const struct gdb_session *s)
{
    return machine_hart(s->machine, s->hart);
}

bool gdb_is_running(const struct gdb_session *s)
{
    return machine_paused(s->machine)->reason == PAUSE_NONE;
}

void gdb_ok(struct gdb_session *s)
{
    gdb_reply_print(&s->reply, "OK");
}

void gdb_fail(struct gdb_session *s, enum gdb_error code, const char *words)
{
    s->reply.used = 0;
    if (s->error_texts)
        gdb_reply_print(&s->reply, "E.%s", words);
    else
        gdb_reply_print(&s->reply, "E%02x", (unsigned)code);
}

bool gdb_fail_in_the_past(struct gdb_session *s)
{
    bool past = !machine_may_change(s->machine);
    if (past)
        gdb_fail(s, GDB_INVALID, "the machine is in its past, which can be looked at but not changed");
    return past;
}

void gdb_send(struct gdb_session *s, const struct gdb_reply *packet)
{
    s->sent = gdb_frame_make(packet->bytes, packet->used, s->last);
    s->parts.send(s->parts.peer, s->last, s->sent);
}

static void acknowledge(struct gdb_session *s, const char *sign)
{
    if (!s->no_ack)
        s->parts.send(s->parts.peer, sign, 1);
}

static const struct packet *find_packet(struct gdb_text *text)
{
    const uint8_t *begin = text->at;
    for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
        if (gdb_take(text, packets[i].prefix) && (packets[i].form == MORE || text->at == text->end))
            return &packets[i];
        text->at = begin;
    }
    return NULL;
}

static void serve(struct gdb_session *s)
{
    struct gdb_text text = {s->frame.bytes, s->frame.bytes + s->frame.used};
    const struct packet *packet = find_packet(&text);
    if (packet == NULL)
        return;
    if (packet->state == PAUSED && (gdb_is_running(s) || s->attachment != GDB_ATTACHED))
        gdb_fail(s, GDB_BUSY, "the machine is running");
    else
        packet->serve(s, &text);
}

/* A debugger expects to find its target stopped. */
static void attach_to(struct gdb_session *s)
{
    if (s->attachment != GDB_FRESH)
        return;
    s->attachment = GDB_ATTACHED;
    machine_pause(s->machine);
    s->hart = machine_paused(s->machine)->hart;
}

static void answer(struct gdb_session *s, bool oversized)
{
    acknowledge(s, "+");
    attach_to(s);
    s->reply.used = 0;
    s->reply.overflow = s->silent = false;
    if (oversized)
        gdb_fail(s, GDB_INVALID, "the packet is longer than PacketSize");
    else
        serve(s);
    if (s->reply.overflow)
        gdb_fail(s, GDB_NO_ROOM, "the reply is longer than PacketSize");
    if (!s->silent)
        gdb_send(s, &s->reply);
}

static void interrupt(struct gdb_session *s)
{
    if (gdb_is_running(s) && s->attachment == GDB_ATTACHED) {
        s->interrupting = true;
        machine_pause(s->machine);
    }
}

void gdb_packet_interrupt(struct gdb_session *s, struct gdb_text *text)
{
    (void)text;
    gdb_ok(s);
    gdb_send(s, &s->reply);
    s->silent = true;
    interrupt(s);
}

bool gdb_session_take(struct gdb_session *s, uint8_t byte)
{
    switch (gdb_frame_take(&s->frame, byte, s->no_ack)) {
    case GDB_FRAME_NOTHING: return false;
    case GDB_FRAME_PACKET: answer(s, false); break;
    case GDB_FRAME_OVERSIZED: answer(s, true); break;
    case GDB_FRAME_GARBLED: acknowledge(s, "-"); break;
    case GDB_FRAME_INTERRUPT: interrupt(s); break;
    case GDB_FRAME_NAK:
        if (!s->no_ack && s->sent > 0)
            s->parts.send(s->parts.peer, s->last, s->sent);
        break;
    }
    return true;
}

void gdb_session_paused(struct gdb_session *s, const struct pause *pause)
{
    s->hart = pause->hart;
    if (!s->awaits_stop)
        return;
    s->awaits_stop = false;
    s->reply.used = 0;
    gdb_print_stop(s, s->interrupting || pause->reason == PAUSE_ASKED ? GDB_SIGNAL_INT : GDB_SIGNAL_TRAP, pause);
    s->interrupting = false;
    gdb_send(s, &s->reply);
}

void gdb_session_ended(struct gdb_session *s, const struct stop *stop)
{
    if (!s->awaits_stop)
        return;
    bool by_signal = stop->reason == STOP_SIGNAL;
    s->awaits_stop = false;
    s->reply.used = 0;
    gdb_reply_print(&s->reply, "%c%02x", by_signal ? 'X' : 'W',
                    by_signal ? (unsigned)stop->code & 0xff : (unsigned)stop_exit_status(stop));
    if (s->multiprocess)
        gdb_reply_print(&s->reply, ";process:%x", GDB_PROCESS);
    gdb_send(s, &s->reply);
}

void gdb_session_lost(struct gdb_session *s)
{
    gdb_clear_points(s);
    s->awaits_stop = false;
    if (s->attachment == GDB_KILLED)
        machine_end(s->machine, CONTROL_QUIT);
    else if (s->attachment == GDB_ATTACHED)
        gdb_leave(s);
}
