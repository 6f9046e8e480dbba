/* SPDX-License-Identifier: MIT */
/* What the parts of a share's machine side have in common; for src/share/share*.c alone. */
#ifndef MICROVM_SHARE_SHARE_IMPL_H
#define MICROVM_SHARE_SHARE_IMPL_H

#include "share/share.h"
#include "share/share_process.h"

/* A request in flight. */
struct share_place {
    bool is_live; /* the process has it; else there is an answer, or it fails */
    uint32_t room, answer_at;
    uint8_t *result;
    uint32_t result_bytes;
};

struct share {
    struct share_config config;
    struct share_process process; /* its socket is -1 if there is none */
    struct share_client client;
    bool may_spin;
    uint64_t moment_ns;   /* to wait for an answer before the guest goes on */
    uint32_t sent, taken; /* requests that the process was given, and answers that were taken from it */
    /* order[n % RING_GUEST_SLOTS]: the place of the n-th request. */
    uint32_t submitted, delivered;
    uint8_t order[RING_GUEST_SLOTS];
    struct share_place flights[RING_GUEST_SLOTS];
    uint8_t *copy; /* of an answer that is recorded */
    bool has_warning;
    uint8_t *fids; /* as bytes, between their announcement and their saving */
    size_t fids_bytes;
};

/* Whether there is a process that may be asked. */
bool share_is_served(const struct share *share);

/* A request of our own, whose count bytes are in the slot RING_OWN_SLOT: waits for the answer. NULL: the process has ended. */
const uint8_t *share_ask(struct share *share, uint32_t kind, uint32_t count, uint32_t *answer_bytes);

#endif
