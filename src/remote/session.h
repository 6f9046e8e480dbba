/* SPDX-License-Identifier: MIT */
/* The protocol of the control socket without the socket: lines of JSON in, lines of JSON out. Owns what a client has chosen and what
 * it has typed; hears of the machine's pauses, its end and its console. */
#ifndef MICROVM_REMOTE_SESSION_H
#define MICROVM_REMOTE_SESSION_H

#include "remote/call.h"

/* The longest request, its newline included. */
#define REMOTE_LINE_BYTES ((size_t)256 << 10)
/* What may have been typed and not yet been taken. */
#define REMOTE_INPUT_BYTES ((size_t)65536)

/* Takes a whole line with its newline. */
struct remote_sink {
    void *owner;
    void (*send)(void *owner, const char *line, size_t bytes);
};

/* There is one session for a machine, whose clients come one after the other. It is to live as long as the machine runs. NULL: err says
 * why. */
struct remote_session *remote_session_create(const struct remote_parts *parts, const struct remote_sink *sink,
                                             struct error *err);
void remote_session_destroy(struct remote_session *session);

/* A client comes: everything is as the protocol says it is at first; or goes, and nothing is sent. */
void remote_session_connect(struct remote_session *session, bool connected);

/* Serves the first whole line among bytes, if there is one; returns how many bytes are done with. Of a line that is too long no
 * end is waited for. */
size_t remote_session_receive(struct remote_session *session, const char *bytes, size_t count);

/* Console output that has been gathered is sent. Before any sleep. */
void remote_session_flush(struct remote_session *session);

/* For the methods: the choice of events, and typing (false: no room for all). *waiting: the bytes not taken yet. */
void remote_session_subscribe(struct remote_session *session, const json_t *events);
bool remote_session_type(struct remote_session *session, const uint8_t *bytes, size_t count, size_t *waiting);

#endif
