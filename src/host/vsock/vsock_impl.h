/* SPDX-License-Identifier: MIT */
/* The vsock connections between the guest and Unix sockets of the host: their lives, their bytes and both sides' credit. For
 * host/vsock*.c alone. */
#ifndef MICROVM_HOST_VSOCK_VSOCK_IMPL_H
#define MICROVM_HOST_VSOCK_VSOCK_IMPL_H

#include "bus/vsock_backend.h"
#include "host/byte_ring.h"
#include "host/unix_socket.h"
#include "host/vsock/vsock.h"

/* Packets to addresses without a connection that wait for their answer. */
#define VSOCK_REJECTIONS 64u

/* The longest line that names a port, and then some. */
#define VSOCK_GREETING_BYTES 32

/* GREETING:  a client of the host that has not said yet which port it wants
 * ASKED:     the guest is to answer whether it takes that client
 * OPEN:      both ends are there; vsock_stream.ended says what will not be sent any more
 * LINGERING: the host's end is gone, and the guest is to say that its own is, too
 * DRAINING:  the guest's end is gone; what it has sent is on its way to the host's */
enum vsock_state { VSOCK_FREE, VSOCK_GREETING, VSOCK_ASKED, VSOCK_OPEN, VSOCK_LINGERING, VSOCK_DRAINING };

struct vsock_stream {
    enum vsock_state state;
    int fd; /* -1: the host's end is gone */
    uint32_t host_port, guest_port;
    uint8_t owed;       /* a bit for each op of which the guest is to get a packet without data */
    uint8_t told;       /* what the guest was told will not happen any more (flags of VSOCK_OP_SHUTDOWN), */
    uint8_t to_tell;    /* and what it is to be told */
    uint8_t guest_ends; /* what the guest will not do any more */
    bool readable;      /* the host's end has sent something, or left */
    bool input_ended;   /* and will send no more */
    bool hung_up;       /* nor read what it is sent */
    bool blocked;       /* it took nothing when it was last offered something */
    bool asked_credit;  /* since the guest's window was full */
    uint32_t window;    /* the guest's: bytes for which it has room in all, */
    uint32_t taken;     /* and how many it has taken of those */
    uint32_t sent;      /* that it was sent */
    uint32_t received;  /* bytes that it has sent, modulo 2^32 as all these counts */
    uint32_t announced; /* how many of them it knows to be taken */
    char line[VSOCK_GREETING_BYTES]; /* what a GREETING has sent of it, */
    unsigned line_bytes;
    struct byte_ring output;
    int place; /* in the present wait set */
};

/* Starts a connection. */
void vsock_stream_begin(struct vsock_stream *stream, enum vsock_state state, int fd);
/* Ends it on the host's side, whatever is left. */
void vsock_stream_end(struct vsock_stream *stream);

/* The guest's bytes that the host's end has been given. */
uint32_t vsock_stream_taken(const struct vsock_stream *stream);

/* The guest has sent data. False: there is no room for so much, or it must not send any more. */
bool vsock_stream_write(struct vsock_stream *stream, const uint8_t *bytes, size_t count);

/* Gives the host's end more of what waits for it. */
void vsock_stream_flush(struct vsock_stream *stream);

/* At the end: waits until the host's end has taken all, or nothing for so long; who follows has as much patience. */
void vsock_stream_finish(struct vsock_stream *stream, int *patience_ms);

/* The guest will not receive, or send, any more. */
void vsock_stream_guest_ends(struct vsock_stream *stream, uint32_t flags);

/* The guest's end is gone. */
void vsock_stream_drain(struct vsock_stream *stream);

/* Bytes that the guest has room for. */
uint32_t vsock_stream_credit(const struct vsock_stream *stream);

/* Reads data for the guest, at most size bytes; 0: there is none, or it has ended, which the stream notes. */
size_t vsock_stream_read(struct vsock_stream *stream, uint8_t *bytes, size_t size);

/* Of a GREETING: reads the line. True: it is whole, and *port what it names; the stream ends where it is wrong. */
bool vsock_stream_greeting(struct vsock_stream *stream, uint32_t *port);

/* The client's answer; the connection is open. */
void vsock_stream_welcome(struct vsock_stream *stream);

/* Whether it is done, and its place can have another. */
bool vsock_stream_is_over(const struct vsock_stream *stream);

/* The events of poll that it waits for; -1: none, not even the end. room: the guest has a buffer. */
int vsock_stream_events(const struct vsock_stream *stream, bool room);
/* What poll has said. */
void vsock_stream_serve(struct vsock_stream *stream, short events);

/* Whether there is something for the guest to be read now. */
static inline bool vsock_stream_has_data(const struct vsock_stream *stream)
{
    return stream->state == VSOCK_OPEN && stream->readable && !stream->input_ended && vsock_stream_credit(stream) != 0;
}

/* Two ends, as the guest sees them. */
struct vsock_rejection {
    uint64_t host_cid;
    uint32_t host_port, guest_port;
    uint16_t type;
};

struct vsock_host {
    struct vsock_options options;
    struct vsock_sink sink;
    struct unix_socket listener;
    int listener_place; /* in the present wait set */
    bool listening;     /* the guest's driver is there */
    bool stirred;       /* there may be something for the guest, or room for a client */
    uint32_t next_port; /* counted from FIRST_PORT */
    unsigned next;      /* the connection whose turn it is */
    unsigned used;      /* connections from there on are free */
    struct vsock_stream streams[VSOCK_CONNECTIONS];
    struct vsock_rejection rejections[VSOCK_REJECTIONS];
    unsigned rejection_count;
    uint8_t packet[VSOCK_HEADER_BYTES + VSOCK_DATA_LIMIT];
};

/* A place for a new connection; NULL: all are taken. */
struct vsock_stream *vsock_host_place(struct vsock_host *host);

/* The guest is to be told that there is no such connection. */
void vsock_host_reject(struct vsock_host *host, const struct vsock_rejection *rejection);

#endif
