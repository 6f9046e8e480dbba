/* SPDX-License-Identifier: MIT */
/* Between the VirtIO socket device and what is behind it: packets of VirtIO 1.3 5.10.6, each a header and its data, as bytes
 * that are valid during the call alone. Owns nothing. */
#ifndef MICROVM_BUS_VSOCK_BACKEND_H
#define MICROVM_BUS_VSOCK_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/little_endian.h"

#define VSOCK_HEADER_BYTES 44u
/* The most data of a packet from the guest: what the host lets it send on a connection before any of it was taken. */
#define VSOCK_WINDOW_BYTES (UINT32_C(1) << 18)
/* The most data of a packet for the guest. */
#define VSOCK_DATA_LIMIT 65536u
#define VSOCK_PACKET_LIMIT (VSOCK_HEADER_BYTES + VSOCK_WINDOW_BYTES)

/* Context ids: the host's, and the first that a guest may have. */
#define VSOCK_CID_HOST 2u
#define VSOCK_CID_FIRST 3u

enum vsock_type { VSOCK_STREAM = 1 };

enum vsock_op {
    VSOCK_OP_REQUEST = 1,
    VSOCK_OP_RESPONSE = 2,
    VSOCK_OP_RST = 3,
    VSOCK_OP_SHUTDOWN = 4,
    VSOCK_OP_RW = 5,
    VSOCK_OP_CREDIT_UPDATE = 6,
    VSOCK_OP_CREDIT_REQUEST = 7
};

/* Flags of VSOCK_OP_SHUTDOWN: what the sender will not do any more. */
enum { VSOCK_NO_RECEIVE = 1, VSOCK_NO_SEND = 2, VSOCK_NEITHER = 3 };

struct vsock_header {
    uint64_t source_cid, target_cid;
    uint32_t source_port, target_port;
    uint32_t length; /* of the data */
    uint16_t type, op;
    uint32_t flags;
    uint32_t window; /* buf_alloc: bytes that the sender has room for in all, */
    uint32_t taken;  /* fwd_cnt: and how many it has taken from there since the connection began */
};

static inline void vsock_header_put(uint8_t bytes[VSOCK_HEADER_BYTES], const struct vsock_header *h)
{
    little_put(bytes, 8, h->source_cid);
    little_put(bytes + 8, 8, h->target_cid);
    little_put(bytes + 16, 4, h->source_port);
    little_put(bytes + 20, 4, h->target_port);
    little_put(bytes + 24, 4, h->length);
    little_put(bytes + 28, 2, h->type);
    little_put(bytes + 30, 2, h->op);
    little_put(bytes + 32, 4, h->flags);
    little_put(bytes + 36, 4, h->window);
    little_put(bytes + 40, 4, h->taken);
}

static inline struct vsock_header vsock_header_get(const uint8_t bytes[VSOCK_HEADER_BYTES])
{
    return (struct vsock_header){
        .source_cid = little_get(bytes, 8),
        .target_cid = little_get(bytes + 8, 8),
        .source_port = (uint32_t)little_get(bytes + 16, 4),
        .target_port = (uint32_t)little_get(bytes + 20, 4),
        .length = (uint32_t)little_get(bytes + 24, 4),
        .type = (uint16_t)little_get(bytes + 28, 2),
        .op = (uint16_t)little_get(bytes + 30, 2),
        .flags = (uint32_t)little_get(bytes + 32, 4),
        .window = (uint32_t)little_get(bytes + 36, 4),
        .taken = (uint32_t)little_get(bytes + 40, 4),
    };
}

/* Towards the host. */
struct vsock_backend {
    void *owner;
    /* Takes a packet of VSOCK_HEADER_BYTES to VSOCK_PACKET_LIMIT bytes; its data may be less than the header says, which is the guest's
     * mistake. False: there is no room for what would have to be answered; it is to be offered again. */
    bool (*send)(void *owner, const uint8_t *packet, size_t length);
    /* The guest has new buffers. */
    void (*has_room)(void *owner);
    /* The driver has come, and has no connection; or it has gone, and all that it had are lost. */
    void (*set_listening)(void *owner, bool listening);
};

/* Towards the guest. */
struct vsock_sink {
    void *owner;
    /* The longest packet that the guest's next buffer takes, header included; 0: there is none. */
    size_t (*room)(void *owner);
    /* Takes a packet of at most so many bytes. */
    void (*receive)(void *owner, const uint8_t *packet, size_t length);
    /* All connections are gone, through no fault of the guest. */
    void (*lose_connections)(void *owner);
};

#endif
