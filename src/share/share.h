/* SPDX-License-Identifier: MIT */
/* A folder of the host for the guest: the machine's end of the process that serves it (share/share_server.h). Owns the process and the
 * ring between the two. All functions are for the machine's thread.
 *
 * Requests are messages of 9P, each in one of RING_GUEST_SLOTS places, answered in the order of their submission. Whether the process
 * answers is no concern of who submits: if it has ended, requests fail. In a replay the journal has the answers, and nobody is asked. */
#ifndef MICROVM_SHARE_SHARE_H
#define MICROVM_SHARE_SHARE_H

#include "bus/state.h"
#include "host/journal.h"
#include "host/wait_set.h"
#include "share/ring.h"
#include "share/share_options.h"

struct share_config {
    struct share_options options; /* the tag is set */
    const char *program; /* whose command SHARE_SERVER_COMMAND serves; NULL, in a replay, or empty: none */
    struct journal *journal;
    unsigned number; /* there */
    bool at_once;    /* answers come before the guest goes on (virtual clock) */
};

struct share;

/* Opens the folder and starts the process. NULL: err says why. */
struct share *share_create(const struct share_config *config, struct error *err);
/* Accepts NULL. */
void share_destroy(struct share *share);

const char *share_tag(const struct share *share);

/* Who is told of answers: count 0: the request failed. The bytes are good until it returns. */
struct share_client {
    void *owner;
    void (*answer)(void *owner, unsigned place, const uint8_t *bytes, uint32_t count);
};
void share_set_client(struct share *share, const struct share_client *client);

/* Where a request of up to P9_MESSAGE_BYTES is to be written before it is submitted; NULL: nobody will read it. */
uint8_t *share_request(struct share *share, unsigned place);
/* place: nothing of it is in flight. room: for the answer. */
void share_submit(struct share *share, unsigned place, uint32_t count, uint32_t room);

/* Delivers the answers that are there. share_wait gives the process a moment before that, as long as the guest would need to find
 * something else to do, or under the virtual clock all the time that it needs. */
void share_poll(struct share *share);
void share_wait(struct share *share);

/* What was submitted and not answered: how many requests, and the place of the n-th of them, the oldest first. */
unsigned share_in_flight(const struct share *share);
unsigned share_flight(const struct share *share, unsigned n);

/* Waits until the process has answered all; delivers nothing. */
void share_settle(struct share *share);
/* Takes all requests back after that. */
void share_forget(struct share *share);
/* Puts a request in flight that was so in another run: it fails unless an answer is loaded for it. */
void share_resume(struct share *share, unsigned place);

/* Answers that nobody was told of, and what the guest has at hand in the folder. Whoever saves it settles before. */
struct state_part share_part(struct share *share);

/* For the event loop. */
void share_watch(struct share *share, struct wait_set *set, uint64_t *timeout_ns);
void share_serve(struct share *share);

/* True, with a line for the user, when the process has ended by itself. */
bool share_take_warning(struct share *share, struct error *warning);

#endif
