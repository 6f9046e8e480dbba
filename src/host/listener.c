/* SPDX-License-Identifier: MIT */
/* A client is closed in one place only, settle: not in the midst of a callback that may be using it. */
#include "host/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/loopback.h"
#include "host/unix_socket.h"

/* Clients that are refused in one look, so that a flood of them costs the guest little; and that may still be reading why. */
#define REFUSALS_MAX 8
#define ADDRESS_BYTES 128
/* Pieces that are served in one look, so that one who sends many at once costs the guest little. */
#define PIECES_MAX 3

struct buffer {
    uint8_t *bytes;
    size_t size, first, count;
};

struct listener {
    struct listener_config config;
    struct event_source source;
    struct unix_socket sock; /* fd alone for TCP */
    char address[ADDRESS_BYTES];
    int client;   /* -1: nobody */
    bool leaving; /* nothing more is received, and what is queued is the last */
    bool gone;    /* it cannot be sent anything any more */
    bool
        stalled; /* input lies there until the client has taken more of its answers, is let go, or until the next look */
    bool held;
    bool late;      /* it has not taken what it was sent, and gets nothing more than the farewell */
    int sock_place; /* in the present wait set */
    int client_place;
    int refused[REFUSALS_MAX]; /* -1: none */
    int refused_place[REFUSALS_MAX];
    unsigned next_refused; /* the oldest of them */
    struct buffer input, output;
};

static bool buffer_create(struct buffer *buffer, size_t size)
{
    *buffer = (struct buffer){.bytes = malloc(size), .size = size};
    return buffer->bytes != NULL;
}

static void buffer_skip(struct buffer *buffer, size_t count)
{
    buffer->first += count;
    buffer->count -= count;
}

/* Where the next bytes go, and how many fit: at least those that are wanted, if there is room for them at all. */
static size_t buffer_tail(struct buffer *buffer, size_t wanted, uint8_t **tail)
{
    if (buffer->size - buffer->first - buffer->count < wanted) {
        memmove(buffer->bytes, buffer->bytes + buffer->first, buffer->count);
        buffer->first = 0;
    }
    *tail = buffer->bytes + buffer->first + buffer->count;
    return buffer->size - buffer->first - buffer->count;
}

static bool open_tcp(struct listener *l, struct error *err)
{
    uint16_t port = l->config.port;
    l->sock.fd = loopback_listen(&port, err);
    snprintf(l->address, sizeof l->address, "127.0.0.1:%u", port);
    return l->sock.fd >= 0;
}

static bool open_socket(struct listener *l, struct error *err)
{
    if (l->config.path == NULL)
        return open_tcp(l, err);
    snprintf(l->address, sizeof l->address, "unix:%s", l->config.path);
    return unix_socket_open(&l->sock, l->config.path, err);
}

static size_t farewell_bytes(const struct listener *l)
{
    return l->config.farewell != NULL ? strlen(l->config.farewell) : 0;
}

static bool is_talkative(const struct listener *l)
{
    return l->output.count > l->output.size / 2;
}

/* Writes what the client takes at once. */
static void flush(struct listener *l)
{
    while (l->client >= 0 && !l->gone && l->output.count != 0) {
        ssize_t sent = send(l->client, l->output.bytes + l->output.first, l->output.count, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0) {
            l->gone |= sent < 0 && errno != EAGAIN;
            return;
        }
        buffer_skip(&l->output, (size_t)sent);
    }
}

/* Forgets a client that has left, or that has what it is to have. */
static void settle(struct listener *l)
{
    flush(l);
    if (l->client < 0 || !(l->gone || (l->leaving && !l->stalled && l->output.count == 0)))
        return;
    close(l->client);
    l->client = -1;
    l->input.count = l->output.count = 0;
    if (l->config.disconnected != NULL)
        l->config.disconnected(l->config.owner);
}

static bool can_deliver(const struct listener *l)
{
    return l->input.count != 0 && !l->held && !l->gone && !is_talkative(l);
}

/* Gives what has arrived to the owner, as long as the client takes the answers. */
static void deliver(struct listener *l)
{
    size_t taken = 1;
    for (unsigned i = 0; i < PIECES_MAX && taken != 0 && can_deliver(l); i++) {
        taken = l->config.received(l->config.owner, l->input.bytes + l->input.first, l->input.count);
        buffer_skip(&l->input, taken < l->input.count ? taken : l->input.count); /* it may have dropped all */
        flush(l);
    }
    l->stalled = taken != 0 && l->input.count != 0;
    if (!l->stalled && l->input.count == l->input.size)
        l->gone = true;
}

static bool wants_input(const struct listener *l)
{
    return !l->leaving && !is_talkative(l) && l->input.count < l->input.size;
}

static void receive(struct listener *l)
{
    uint8_t *tail;
    size_t room = buffer_tail(&l->input, l->input.size - l->input.count, &tail);
    ssize_t got = recv(l->client, tail, room, MSG_DONTWAIT);
    if (got > 0)
        l->input.count += (size_t)got;
    else if (got == 0)
        l->leaving = true; /* it may still read */
    else if (errno != EAGAIN && errno != EINTR)
        l->gone = true;
}

static void close_refused(struct listener *l, unsigned n)
{
    if (l->refused[n] >= 0)
        close(l->refused[n]);
    l->refused[n] = l->refused_place[n] = -1;
}

/* A client that writes before it reads would never see the words if its socket were closed at once: it is kept until it
 * leaves, or until others need its place. */
static void refuse(struct listener *l, int fd)
{
    const char *words = l->config.refusal;
    if (words != NULL)
        (void)!send(fd, words, strlen(words), MSG_NOSIGNAL | MSG_DONTWAIT);
    shutdown(fd, SHUT_WR);
    close_refused(l, l->next_refused);
    l->refused[l->next_refused] = fd;
    l->next_refused = (l->next_refused + 1) % REFUSALS_MAX;
}

