/* SPDX-License-Identifier: MIT */
/* What the guest is to get is noted as bits (owed) of a connection, or as an address to reject, and made into packets as its
 * buffers allow: so nothing that waits for the guest grows with what the guest sends. */
#include "host/vsock/vsock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "host/unix_socket.h"
#include "host/vsock/vsock_impl.h"

/* Packets for the guest, and clients, at one look. */
#define PACKETS_MAX 64u
#define CLIENTS_MAX 8u
/* For those who take nothing of the last bytes, at the end. */
#define LAST_PATIENCE_MS 1000
/* Ports of the host's ends of connections that the host begins: above those that servers have. */
#define FIRST_PORT (UINT32_C(1) << 30)
#define PORT_COUNT (UINT32_C(1) << 30)

/* Connections. */

void vsock_host_reject(struct vsock_host *host, const struct vsock_rejection *rejection)
{
    if (host->rejection_count < VSOCK_REJECTIONS)
        host->rejections[host->rejection_count++] = *rejection;
    host->stirred = true;
}

/* One whose host's end has gone, and whose guest has not said a word to that: it gives its place to a new one. */
static struct vsock_stream *find_lingering(struct vsock_host *host)
{
    for (unsigned i = 0; i < host->used && host->rejection_count < VSOCK_REJECTIONS; i++) {
        struct vsock_stream *stream = &host->streams[i];
        if (stream->state != VSOCK_LINGERING)
            continue;
        struct vsock_rejection rejection = {VSOCK_CID_HOST, stream->host_port, stream->guest_port, VSOCK_STREAM};
        vsock_host_reject(host, &rejection);
        vsock_stream_end(stream);
        return stream;
    }
    return NULL;
}

struct vsock_stream *vsock_host_place(struct vsock_host *host)
{
    for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++) {
        if (host->streams[i].state != VSOCK_FREE)
            continue;
        host->used = i < host->used ? host->used : i + 1;
        return &host->streams[i];
    }
    return find_lingering(host);
}

static void forget_those_over(struct vsock_host *host)
{
    for (unsigned i = 0; i < host->used; i++)
        if (vsock_stream_is_over(&host->streams[i]))
            vsock_stream_end(&host->streams[i]);
    while (host->used > 0 && host->streams[host->used - 1].state == VSOCK_FREE)
        host->used--;
}

/* Packets for the guest. */

static void send_to_guest(struct vsock_host *host, const struct vsock_header *header)
{
    vsock_header_put(host->packet, header);
    host->sink.receive(host->sink.owner, host->packet, VSOCK_HEADER_BYTES + header->length);
}

static void send_rejection(struct vsock_host *host)
{
    struct vsock_rejection rejection = host->rejections[0];
    host->rejection_count--;
    memmove(host->rejections, host->rejections + 1, host->rejection_count * sizeof host->rejections[0]);
    struct vsock_header header = {
        .source_cid = rejection.host_cid,
        .target_cid = host->options.cid,
        .source_port = rejection.host_port,
        .target_port = rejection.guest_port,
        .type = rejection.type,
        .op = VSOCK_OP_RST,
    };
    send_to_guest(host, &header);
}

/* Every packet says what was taken. */
static void send_of_stream(struct vsock_host *host, struct vsock_stream *stream, enum vsock_op op, uint32_t flags,
                           uint32_t length)
{
    stream->announced = vsock_stream_taken(stream);
    stream->owed &= (uint8_t)~BIT(VSOCK_OP_CREDIT_UPDATE);
    struct vsock_header header = {
        .source_cid = VSOCK_CID_HOST,
        .target_cid = host->options.cid,
        .source_port = stream->host_port,
        .target_port = stream->guest_port,
        .length = length,
        .type = VSOCK_STREAM,
        .op = (uint16_t)op,
        .flags = flags,
        .window = VSOCK_WINDOW_BYTES,
        .taken = stream->announced,
    };
    send_to_guest(host, &header);
}

static void send_owed(struct vsock_host *host, struct vsock_stream *stream)
{
    static const enum vsock_op order[] = {VSOCK_OP_RST,      VSOCK_OP_REQUEST,        VSOCK_OP_RESPONSE,
                                          VSOCK_OP_SHUTDOWN, VSOCK_OP_CREDIT_REQUEST, VSOCK_OP_CREDIT_UPDATE};
    for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
        if ((stream->owed & BIT(order[i])) == 0)
            continue;
        stream->owed &= (uint8_t)~BIT(order[i]);
        if (order[i] == VSOCK_OP_SHUTDOWN)
            stream->told = stream->to_tell;
        send_of_stream(host, stream, order[i], order[i] == VSOCK_OP_SHUTDOWN ? stream->to_tell : 0, 0);
        return;
    }
}

static void send_data(struct vsock_host *host, struct vsock_stream *stream, size_t room)
{
    size_t size = room - VSOCK_HEADER_BYTES < VSOCK_DATA_LIMIT ? room - VSOCK_HEADER_BYTES : VSOCK_DATA_LIMIT;
    size_t got = vsock_stream_read(stream, host->packet + VSOCK_HEADER_BYTES, size);
    if (got != 0)
        send_of_stream(host, stream, VSOCK_OP_RW, 0, (uint32_t)got);
    if (got != 0 && vsock_stream_credit(stream) == 0 && !stream->asked_credit) {
        stream->asked_credit = true;
        stream->owed |= BIT(VSOCK_OP_CREDIT_REQUEST);
    }
}

