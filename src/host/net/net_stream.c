/* SPDX-License-Identifier: MIT */
/* A cable that is a Unix stream socket. What the peer does not take waits in a buffer, and then in the guest; what the guest has
 * no room for waits in the kernel. A peer that goes takes its frames along. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/host_time.h"
#include "host/net/frame_stream.h"
#include "host/net/net_inbox.h"
#include "host/net/net_link.h"
#include "host/unix_socket.h"

#define MAX_MESSAGES 8
/* Bytes for the peer: from EAGER on the first are offered to it, from FULL on no more frames are taken, of which the last may
 * have been cut into many segments. */
#define OUTPUT_EAGER (UINT64_C(64) << 10)
#define OUTPUT_FULL (UINT64_C(256) << 10)
#define OUTPUT_BYTES (UINT64_C(1) << 20)

struct net_stream {
    const char *path; /* of options */
    struct net_options options;
    struct net_message message;
    unsigned messages;
    struct unix_socket listener;    /* fd -1: we connect */
    int peer;                       /* -1: nobody */
    bool lost;                      /* it is to be forgotten */
    uint64_t retry_ns;              /* when to connect again */
    int listener_place, peer_place; /* in the present wait set */
    struct net_inbox inbox;
    struct frame_stream input;
    size_t first, count; /* of the output */
    uint8_t output[OUTPUT_BYTES];
};

/* A peer that comes and goes cannot fill the user's terminal. */
static void say(struct net_stream *stream, const char *what)
{
    char line[256];
    if (stream->messages++ >= MAX_MESSAGES)
        return;
    snprintf(line, sizeof line, "network: %s at '%s'", what, stream->path);
    net_message_say(&stream->message, line);
}

static void take_peer(struct net_stream *stream, int fd)
{
    stream->peer = fd;
    stream->lost = false;
    stream->first = stream->count = 0;
    frame_stream_clear(&stream->input);
}

static void lose_peer(struct net_stream *stream, const char *why)
{
    close(stream->peer);
    take_peer(stream, -1);
    stream->retry_ns = host_now_ns() + stream->options.reconnect_secs * NS_PER_SECOND;
    say(stream, why);
}

/* To the peer. */

static void flush_output(struct net_stream *stream)
{
    while (stream->count != 0 && !stream->lost) {
        ssize_t sent = send(stream->peer, stream->output + stream->first, stream->count, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0) {
            stream->lost = errno != EAGAIN;
            break;
        }
        stream->first += (size_t)sent;
        stream->count -= (size_t)sent;
    }
    if (stream->count == 0)
        stream->first = 0;
}

static bool make_room(struct net_stream *stream, size_t bytes)
{
    if (stream->first + stream->count + bytes <= OUTPUT_BYTES)
        return true;
    memmove(stream->output, stream->output + stream->first, stream->count);
    stream->first = 0;
    return stream->count + bytes <= OUTPUT_BYTES;
}

static bool takes_more(void *owner)
{
    const struct net_stream *stream = owner;
    return stream->count < OUTPUT_FULL;
}

static void stream_flush(void *owner)
{
    struct net_stream *stream = owner;
    if (stream->peer >= 0)
        flush_output(stream);
}

static bool stream_send(void *owner, const uint8_t *frame, size_t length)
{
    struct net_stream *stream = owner;
    if (stream->peer < 0 || stream->lost || !make_room(stream, FRAME_STREAM_PREFIX + length))
        return true;
    uint8_t *place = stream->output + stream->first + stream->count;
    frame_stream_prefix(length, place);
    memcpy(place + FRAME_STREAM_PREFIX, frame, length);
    stream->count += FRAME_STREAM_PREFIX + length;
    if (stream->count >= OUTPUT_EAGER)
        flush_output(stream);
    return takes_more(stream);
}

/* From the peer. */

static bool receive_bytes(struct net_stream *stream)
{
    uint8_t *place;
    size_t room = frame_stream_room(&stream->input, &place);
    ssize_t got = room != 0 ? recv(stream->peer, place, room, MSG_DONTWAIT) : 0;
    if (got > 0)
        frame_stream_add(&stream->input, (size_t)got);
    else
        stream->lost |= got == 0 || (errno != EAGAIN && errno != EINTR);
    return got > 0;
}

static ssize_t read_frame(void *owner, struct net_offload *offload, uint8_t frame[NET_FRAME_LIMIT])
{
    struct net_stream *stream = owner;
    size_t length;
    const uint8_t *next;
    (void)offload;
    while ((next = frame_stream_take(&stream->input, &length)) == NULL)
        if (stream->peer < 0 || stream->lost || !receive_bytes(stream))
            return -1;
    memcpy(frame, next, length);
    return (ssize_t)length;
}

