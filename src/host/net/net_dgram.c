/* SPDX-License-Identifier: MIT */
/* A cable that is a pair of Unix datagram sockets, a frame in each datagram. Sending goes through a socket of its own, which is
 * connected to the peer, so that its readiness is known; it is found again when it has gone. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/net/frame_queue.h"
#include "host/net/net_inbox.h"
#include "host/net/net_link.h"
#include "host/unix_socket.h"

struct net_dgram {
    struct net_options options;
    struct unix_socket socket; /* that we receive from */
    int sender;                /* -1: the peer is not there */
    int receive_place, send_place;
    struct net_inbox inbox;
    struct frame_queue output;
};

/* To the peer. */

static bool find_peer(struct net_dgram *dgram)
{
    if (dgram->sender < 0)
        dgram->sender = unix_socket_connect(dgram->options.remote, SOCK_DGRAM);
    return dgram->sender >= 0;
}

static void lose_peer(struct net_dgram *dgram)
{
    close(dgram->sender);
    dgram->sender = -1;
    frame_queue_clear(&dgram->output);
}

/* False: the peer has no room now. A frame that cannot be sent at all is lost, as on any wire. */
static bool send_now(struct net_dgram *dgram, const uint8_t *frame, size_t length)
{
    ssize_t sent;
    do
        sent = send(dgram->sender, frame, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS))
        return false;
    if (sent < 0 && errno != EMSGSIZE)
        lose_peer(dgram);
    return true;
}

static void flush_output(struct net_dgram *dgram)
{
    size_t length;
    const uint8_t *frame;
    while (dgram->sender >= 0 && (frame = frame_queue_head(&dgram->output, &length)) != NULL &&
           send_now(dgram, frame, length))
        if (dgram->sender >= 0)
            frame_queue_drop_head(&dgram->output);
}

/* What does not fit into the queue is lost: a peer that stands still does not hold the guest up. */
static bool dgram_send(void *owner, const uint8_t *frame, size_t length)
{
    struct net_dgram *dgram = owner;
    if (!find_peer(dgram))
        return true;
    if (!frame_queue_is_empty(&dgram->output) || !send_now(dgram, frame, length))
        frame_queue_put(&dgram->output, frame, length);
    return true;
}

/* From the peer. */

static ssize_t read_frame(void *owner, struct net_offload *offload, uint8_t frame[NET_FRAME_LIMIT])
{
    struct net_dgram *dgram = owner;
    ssize_t length;
    (void)offload;
    do
        length = recv(dgram->socket.fd, frame, NET_FRAME_LIMIT, MSG_DONTWAIT | MSG_TRUNC);
    while (length < 0 && errno == EINTR);
    return length > (ssize_t)NET_FRAME_LIMIT ? 0 : length;
}

static void pump(void *owner)
{
    struct net_dgram *dgram = owner;
    net_inbox_pump(&dgram->inbox, read_frame, dgram);
}

/* The event loop. */

static void dgram_watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    struct net_dgram *dgram = owner;
    bool sends = !frame_queue_is_empty(&dgram->output);
    dgram->receive_place = wait_set_add(set, net_inbox_waits(&dgram->inbox) ? -1 : dgram->socket.fd, POLLIN);
    dgram->send_place = wait_set_add(set, sends ? dgram->sender : -1, POLLOUT);
    net_inbox_watch(&dgram->inbox, timeout_ns);
}

static void dgram_serve(void *owner, const struct wait_set *set)
{
    struct net_dgram *dgram = owner;
    if (wait_set_result(set, dgram->send_place) != 0)
        flush_output(dgram);
    pump(dgram);
}

static void dgram_poll(void *owner)
{
    struct net_dgram *dgram = owner;
    if (!net_inbox_is_due(&dgram->inbox))
        return;
    flush_output(dgram);
    pump(dgram);
}

/* Making and ending. */

static void dgram_connect(void *owner, const struct net_sink *sink)
{
    ((struct net_dgram *)owner)->inbox.sink = *sink;
}

static void dgram_destroy(void *owner)
{
    struct net_dgram *dgram = owner;
    frame_queue_clear(&dgram->output);
    if (dgram->sender >= 0)
        close(dgram->sender);
    unix_socket_close(&dgram->socket, dgram->options.path);
    free(dgram);
}

bool net_dgram_create(const struct net_options *options, const struct net_message *message, struct net_link *link,
                      struct error *err)
{
    (void)message;
    struct net_dgram *dgram = calloc(1, sizeof *dgram);
    if (dgram == NULL)
        return error_set(err, "out of memory");
    dgram->options = *options;
    dgram->sender = -1;
    if (!unix_socket_open_datagram(&dgram->socket, dgram->options.path, err)) {
        dgram_destroy(dgram);
        return false;
    }
    *link = (struct net_link){
        .owner = dgram,
        .backend = {.owner = dgram, .send = dgram_send, .has_room = pump},
        .events = {.owner = dgram, .watch = dgram_watch, .serve = dgram_serve, .poll = dgram_poll},
        .connect = dgram_connect,
        .destroy = dgram_destroy,
    };
    return true;
}
