/* SPDX-License-Identifier: MIT */
#include "host/vsock/vsock_impl.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bits.h"

/* The guest is told of what was taken once it is so much: before it runs out of credit. */
#define ANNOUNCED_AT (VSOCK_WINDOW_BYTES / 4)

void vsock_stream_begin(struct vsock_stream *stream, enum vsock_state state, int fd)
{
    *stream = (struct vsock_stream){.state = state, .fd = fd, .place = -1};
}

static void close_host_end(struct vsock_stream *stream)
{
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
    stream->readable = stream->blocked = false;
    stream->hung_up = stream->input_ended = true;
    byte_ring_destroy(&stream->output);
}

void vsock_stream_end(struct vsock_stream *stream)
{
    close_host_end(stream);
    stream->state = VSOCK_FREE;
}

uint32_t vsock_stream_taken(const struct vsock_stream *stream)
{
    return stream->received - (uint32_t)stream->output.count;
}

static void tell_taken(struct vsock_stream *stream)
{
    if (stream->state == VSOCK_OPEN && vsock_stream_taken(stream) - stream->announced >= ANNOUNCED_AT)
        stream->owed |= BIT(VSOCK_OP_CREDIT_UPDATE);
}

static void tell_end(struct vsock_stream *stream, uint8_t flags)
{
    stream->to_tell |= flags;
    if (stream->to_tell != stream->told)
        stream->owed |= BIT(VSOCK_OP_SHUTDOWN);
}

/* The host's end is gone for good, and all that it had sent was read. */
static void host_end_is_gone(struct vsock_stream *stream)
{
    close_host_end(stream);
    if (stream->state != VSOCK_OPEN)
        return;
    stream->state = VSOCK_LINGERING;
    tell_end(stream, VSOCK_NEITHER);
}

/* To the host's end. */

/* It reads no more, but what it sent before may still be there: reading finds out. */
static void output_is_lost(struct vsock_stream *stream)
{
    stream->hung_up = stream->readable = true;
    stream->blocked = false;
    byte_ring_skip(&stream->output, stream->output.count);
}

