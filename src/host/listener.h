/* SPDX-License-Identifier: MIT */
/* A socket that debuggers and scripts talk to: a Unix socket of mode 0600 or a port of the loopback, with one client at a time. Owns the
 * descriptors and both buffers. No peer, however slow or talkative, makes anybody wait: what it sends waits in the kernel
 * while it does not take its answers, and who does not take them at all is dropped. */
#ifndef MICROVM_HOST_LISTENER_H
#define MICROVM_HOST_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "host/event_source.h"

struct listener;

/* All but the strings' bytes is copied; those are borrowed. Functions may be NULL but for received, and may send and drop. */
struct listener_config {
    const char *path;    /* of a Unix socket; NULL: TCP on 127.0.0.1 */
    uint16_t port;       /* 0: any that is free; listener_address tells */
    const char *refusal; /* what a second client reads before it is sent away; NULL: nothing */
    const char *
        farewell; /* what one reads who has not taken so much that it is dropped, behind what is queued; NULL: nothing */
    size_t input_bytes;  /* the longest piece (line, packet) that a client may send */
    size_t output_bytes; /* what may wait for it */
    void *owner;
    void (*connected)(void *owner);
    /* The bytes that have arrived and were not taken yet; returns how many are done with, 0: more are wanted (a client that has
     * filled the buffer then is dropped). Called again while it takes something and there is more. */
    size_t (*received)(void *owner, const uint8_t *bytes, size_t count);
    void (*disconnected)(void *owner); /* whoever ended it, but for listener_close */
};

/* NULL: err says why. */
struct listener *listener_open(const struct listener_config *config, struct error *err);

/* Passes on what the client takes at once, and removes the socket. Accepts NULL. */
void listener_close(struct listener *listener);

/* "unix:PATH" or "127.0.0.1:PORT". */
const char *listener_address(const struct listener *listener);

bool listener_is_connected(const struct listener *listener);

/* Queues bytes for the client. False: there is none, or it has not taken so much that it is dropped. */
bool listener_send(struct listener *listener, const void *bytes, size_t count);

/* For who is within received for long: the bytes that it was given and those that have arrived since, without waiting. They stay where they are
 * until the next call. NULL: the client has left. */
const uint8_t *listener_look(struct listener *listener, size_t *count);

/* Held: nothing more is given to received until it is let go. */
void listener_hold(struct listener *listener, bool held);

/* Ends the connection once what is queued has been taken; nothing more is received. */
void listener_drop(struct listener *listener);

/* For machine_add_source; lives as long as the listener. */
const struct event_source *listener_source(const struct listener *listener);

#endif