/* The one whose turn it is among those that have something for the guest; NULL: none. */
static struct vsock_stream *next_stream(struct vsock_host *host, size_t room)
{
    for (unsigned i = 0; i < host->used; i++) {
        struct vsock_stream *stream = &host->streams[(host->next + i) % host->used];
        if (stream->owed == 0 && !(room > VSOCK_HEADER_BYTES && vsock_stream_has_data(stream)))
            continue;
        host->next = (host->next + i + 1) % host->used;
        return stream;
    }
    return NULL;
}

/* False: there is nothing for the guest, or it has no buffer for it. */
static bool serve_guest(struct vsock_host *host)
{
    size_t room = host->sink.room(host->sink.owner);
    if (room < VSOCK_HEADER_BYTES)
        return false;
    if (host->rejection_count != 0) {
        send_rejection(host);
        return true;
    }
    struct vsock_stream *stream = next_stream(host, room);
    if (stream == NULL)
        return false;
    if (stream->owed != 0)
        send_owed(host, stream);
    else
        send_data(host, stream, room);
    return true;
}

/* Clients of the host. */

static bool port_is_taken(const struct vsock_host *host, uint32_t port)
{
    for (unsigned i = 0; i < host->used; i++)
        if (host->streams[i].state != VSOCK_FREE && host->streams[i].host_port == port)
            return true;
    return false;
}

static uint32_t take_port(struct vsock_host *host)
{
    uint32_t port;
    do {
        port = FIRST_PORT + host->next_port;
        host->next_port = (host->next_port + 1) % PORT_COUNT;
    } while (port_is_taken(host, port));
    return port;
}

/* A client learns at once that there is no driver yet. */
static void greet(struct vsock_host *host, struct vsock_stream *stream)
{
    uint32_t port;
    if (!vsock_stream_greeting(stream, &port))
        return;
    if (!host->listening) {
        vsock_stream_end(stream);
        return;
    }
    stream->host_port = take_port(host);
    stream->guest_port = port;
    stream->state = VSOCK_ASKED;
    stream->owed = BIT(VSOCK_OP_REQUEST);
}

static void greet_clients(struct vsock_host *host)
{
    for (unsigned i = 0; i < host->used; i++)
        if (host->streams[i].state == VSOCK_GREETING && host->streams[i].readable)
            greet(host, &host->streams[i]);
}

static void accept_clients(struct vsock_host *host)
{
    for (unsigned i = 0; i < CLIENTS_MAX; i++) {
        int fd = unix_socket_accept(&host->listener);
        if (fd < 0)
            return;
        struct vsock_stream *stream = vsock_host_place(host);
        if (stream == NULL) {
            close(fd);
            return;
        }
        vsock_stream_begin(stream, VSOCK_GREETING, fd);
        stream->readable = true;
    }
}

void vsock_host_poll(struct vsock_host *host)
{
    if (!host->stirred)
        return;
    host->stirred = false;
    greet_clients(host);
    unsigned count = 0;
    while (count < PACKETS_MAX && serve_guest(host))
        count++;
    host->stirred = count == PACKETS_MAX;
    forget_those_over(host);
}

/* The event loop. */

static bool has_place(const struct vsock_host *host)
{
    if (host->used < VSOCK_CONNECTIONS)
        return true;
    for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++)
        if (host->streams[i].state == VSOCK_FREE || host->streams[i].state == VSOCK_LINGERING)
            return true;
    return false;
}

void vsock_host_watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    struct vsock_host *host = owner;
    bool room = host->sink.room(host->sink.owner) > VSOCK_HEADER_BYTES;
    host->listener_place = wait_set_add(set, has_place(host) ? host->listener.fd : -1, POLLIN);
    for (unsigned i = 0; i < host->used; i++) {
        struct vsock_stream *stream = &host->streams[i];
        int events = vsock_stream_events(stream, room);
        stream->place = events >= 0 ? wait_set_add(set, stream->fd, (short)events) : -1;
    }
    if (host->stirred)
        *timeout_ns = 0;
}

void vsock_host_serve(void *owner, const struct wait_set *set)
{
    struct vsock_host *host = owner;
    for (unsigned i = 0; i < host->used; i++) {
        struct vsock_stream *stream = &host->streams[i];
        short events = wait_set_result(set, stream->place);
        stream->place = -1;
        if (events == 0 || stream->state == VSOCK_FREE)
            continue;
        vsock_stream_serve(stream, events);
        host->stirred = true;
    }
    if (wait_set_result(set, host->listener_place) == 0)
        return;
    accept_clients(host);
    host->stirred = true;
}

struct vsock_host *vsock_host_create(const struct vsock_options *options, struct error *err)
{
    struct vsock_host *host = calloc(1, sizeof *host);
    if (host == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    host->options = *options;
    host->listener_place = -1;
    for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++)
        host->streams[i].fd = host->streams[i].place = -1;
    if (unix_socket_open(&host->listener, options->path, err))
        return host;
    free(host);
    return NULL;
}

void vsock_host_destroy(struct vsock_host *host)
{
    if (host == NULL)
        return;
    int patience_ms = LAST_PATIENCE_MS;
    for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++) {
        vsock_stream_finish(&host->streams[i], &patience_ms);
        vsock_stream_end(&host->streams[i]);
    }
    unix_socket_close(&host->listener, host->options.path);
    free(host);
}