/* How many bytes it took. */
static size_t offer(struct vsock_stream *stream, const uint8_t *bytes, size_t count)
{
    if (stream->blocked || stream->hung_up)
        return 0;
    ssize_t sent;
    do {
        sent = send(stream->fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return (size_t)sent;
    if (errno == EAGAIN)
        stream->blocked = true;
    else
        output_is_lost(stream);
    return 0;
}

/* The guest sends no more, and all that it had sent was passed on. */
static void end_output(struct vsock_stream *stream)
{
    if ((stream->guest_ends & VSOCK_NO_SEND) != 0 && stream->output.count == 0 && stream->fd >= 0)
        shutdown(stream->fd, SHUT_WR);
}

void vsock_stream_flush(struct vsock_stream *stream)
{
    if (stream->output.count == 0)
        return;
    while (stream->output.count != 0 && !stream->blocked) {
        const uint8_t *head;
        size_t count = byte_ring_head(&stream->output, &head);
        size_t done = offer(stream, head, count);
        if (!stream->hung_up)
            byte_ring_skip(&stream->output, done);
    }
    tell_taken(stream);
    end_output(stream);
}

void vsock_stream_finish(struct vsock_stream *stream, int *patience_ms)
{
    while (stream->output.count != 0) {
        struct pollfd room = {.fd = stream->fd, .events = POLLOUT};
        if (poll(&room, 1, *patience_ms) != 1) {
            *patience_ms = 0;
            return;
        }
        stream->blocked = false;
        vsock_stream_flush(stream);
    }
}

static bool keep(struct vsock_stream *stream, const uint8_t *bytes, size_t count)
{
    if (count == 0 || stream->hung_up)
        return true;
    if (stream->output.bytes == NULL && !byte_ring_create(&stream->output, VSOCK_WINDOW_BYTES))
        return false;
    return byte_ring_put(&stream->output, bytes, count) == count;
}

bool vsock_stream_write(struct vsock_stream *stream, const uint8_t *bytes, size_t count)
{
    if (count > VSOCK_WINDOW_BYTES - stream->output.count || (stream->guest_ends & VSOCK_NO_SEND) != 0)
        return false;
    stream->received += (uint32_t)count;
    size_t done = stream->output.count == 0 && count != 0 ? offer(stream, bytes, count) : 0;
    if (!keep(stream, bytes + done, count - done))
        return false;
    vsock_stream_flush(stream); /* taken in part does not mean that it is full */
    tell_taken(stream);
    return true;
}

void vsock_stream_guest_ends(struct vsock_stream *stream, uint32_t flags)
{
    uint8_t before = stream->guest_ends;
    stream->guest_ends |= flags & VSOCK_NEITHER;
    if (((stream->guest_ends & ~before) & VSOCK_NO_RECEIVE) != 0 && stream->fd >= 0) {
        shutdown(stream->fd, SHUT_RD);
        stream->input_ended = true;
    }
    if (((stream->guest_ends & ~before) & VSOCK_NO_SEND) != 0)
        end_output(stream);
}

void vsock_stream_drain(struct vsock_stream *stream)
{
    stream->state = VSOCK_DRAINING;
    vsock_stream_guest_ends(stream, VSOCK_NEITHER);
}

/* From the host's end. */

uint32_t vsock_stream_credit(const struct vsock_stream *stream)
{
    uint32_t on_their_way = stream->sent - stream->taken;
    return on_their_way < stream->window ? stream->window - on_their_way : 0;
}

static void input_has_ended(struct vsock_stream *stream)
{
    stream->input_ended = true;
    stream->readable = false;
    if (stream->hung_up)
        host_end_is_gone(stream);
    else
        tell_end(stream, VSOCK_NO_SEND);
}

size_t vsock_stream_read(struct vsock_stream *stream, uint8_t *bytes, size_t size)
{
    uint32_t credit = vsock_stream_credit(stream);
    ssize_t got = recv(stream->fd, bytes, size < credit ? size : credit, MSG_DONTWAIT);
    if (got > 0) {
        stream->sent += (uint32_t)got;
        stream->asked_credit = false;
        return (size_t)got;
    }
    if (got < 0 && errno == EINTR)
        return 0;
    if (got < 0 && errno == EAGAIN) {
        stream->readable = false;
        if (stream->hung_up) /* by a send; nothing more can come */
            input_has_ended(stream);
        return 0;
    }
    stream->hung_up |= got < 0;
    input_has_ended(stream);
    return 0;
}

/* Adds what has arrived to the line, up to its end: what follows is for the guest, and stays in the socket. True: it is whole. False also
 * where the client has left. */
static bool read_line(struct vsock_stream *stream)
{
    char bytes[VSOCK_GREETING_BYTES];
    ssize_t there = recv(stream->fd, bytes, sizeof bytes - stream->line_bytes, MSG_PEEK | MSG_DONTWAIT);
    if (there <= 0) {
        if (there == 0 || (errno != EAGAIN && errno != EINTR))
            vsock_stream_end(stream);
        return false;
    }
    const char *end = memchr(bytes, '\n', (size_t)there);
    size_t count = end != NULL ? (size_t)(end - bytes) + 1 : (size_t)there;
    ssize_t got = recv(stream->fd, stream->line + stream->line_bytes, count, MSG_DONTWAIT);
    stream->line_bytes += got > 0 ? (unsigned)got : 0;
    return end != NULL && got == (ssize_t)count;
}

static bool parse_line(char *line, uint32_t *port)
{
    char *rest, *word = strtok_r(line, " \t\r", &rest), *number = strtok_r(NULL, " \t\r", &rest), *end;
    if (word == NULL || number == NULL || strtok_r(NULL, " \t\r", &rest) != NULL || strcasecmp(word, "CONNECT") != 0 ||
        number[0] < '0' || number[0] > '9')
        return false;
    errno = 0;
    unsigned long long value = strtoull(number, &end, 10);
    *port = (uint32_t)value;
    return *end == '\0' && errno == 0 && value <= UINT32_MAX;
}

bool vsock_stream_greeting(struct vsock_stream *stream, uint32_t *port)
{
    stream->readable = false;
    bool whole = read_line(stream);
    if (whole) {
        stream->line[stream->line_bytes - 1] = '\0';
        if (parse_line(stream->line, port))
            return true;
    }
    if ((whole || stream->line_bytes == VSOCK_GREETING_BYTES || stream->hung_up) && stream->state != VSOCK_FREE)
        vsock_stream_end(stream);
    return false;
}

void vsock_stream_welcome(struct vsock_stream *stream)
{
    char line[VSOCK_GREETING_BYTES];
    int length = snprintf(line, sizeof line, "OK %u\n", stream->host_port);
    stream->state = VSOCK_OPEN;
    stream->readable = true;
    if (offer(stream, (const uint8_t *)line, (size_t)length) != (size_t)length)
        output_is_lost(stream);
}

/* The end. */

bool vsock_stream_is_over(const struct vsock_stream *stream)
{
    return stream->state == VSOCK_DRAINING && stream->owed == 0 && stream->output.count == 0;
}

/* Who has hung up is ready for ever, so nobody waits for that twice. */
int vsock_stream_events(const struct vsock_stream *stream, bool room)
{
    bool input = stream->state == VSOCK_GREETING ||
                 (stream->state == VSOCK_OPEN && room && !stream->input_ended && vsock_stream_credit(stream) != 0);
    int events = (input && !stream->readable ? POLLIN : 0) | (stream->blocked ? POLLOUT : 0);
    if (stream->fd < 0 || (stream->hung_up && events == 0))
        return -1;
    return events;
}

void vsock_stream_serve(struct vsock_stream *stream, short events)
{
    if ((events & POLLOUT) != 0) {
        stream->blocked = false;
        vsock_stream_flush(stream);
    }
    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0)
        stream->readable = true;
    if ((events & (POLLHUP | POLLERR)) == 0)
        return;
    output_is_lost(stream);
    if (stream->input_ended)
        host_end_is_gone(stream);
}
