/* SPDX-License-Identifier: MIT */
/* A debugger's session with the machine: takes the bytes of GDB's remote protocol and answers them. Knows of no sockets
 * (gdbstub/server.h has those). Lives from a connection to its end, on the machine's thread. */
#ifndef MICROVM_GDBSTUB_SESSION_H
#define MICROVM_GDBSTUB_SESSION_H

#include "machine/control.h"

struct gdb_session;

/* Where text for the debugger's user goes. */
struct gdb_output {
    void *owner;
    void (*write)(void *owner, const char *text, size_t bytes);
};

struct gdb_session_parts {
    struct machine *machine;

    /* What the debugger's `monitor LINE` does; execute may be NULL: nothing. */
    void *commands;
    void (*execute)(void *commands, const char *line, const struct gdb_output *output);

    /* Takes all bytes, or gives the peer up. Never blocks. */
    void *peer;
    void (*send)(void *peer, const void *bytes, size_t count);

    /* Whether what the peer sent behind the present packet begins with Ctrl-C, or it is gone; NULL: neither ever is. */
    bool (*interrupts)(void *peer);
};

/* NULL: out of memory. */
struct gdb_session *gdb_session_create(const struct gdb_session_parts *parts);
void gdb_session_destroy(struct gdb_session *session);

/* One byte from the debugger. The first packet pauses the machine. True: a packet was served. */
bool gdb_session_take(struct gdb_session *session, uint8_t byte);

/* What the machine tells its listeners. */
void gdb_session_paused(struct gdb_session *session, const struct pause *pause);
void gdb_session_ended(struct gdb_session *session, const struct stop *stop);

/* The debugger is gone without a word: what it set is removed and the machine goes on, or ends if it was to be killed. */
void gdb_session_lost(struct gdb_session *session);

#endif
