/* SPDX-License-Identifier: MIT */
/* What a machine and the server process of a share have in common: memory with requests and answers, and a socket that wakes who
 * sleeps and ends when the other has ended. Requests are answered one after the other, in the order of their submission.
 *
 * Neither believes what the other writes: each keeps its own counts and lengths, and looks once at the other's. */
#ifndef MICROVM_SHARE_RING_H
#define MICROVM_SHARE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "share/p9_wire.h"

/* Requests of the guest that may be on their way, and one of the machine's own. */
#define RING_GUEST_SLOTS 16u
#define RING_OWN_SLOT RING_GUEST_SLOTS
#define RING_SLOTS (RING_GUEST_SLOTS + 1u)
/* The request, and behind it the answer: one of the two is always short. */
#define RING_SLOT_BYTES (P9_MESSAGE_BYTES + (16u << 10))
#define RING_ORDERS 32u
#define RING_TROUBLE_BYTES 512u

enum ring_request {
    RING_GUEST,  /* a message of 9P */
    RING_SAVE,   /* make the fids' bytes; the answer is their count, 8 bytes, or nothing: no memory */
    RING_FETCH,  /* 8 bytes: where; the answer: as many of them as fit */
    RING_SUPPLY, /* bytes to load; 8 bytes before them: where */
    RING_LOAD,   /* load them; the answer is a byte: 1 if it succeeded */
};

struct ring_slot {
    uint32_t request; /* enum ring_request */
    uint32_t request_bytes;
    uint32_t room;         /* for the answer */
    uint32_t answer_bytes; /* where the answer begins: ring_answer_at(request_bytes) */
};

struct ring {
    /* Each alone in a cache line, as they change at both sides. */
    _Alignas(64) _Atomic uint32_t submitted; /* the machine counts */
    _Alignas(64) _Atomic uint32_t performed; /* the server counts */
    _Alignas(64) _Atomic uint32_t server_sleeps;
    _Alignas(64) _Atomic uint32_t machine_sleeps;
    uint8_t order[RING_ORDERS]; /* [n % RING_ORDERS]: the slot of the n-th request */
    struct ring_slot slots[RING_SLOTS];
    char trouble[RING_TROUBLE_BYTES]; /* of a server that could not begin */
    _Alignas(4096) uint8_t bytes[RING_SLOTS][RING_SLOT_BYTES];
};

/* The server's descriptors. */
enum { RING_ROOT_FD = 3, RING_MEMORY_FD = 4, RING_SOCKET_FD = 5, RING_FDS_END = 6 };

/* What the server says first. */
enum { RING_READY = 'r', RING_FAILED = 'f', RING_WAKE = 'w' };

static inline uint32_t ring_answer_at(uint32_t request_bytes)
{
    return (request_bytes + 63u) & ~63u;
}

/* Looks at *counter until it is another than seen, at most so long. yields: leaves the processor to whoever wants it
 * meanwhile. False: it is still the same. */
bool ring_spin(_Atomic uint32_t *counter, uint32_t seen, uint64_t limit_ns, bool yields);

/* Wakes the other side if it said that it sleeps. */
void ring_wake(_Atomic uint32_t *sleeps, int fd);

/* Empties the socket. False: the other side has ended. */
bool ring_drain(int fd);

#endif