static void pump(void *owner)
{
    struct net_stream *stream = owner;
    net_inbox_pump(&stream->inbox, read_frame, stream);
}

/* The event loop. */

static void stream_watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    struct net_stream *stream = owner;
    short events = (short)((net_inbox_waits(&stream->inbox) ? 0 : POLLIN) | (stream->count != 0 ? POLLOUT : 0));
    stream->listener_place = wait_set_add(set, stream->peer < 0 ? stream->listener.fd : -1, POLLIN);
    /* One that hangs up while its frames wait for the guest must not keep the machine awake. */
    stream->peer_place = wait_set_add(set, events != 0 ? stream->peer : -1, events);
    net_inbox_watch(&stream->inbox, timeout_ns);
    if (stream->lost)
        *timeout_ns = 0;
    if (stream->peer >= 0 || stream->listener.fd >= 0 || stream->options.reconnect_secs == 0)
        return;
    uint64_t now = host_now_ns(), left = stream->retry_ns > now ? stream->retry_ns - now : 0;
    *timeout_ns = left < *timeout_ns ? left : *timeout_ns;
}

static void stream_poll(void *owner)
{
    struct net_stream *stream = owner;
    if (!net_inbox_is_due(&stream->inbox) || stream->peer < 0)
        return;
    flush_output(stream);
    pump(stream);
}

static void find_peer(struct net_stream *stream, const struct wait_set *set)
{
    int fd = -1;
    if (wait_set_result(set, stream->listener_place) != 0) {
        fd = unix_socket_accept(&stream->listener);
    } else if (stream->listener.fd < 0 && stream->options.reconnect_secs != 0 && host_now_ns() >= stream->retry_ns) {
        fd = unix_socket_connect(stream->path, SOCK_STREAM);
        stream->retry_ns = host_now_ns() + stream->options.reconnect_secs * NS_PER_SECOND;
    }
    if (fd < 0)
        return;
    take_peer(stream, fd);
    say(stream, "there is a peer");
}

static void stream_serve(void *owner, const struct wait_set *set)
{
    struct net_stream *stream = owner;
    if (stream->peer < 0)
        find_peer(stream, set);
    else if ((wait_set_result(set, stream->peer_place) & POLLOUT) != 0)
        flush_output(stream);
    pump(stream);
    if (stream->peer >= 0 && stream->input.broken)
        lose_peer(stream, "what came was no frame: the link is down, from the peer");
    else if (stream->peer >= 0 && stream->lost)
        lose_peer(stream, "the peer has gone and the link is down");
}

static bool stream_is_up(void *owner)
{
    return ((struct net_stream *)owner)->peer >= 0;
}

/* Making and ending. */

static void stream_connect(void *owner, const struct net_sink *sink)
{
    ((struct net_stream *)owner)->inbox.sink = *sink;
}

static void stream_destroy(void *owner)
{
    struct net_stream *stream = owner;
    if (stream->peer >= 0)
        close(stream->peer);
    unix_socket_close(&stream->listener, stream->path);
    free(stream);
}

static bool open_socket(struct net_stream *stream, struct error *err)
{
    if (stream->options.server)
        return unix_socket_open(&stream->listener, stream->path, err);
    int fd = unix_socket_connect(stream->path, SOCK_STREAM);
    int reason = errno;
    take_peer(stream, fd);
    if (fd >= 0)
        return true;
    if (!stream->options.waits || stream->options.reconnect_secs == 0)
        return error_set(err, "cannot connect to '%s': %s; reconnect=1 waits for somebody to listen there",
                         stream->path, strerror(reason));
    say(stream, "nobody listens yet and the link is down");
    return true;
}

bool net_stream_create(const struct net_options *options, const struct net_message *message, struct net_link *link,
                       struct error *err)
{
    struct net_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL)
        return error_set(err, "out of memory");
    stream->options = *options;
    stream->path = stream->options.path;
    stream->message = *message;
    stream->listener.fd = stream->peer = -1;
    if (!open_socket(stream, err)) {
        stream_destroy(stream);
        return false;
    }
    *link = (struct net_link){
        .owner = stream,
        .backend = {.owner = stream, .send = stream_send, .flush = stream_flush, .has_room = pump},
        .events = {.owner = stream, .watch = stream_watch, .serve = stream_serve, .poll = stream_poll},
        .is_up = stream_is_up,
        .takes_more = takes_more,
        .connect = stream_connect,
        .destroy = stream_destroy,
    };
    return true;
}
