/* SPDX-License-Identifier: MIT */
/* Where debuggers connect to a machine: a Unix socket or a port of 127.0.0.1, one debugger at a time. Owns the socket and the
 * session. Nothing that a peer does or leaves undone keeps the machine waiting. */
#ifndef MICROVM_GDBSTUB_SERVER_H
#define MICROVM_GDBSTUB_SERVER_H

#include "gdbstub/session.h"

struct gdb_server;

struct gdb_server_config {
    struct machine *machine;
    const char *where; /* a port's number or a socket's path; NULL: a socket of its own in a folder of its own */
    bool runs;         /* the machine does not wait for a debugger */

    /* The debugger's `monitor LINE`, as in gdb_session_parts. */
    void *commands;
    void (*execute)(void *commands, const char *line, const struct gdb_output *output);
};

/* Whether where is one that gdb_server_create takes as a port or as a path; err says what is wrong with it. */
bool gdb_server_check(const char *where, struct error *err);

/* Before the run; says where to connect (machine_say). NULL: err says why. */
struct gdb_server *gdb_server_create(const struct gdb_server_config *config, struct error *err);

/* Behind the run. Removes the socket. Accepts NULL. */
void gdb_server_destroy(struct gdb_server *server);

#endif
