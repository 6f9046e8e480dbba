/* SPDX-License-Identifier: MIT */
/* What a session is made of: for the files that serve its packets. */
#ifndef MICROVM_GDBSTUB_SESSION_IMPL_H
#define MICROVM_GDBSTUB_SESSION_IMPL_H

#include "gdbstub/frame.h"
#include "gdbstub/session.h"
#include "gdbstub/text.h"
#include "machine/inspect.h"
#include "machine/travel.h"

/* The whole machine is one process, and hart N is its thread N + 1. */
#define GDB_PROCESS 1

/* Errors of replies, as errno has them: for debuggers that take numbers alone. */
enum gdb_error { GDB_NO_SUCH_THREAD = 3, GDB_BUSY = 16, GDB_BAD_ADDRESS = 14, GDB_INVALID = 22, GDB_NO_ROOM = 28 };

enum gdb_signal { GDB_SIGNAL_NONE = 0, GDB_SIGNAL_INT = 2, GDB_SIGNAL_TRAP = 5 };

enum gdb_attachment {
    GDB_FRESH, /* no packet has come yet */
    GDB_ATTACHED,
    GDB_DETACHED,
    GDB_KILLED /* under the extended protocol: the machine waits for a restart, or for the connection's end */
};

/* A break- or watchpoint as the debugger set it: by the number in its packet. */
enum gdb_point_type {
    GDB_BREAK_SOFT,
    GDB_BREAK_HARD,
    GDB_WATCH_WRITE,
    GDB_WATCH_READ,
    GDB_WATCH_ACCESS,
    GDB_POINT_TYPES
};

struct gdb_point {
    enum gdb_point_type type;
    struct debug_point point;
};

/* Made once, and those of harts' states anew for each reader. */
struct gdb_document {
    char *text; /* NULL: not made yet */
    size_t size;
};

struct gdb_session {
    struct gdb_session_parts parts;
    struct machine *machine;
    enum gdb_attachment attachment;
    bool no_ack, multiprocess, says_break, error_texts, extended;
    bool awaits_stop;     /* it has resumed the machine, and waits for its pause or end */
    bool interrupting;    /* the pause that comes is the answer to Ctrl-C */
    bool silent;          /* the present packet has no reply, or has had it */
    unsigned hart;        /* whose registers and addresses (Hg) */
    int step_hart;        /* whom s and c concern (Hc); negative: all */
    uint64_t behind_step; /* bc has found a watchpoint, and stands behind the access; 0: not so */
    enum address_space space;
    unsigned point_count;
    struct gdb_point point[DEBUG_POINTS_MAX];
    struct gdb_document features, memory_map, threads;
    struct gdb_frame frame;
    struct gdb_reply reply;
    size_t sent; /* length of the last packet */
    char last[GDB_PACKET_BYTES + GDB_FRAME_BYTES];
};

/* Which threads a packet means. */
#define GDB_THREADS_ALL (-1)
#define GDB_THREADS_ANY (-2)

/* Takes a thread's id: *hart is its number, or one of the two above. False: there is no such thread. */
bool gdb_take_thread(const struct gdb_session *session, struct gdb_text *text, int *hart);

void gdb_print_thread(struct gdb_session *session, struct gdb_reply *reply, unsigned hart);

/* What the hart is and does, in words: "hart 1, S mode, running". */
#define GDB_HART_TEXT_BYTES 64
const char *gdb_hart_text(const struct hart *hart, char text[GDB_HART_TEXT_BYTES]);

struct hart *gdb_hart(const struct gdb_session *session);
bool gdb_is_running(const struct gdb_session *session);

/* The reply to the present packet: success; failure, in words if the debugger wants them. */
void gdb_ok(struct gdb_session *session);
void gdb_fail(struct gdb_session *session, enum gdb_error code, const char *words);

/* The reply where what is looked at lies in the past. False: it does not, and there is none. */
bool gdb_fail_in_the_past(struct gdb_session *session);

/* Sends a packet of its own. */
void gdb_send(struct gdb_session *session, const struct gdb_reply *packet);

/* Text for the debugger's user, in packets of their own. Leaves the reply empty. */
void gdb_say(struct gdb_session *session, const char *text, size_t bytes);

/* Writes where the machine is and why it paused into the reply. */
void gdb_print_stop(struct gdb_session *session, enum gdb_signal signal, const struct pause *pause);

/* Lets the machine run without the debugger: from the present on. */
void gdb_leave(struct gdb_session *session);

/* Removes all that the debugger has set. */
void gdb_clear_points(struct gdb_session *session);

/* Which of its breakpoints stands at pc: a hard or a soft one; GDB_POINT_TYPES: none. */
enum gdb_point_type gdb_break_at(const struct gdb_session *session, uint64_t pc);

/* Whether a watchpoint of its own was hit. */
bool gdb_watches(const struct gdb_session *session, const struct debug_hit *hit);

/* The functions that serve packets, one for each row. They leave the reply in the session. */
#define PACKET(prefix, form, state, function, meaning)                                                                 \
    void gdb_packet_##function(struct gdb_session *session, struct gdb_text *text);
#include "gdbstub/packet.def"
#undef PACKET

#endif