static void watch_refused(struct listener *l, struct wait_set *set)
{
    for (unsigned i = 0; i < REFUSALS_MAX; i++)
        l->refused_place[i] = l->refused[i] >= 0 ? wait_set_add(set, l->refused[i], POLLIN) : -1;
}

/* What they say is not listened to. */
static void serve_refused(struct listener *l, const struct wait_set *set)
{
    uint8_t ignored[1024];
    for (unsigned i = 0; i < REFUSALS_MAX; i++)
        if (l->refused[i] >= 0 && wait_set_result(set, l->refused_place[i]) != 0 &&
            recv(l->refused[i], ignored, sizeof ignored, MSG_DONTWAIT) <= 0)
            close_refused(l, i);
}

static void admit(struct listener *l, int fd)
{
    int on = 1;
    if (l->config.path == NULL)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    l->client = fd;
    l->leaving = l->gone = l->stalled = l->held = l->late = false;
    l->input.first = l->input.count = l->output.first = l->output.count = 0;
    if (l->config.connected != NULL)
        l->config.connected(l->config.owner);
}

static void serve_client(struct listener *l)
{
    flush(l);
    if (wants_input(l))
        receive(l);
    deliver(l);
    settle(l);
}

/* A client that has left meanwhile is in nobody's way. */
static void accept_clients(struct listener *l)
{
    for (unsigned i = 0; i < REFUSALS_MAX; i++) {
        int fd = unix_socket_accept(&l->sock);
        if (fd < 0)
            return;
        if (l->client >= 0)
            serve_client(l);
        if (l->late) { /* somebody else wants its place */
            l->gone = true;
            settle(l);
        }
        if (l->client < 0)
            admit(l, fd);
        else
            refuse(l, fd);
    }
}

/* What was held back may be delivered, though nothing new arrives. */
static bool can_go_on(const struct listener *l)
{
    return l->client >= 0 && l->stalled && !l->held && !is_talkative(l);
}

static void watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    struct listener *l = owner;
    settle(l);
    short events = (short)((wants_input(l) ? POLLIN : 0) | (l->output.count != 0 ? POLLOUT : 0));
    l->sock_place = wait_set_add(set, l->sock.fd, POLLIN);
    l->client_place = wait_set_add(set, events != 0 ? l->client : -1, events);
    watch_refused(l, set);
    if (can_go_on(l))
        *timeout_ns = 0;
}

static void serve(void *owner, const struct wait_set *set)
{
    struct listener *l = owner;
    if (l->client >= 0 && (can_go_on(l) || wait_set_result(set, l->client_place) != 0))
        serve_client(l);
    serve_refused(l, set);
    if (wait_set_result(set, l->sock_place) != 0)
        accept_clients(l);
}

struct listener *listener_open(const struct listener_config *config, struct error *err)
{
    struct listener *l = calloc(1, sizeof *l);
    if (l == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    l->config = *config;
    l->client = l->sock.fd = -1;
    for (unsigned i = 0; i < REFUSALS_MAX; i++)
        l->refused[i] = l->refused_place[i] = -1;
    l->source = (struct event_source){.owner = l, .watch = watch, .serve = serve};
    if (!buffer_create(&l->input, config->input_bytes) ||
        !buffer_create(&l->output, config->output_bytes + farewell_bytes(l)))
        error_set(err, "out of memory");
    else if (open_socket(l, err))
        return l;
    listener_close(l);
    return NULL;
}

void listener_close(struct listener *l)
{
    if (l == NULL)
        return;
    flush(l);
    if (l->client >= 0)
        close(l->client);
    for (unsigned i = 0; i < REFUSALS_MAX; i++)
        close_refused(l, i);
    if (l->config.path != NULL)
        unix_socket_close(&l->sock, l->config.path);
    else if (l->sock.fd >= 0)
        close(l->sock.fd);
    free(l->input.bytes);
    free(l->output.bytes);
    free(l);
}

const char *listener_address(const struct listener *l)
{
    return l->address;
}

bool listener_is_connected(const struct listener *l)
{
    return l->client >= 0 && !l->gone && !l->late;
}

/* The client has taken too little: with a farewell, for which there is always room, it may still read what is queued. */
static void give_up(struct listener *l)
{
    size_t count = farewell_bytes(l);
    listener_drop(l);
    l->late = true;
    l->gone |= count == 0;
    if (count != 0)
        memcpy(l->output.bytes + l->output.first + l->output.count, l->config.farewell, count);
    l->output.count += count;
}

bool listener_send(struct listener *l, const void *bytes, size_t count)
{
    uint8_t *tail;
    size_t reserved = farewell_bytes(l);
    if (!listener_is_connected(l))
        return false;
    if (buffer_tail(&l->output, reserved + count, &tail) < reserved + count)
        flush(l);
    if (buffer_tail(&l->output, reserved + count, &tail) < reserved + count) {
        give_up(l);
        return false;
    }
    memcpy(tail, bytes, count);
    l->output.count += count;
    return true;
}

const uint8_t *listener_look(struct listener *l, size_t *count)
{
    if (l->client >= 0 && wants_input(l))
        receive(l);
    *count = l->input.count;
    return listener_is_connected(l) && !l->leaving ? l->input.bytes + l->input.first : NULL;
}

void listener_hold(struct listener *l, bool held)
{
    l->held = held;
}

void listener_drop(struct listener *l)
{
    l->leaving = true;
    l->stalled = false;
    l->input.count = 0;
}

const struct event_source *listener_source(const struct listener *l)
{
    return &l->source;
}
