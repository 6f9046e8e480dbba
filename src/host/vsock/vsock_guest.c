/* SPDX-License-Identifier: MIT */
/* Packets of the guest: what becomes of each is decided at once. */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/bits.h"
#include "host/vsock/vsock_impl.h"

/* Of the packet, and of a connection that gives way to it. */
#define REJECTIONS_OF_A_PACKET 2u

/* Whether the guest knows the connection by its ports: not while there is none yet, nor once both have parted. */
static bool has_address(const struct vsock_stream *stream)
{
    return stream->state >= VSOCK_ASKED && (stream->state != VSOCK_DRAINING || stream->owed != 0);
}

static struct vsock_stream *find(struct vsock_host *host, uint32_t host_port, uint32_t guest_port)
{
    for (unsigned i = 0; i < host->used; i++) {
        struct vsock_stream *stream = &host->streams[i];
        if (has_address(stream) && stream->host_port == host_port && stream->guest_port == guest_port)
            return stream;
    }
    return NULL;
}

/* The guest is to be told that the connection is gone; what it has sent is passed on. */
static void reset_stream(struct vsock_host *host, struct vsock_stream *stream)
{
    vsock_stream_drain(stream);
    stream->owed = BIT(VSOCK_OP_RST);
    host->stirred = true;
}

/* -1: nobody listens there. */
static int connect_to_port(const struct vsock_host *host, uint32_t port)
{
    struct sockaddr_un address;
    char path[sizeof address.sun_path];
    snprintf(path, sizeof path, "%.*s_%u", (int)(sizeof path - 12), host->options.path, port);
    return unix_socket_connect(path, SOCK_STREAM);
}

static void on_request(struct vsock_host *host, const struct vsock_header *header,
                       const struct vsock_rejection *rejection)
{
    struct vsock_stream *stream = vsock_host_place(host);
    int fd = stream != NULL ? connect_to_port(host, header->target_port) : -1;
    if (fd < 0) {
        vsock_host_reject(host, rejection);
        return;
    }
    vsock_stream_begin(stream, VSOCK_OPEN, fd);
    stream->host_port = header->target_port;
    stream->guest_port = header->source_port;
    stream->window = header->window;
    stream->taken = header->taken;
    stream->owed = BIT(VSOCK_OP_RESPONSE);
}

static void on_response(struct vsock_host *host, struct vsock_stream *stream)
{
    if (stream->state == VSOCK_ASKED)
        vsock_stream_welcome(stream);
    else
        reset_stream(host, stream);
}

static void on_data(struct vsock_host *host, struct vsock_stream *stream, const struct vsock_header *header,
                    const uint8_t *data, size_t length)
{
    bool connected = stream->state == VSOCK_OPEN || stream->state == VSOCK_LINGERING;
    if (!connected || length != header->length || !vsock_stream_write(stream, data, length))
        reset_stream(host, stream);
}

static void on_shutdown(struct vsock_host *host, struct vsock_stream *stream, uint32_t flags)
{
    vsock_stream_guest_ends(stream, flags);
    if (stream->guest_ends == VSOCK_NEITHER)
        reset_stream(host, stream);
}

static void on_packet(struct vsock_host *host, struct vsock_stream *stream, const struct vsock_header *header,
                      const uint8_t *data, size_t length)
{
    if (stream->state == VSOCK_DRAINING)
        return; /* it is to learn that all is over */
    stream->window = header->window;
    stream->taken = header->taken;
    switch (header->op) {
    case VSOCK_OP_RESPONSE: on_response(host, stream); return;
    case VSOCK_OP_RW: on_data(host, stream, header, data, length); return;
    case VSOCK_OP_SHUTDOWN: on_shutdown(host, stream, header->flags); return;
    case VSOCK_OP_RST:
        stream->owed = 0;
        vsock_stream_drain(stream);
        return;
    case VSOCK_OP_CREDIT_UPDATE: return;
    case VSOCK_OP_CREDIT_REQUEST: stream->owed |= BIT(VSOCK_OP_CREDIT_UPDATE); return;
    default: reset_stream(host, stream);
    }
}

/* Of a packet that belongs to no connection. */
static void on_stray(struct vsock_host *host, const struct vsock_header *header)
{
    struct vsock_rejection rejection = {header->target_cid, header->target_port, header->source_port, header->type};
    bool known = header->type == VSOCK_STREAM && header->target_cid == VSOCK_CID_HOST;
    if (known && header->op == VSOCK_OP_REQUEST)
        on_request(host, header, &rejection);
    else if (header->op != VSOCK_OP_RST)
        vsock_host_reject(host, &rejection);
}

static bool on_send(void *owner, const uint8_t *packet, size_t length)
{
    struct vsock_host *host = owner;
    struct vsock_header header = vsock_header_get(packet);
    if (header.source_cid != host->options.cid)
        return true; /* nobody to answer to */
    if (host->rejection_count + REJECTIONS_OF_A_PACKET > VSOCK_REJECTIONS)
        return false;
    bool ours = header.type == VSOCK_STREAM && header.target_cid == VSOCK_CID_HOST;
    struct vsock_stream *stream = ours ? find(host, header.target_port, header.source_port) : NULL;
    host->stirred = true;
    if (stream == NULL)
        on_stray(host, &header);
    else
        on_packet(host, stream, &header, packet + VSOCK_HEADER_BYTES, length - VSOCK_HEADER_BYTES);
    return true;
}

static void on_room(void *owner)
{
    ((struct vsock_host *)owner)->stirred = true;
}

/* Those who have not said which port they want may find the next driver. */
static void on_listening(void *owner, bool listening)
{
    struct vsock_host *host = owner;
    host->listening = listening;
    host->stirred = true;
    host->rejection_count = 0;
    for (unsigned i = 0; i < host->used; i++) {
        struct vsock_stream *stream = &host->streams[i];
        if (stream->state < VSOCK_ASKED)
            continue;
        stream->owed = 0;
        vsock_stream_drain(stream);
    }
}

struct vsock_backend vsock_host_backend(struct vsock_host *host)
{
    return (struct vsock_backend){.owner = host, .send = on_send, .has_room = on_room, .set_listening = on_listening};
}

void vsock_host_connect(struct vsock_host *host, const struct vsock_sink *sink)
{
    host->sink = *sink;
}
