/* SPDX-License-Identifier: MIT */
/* libslirp runs when the guest sends a frame and when a socket is ready. While frames wait for the guest its sockets are
 * left alone, so that the senders wait and nothing is lost. */
#include "host/net/usernet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/compiler.h"
#include "host/host_time.h"
#include "host/net/frame_queue.h"
#include "host/net/guest_forward.h"
#include "host/net/net_forward_options.h"
#include "host/net/net_frame.h"
#include "host/net/slirp_library.h"

/* A frame for which the guest's buffers do not suffice gives way after so long. */
#define REFUSED_NS (1000 * NS_PER_MS)
#define MAX_MESSAGES 8
#define MAX_TIMERS 4
#define MAX_DESCRIPTOR 4096

#define PREFIX6_BITS 64

struct timer {
    SlirpTimerCb callback; /* NULL: unused */
    void *opaque;
    uint64_t due_ms; /* UINT64_MAX: not running */
};

struct usernet {
    struct slirp_library library;
    slirp_log *old_log;
    Slirp *slirp;
    struct net_sink sink;
    struct net_message message;
    unsigned messages;
    struct frame_queue queue;
    uint64_t refused_ns;    /* since when the head of the queue waits */
    uint32_t cut_frames;    /* identifies fragments */
    bool stirred;           /* libslirp wants to look around */
    struct wait_set *watch; /* during pollfds_fill */
    const struct wait_set *ready;
    struct timer timers[MAX_TIMERS];
    uint64_t sockets[MAX_DESCRIPTOR / 64]; /* a bit for each that is open */
    unsigned socket_count;
    int listeners[NET_MAX_FORWARDS];
    unsigned listener_count;
    struct guest_forwards guest_forwards;
};

union address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

static void say(struct usernet *net, const char *line)
{
    net_message_say(&net->message, line);
}

/* Frames for the guest. */

static void deliver(void *owner, const uint8_t *frame, size_t length)
{
    struct usernet *net = owner;
    bool first = frame_queue_is_empty(&net->queue);
    if (first && net->sink.receive(net->sink.owner, frame, length))
        return;
    if (first)
        net->refused_ns = host_now_ns();
    frame_queue_put(&net->queue, frame, length);
}

static void flush(struct usernet *net)
{
    size_t length;
    const uint8_t *frame;
    while ((frame = frame_queue_head(&net->queue, &length)) != NULL &&
           net->sink.receive(net->sink.owner, frame, length)) {
        frame_queue_drop_head(&net->queue);
        net->refused_ns = host_now_ns();
        net->stirred = true;
    }
}

/* Of a guest that has buffers, but too few or too small ones. */
static void drop_refused(struct usernet *net)
{
    if (frame_queue_is_empty(&net->queue) || host_now_ns() - net->refused_ns < REFUSED_NS)
        return;
    if (net->sink.is_open(net->sink.owner))
        frame_queue_drop_head(&net->queue);
    net->refused_ns = host_now_ns();
    flush(net);
}

static void on_room(void *owner)
{
    flush(owner);
}

/* What libslirp calls. */

static ssize_t on_packet(const void *frame, size_t length, void *opaque)
{
    struct usernet *net = opaque;
    if (net->sink.receive != NULL)
        net_frame_cut(frame, length, net->sink.mtu(net->sink.owner), net->cut_frames++, deliver, net);
    return (ssize_t)length;
}

/* A guest cannot fill the user's terminal. */
static void on_log(const char *domain, int level, const char *text, void *data)
{
    struct usernet *net = data;
    char line[256];
    (void)domain;
    (void)level;
    if (net->messages++ >= MAX_MESSAGES)
        return;
    int length = snprintf(line, sizeof line, "user network: %s", text);
    for (int i = 0; i < length && i < (int)sizeof line; i++)
        if (line[i] == '\n')
            line[i] = '\0';
    say(net, line);
}

static void on_guest_error(const char *text, void *opaque)
{
    on_log(NULL, 0, text, opaque);
}

static int64_t on_clock(void *opaque)
{
    (void)opaque;
    return (int64_t)host_now_ns();
}

static void *on_timer_new(SlirpTimerCb callback, void *callback_opaque, void *opaque)
{
    struct usernet *net = opaque;
    for (unsigned i = 0; i < MAX_TIMERS; i++) {
        if (net->timers[i].callback != NULL)
            continue;
        net->timers[i] = (struct timer){callback, callback_opaque, UINT64_MAX};
        return &net->timers[i];
    }
    return NULL;
}

static void on_timer_free(void *timer, void *opaque)
{
    (void)opaque;
    if (timer != NULL)
        *(struct timer *)timer = (struct timer){0};
}

static void on_timer_mod(void *timer, int64_t due_ms, void *opaque)
{
    (void)opaque;
    if (timer != NULL)
        ((struct timer *)timer)->due_ms = (uint64_t)due_ms;
}

static void note_socket(struct usernet *net, int fd, bool open)
{
    if (fd < 0 || fd >= MAX_DESCRIPTOR || (net->sockets[fd / 64] >> fd % 64 & 1) == open)
        return;
    net->sockets[fd / 64] ^= UINT64_C(1) << fd % 64;
    net->socket_count += open ? 1u : -1u;
}

static void on_register(int fd, void *opaque)
{
    note_socket(opaque, fd, true);
}

static void on_unregister(int fd, void *opaque)
{
    note_socket(opaque, fd, false);
}

static void on_notify(void *opaque)
{
    ((struct usernet *)opaque)->stirred = true;
}

static const SlirpCb callbacks = {
    .send_packet = on_packet,
    .guest_error = on_guest_error,
    .clock_get_ns = on_clock,
    .timer_new = on_timer_new,
    .timer_free = on_timer_free,
    .timer_mod = on_timer_mod,
    .register_poll_fd = on_register,
    .unregister_poll_fd = on_unregister,
    .notify = on_notify,
};

/* Frames from the guest. */

/* Each new flow costs the host a socket. */
static bool may_send(const struct usernet *net, const uint8_t *frame, size_t length)
{
    if (net->socket_count < USERNET_CONNECTIONS)
        return true;
    enum net_frame_kind kind = net_frame_kind(frame, length);
    return kind == NET_FRAME_ORDINARY || (kind == NET_FRAME_DATAGRAM && net->socket_count < USERNET_SOCKETS);
}

static bool on_send(void *owner, const uint8_t *frame, size_t length)
{
    struct usernet *net = owner;
    if (!may_send(net, frame, length))
        return true;
    net->stirred = true;
    net->library.input(net->slirp, frame, (int)length);
    return true;
}

struct net_backend usernet_backend(struct usernet *net)
{
    return (struct net_backend){.owner = net, .send = on_send, .has_room = on_room};
}

void usernet_connect(struct usernet *net, const struct net_sink *sink)
{
    net->sink = *sink;
}

/* The event loop. */

/* libslirp's names for events, and poll's. */
static const struct {
    int slirp;
    short host;
} events[] = {
    {SLIRP_POLL_IN, POLLIN},   {SLIRP_POLL_OUT, POLLOUT}, {SLIRP_POLL_PRI, POLLPRI},
    {SLIRP_POLL_ERR, POLLERR}, {SLIRP_POLL_HUP, POLLHUP},
};

static bool is_listener(const struct usernet *net, int fd)
{
    for (unsigned i = 0; i < net->listener_count; i++)
        if (net->listeners[i] == fd)
            return true;
    return false;
}

static int add_poll(int fd, int wanted, void *opaque)
{
    struct usernet *net = opaque;
    short host = 0;
    if (!frame_queue_is_empty(&net->queue) || (net->socket_count >= USERNET_CONNECTIONS && is_listener(net, fd)))
        return -1;
    for (unsigned i = 0; i < ARRAY_SIZE(events); i++)
        host |= (wanted & events[i].slirp) != 0 ? events[i].host : 0;
    return wait_set_add(net->watch, fd, host);
}

static int get_events(int place, void *opaque)
{
    const struct usernet *net = opaque;
    short host = wait_set_result(net->ready, place);
    int there = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(events); i++)
        there |= (host & events[i].host) != 0 ? events[i].slirp : 0;
    return there;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t until(uint64_t due_ns, uint64_t now_ns)
{
    return due_ns > now_ns ? due_ns - now_ns : 0;
}

static void net_watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    struct usernet *net = owner;
    uint32_t timeout_ms = UINT32_MAX;
    net->watch = set;
    net->library.pollfds_fill(net->slirp, &timeout_ms, add_poll, net);
    net->watch = NULL;
    if (timeout_ms != UINT32_MAX)
        *timeout_ns = earlier(*timeout_ns, timeout_ms * NS_PER_MS);
    uint64_t now = host_now_ns();
    for (unsigned i = 0; i < MAX_TIMERS; i++)
        if (net->timers[i].callback != NULL && net->timers[i].due_ms != UINT64_MAX)
            *timeout_ns = earlier(*timeout_ns, until(net->timers[i].due_ms * NS_PER_MS, now));
    if (!frame_queue_is_empty(&net->queue))
        *timeout_ns = earlier(*timeout_ns, until(net->refused_ns + REFUSED_NS, now));
    guest_forwards_watch(&net->guest_forwards, set);
    if (net->stirred)
        *timeout_ns = 0;
}

static void run_timers(struct usernet *net)
{
    for (unsigned i = 0; i < MAX_TIMERS; i++) {
        struct timer *timer = &net->timers[i];
        if (timer->callback == NULL || timer->due_ms > host_now_ns() / NS_PER_MS)
            continue;
        timer->due_ms = UINT64_MAX;
        timer->callback(timer->opaque);
    }
}

/* The poll goes over libslirp's timers and what waits for an address, too. */
static void net_serve(void *owner, const struct wait_set *set)
{
    struct usernet *net = owner;
    net->stirred = false;
    drop_refused(net);
    run_timers(net);
    net->ready = set;
    net->library.pollfds_poll(net->slirp, 0, get_events, net);
    net->ready = NULL;
    guest_forwards_serve(&net->guest_forwards, set);
}

struct event_source usernet_events(struct usernet *net)
{
    return (struct event_source){.owner = net, .watch = net_watch, .serve = net_serve};
}

/* Making and ending. */

static struct in_addr ipv4(uint32_t number)
{
    return (struct in_addr){htonl(number)};
}

static bool start(struct usernet *net, const struct net_options *options, struct error *err)
{
    SlirpConfig config = {
        .version = 1,
        .restricted = options->restricted,
        .in_enabled = true,
        .vnetwork = ipv4(NET_USER_NETWORK),
        .vnetmask = ipv4(NET_USER_MASK),
        .vhost = ipv4(NET_USER_ROUTER),
        .vnameserver = ipv4(NET_USER_NAME_SERVER),
        .vdhcp_start = ipv4(NET_USER_FIRST_GUEST),
        .in6_enabled = options->ipv6,
        .vprefix_len = PREFIX6_BITS,
        .if_mtu = NET_JUMBO_MTU,
        .if_mru = NET_JUMBO_MTU,
    };
    inet_pton(AF_INET6, "fec0::", &config.vprefix_addr6);
    inet_pton(AF_INET6, "fec0::2", &config.vhost6);
    inet_pton(AF_INET6, "fec0::3", &config.vnameserver6);
    net->slirp = net->library.new(&config, &callbacks, net);
    return net->slirp != NULL || error_set(err, "the user network's library does not start");
}

/* The descriptor that libslirp watches since the last forward was added; -1: none. */
static int newest_listener(struct usernet *net)
{
    struct wait_set set = {0};
    uint64_t timeout_ns = UINT64_MAX;
    int found = -1;
    net_watch(net, &set, &timeout_ns);
    for (unsigned i = 0; i < set.count; i++)
        if (!is_listener(net, set.fds[i].fd))
            found = set.fds[i].fd;
    wait_set_destroy(&set);
    return found;
}

static void say_port(struct usernet *net, struct net_forward forward, int fd)
{
    union address place = {0};
    socklen_t size = sizeof place;
    char text[NET_FORWARD_TEXT], line[160];
    if (getsockname(fd, &place.any, &size) != 0)
        return;
    forward.host_port = ntohs(forward.ipv6 ? place.ipv6.sin6_port : place.ipv4.sin_port);
    net_forward_describe(&forward, text);
    snprintf(line, sizeof line, "user network: %s is forwarded to the guest's port %u", text, forward.guest_port);
    say(net, line);
}

/* Returns the address's size. */
static socklen_t address6(const uint8_t bytes[16], uint16_t port, union address *address)
{
    *address = (union address){.ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
    memcpy(&address->ipv6.sin6_addr, bytes, sizeof address->ipv6.sin6_addr);
    return sizeof address->ipv6;
}

static int forward_ipv6(struct usernet *net, const struct net_forward *forward)
{
    union address host, guest;
    socklen_t host_size = address6(forward->host_address6, forward->host_port, &host);
    socklen_t guest_size = address6(forward->guest_address6, forward->guest_port, &guest);
    return net->library.add_hostxfwd(net->slirp, &host.any, host_size, &guest.any, guest_size,
                                     SLIRP_HOSTFWD_V6ONLY | (forward->udp ? SLIRP_HOSTFWD_UDP : 0));
}

static int forward_ipv4(struct usernet *net, const struct net_forward *forward)
{
    return net->library.add_hostfwd(net->slirp, forward->udp, ipv4(forward->host_address), forward->host_port,
                                    ipv4(forward->guest_address), forward->guest_port);
}

static bool add_forward(struct usernet *net, const struct net_forward *forward, struct error *err)
{
    char text[NET_FORWARD_TEXT];
    if (forward->ipv6 && net->library.add_hostxfwd == NULL)
        return error_set(err, "the user network's library forwards no IPv6: libslirp 4.5 or newer is needed");
    if ((forward->ipv6 ? forward_ipv6 : forward_ipv4)(net, forward) < 0) {
        int reason = errno;
        net_forward_describe(forward, text);
        return error_set(err, "cannot forward %s: %s; host port 0 takes one that is free", text, strerror(reason));
    }
    int fd = newest_listener(net);
    if (fd >= 0)
        net->listeners[net->listener_count++] = fd;
    if (fd >= 0 && forward->host_port == 0)
        say_port(net, *forward, fd);
    return true;
}

static bool open_all(struct usernet *net, const struct net_options *options, struct error *err)
{
    if (!slirp_library_open(&net->library, err))
        return false;
    if (net->library.set_log_handler != NULL)
        net->old_log = net->library.set_log_handler(on_log, net);
    if (!start(net, options, err))
        return false;
    for (unsigned i = 0; i < options->forward_count; i++)
        if (!add_forward(net, &options->forwards[i], err))
            return false;
    for (unsigned i = 0; i < options->guest_forward_count; i++)
        if (!guest_forwards_add(&net->guest_forwards, &net->library, net->slirp, &options->guest_forwards[i], err))
            return false;
    return true;
}

struct usernet *usernet_create(const struct net_options *options, const struct net_message *message, struct error *err)
{
    struct usernet *net = calloc(1, sizeof *net);
    if (net == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    net->message = *message;
    if (open_all(net, options, err))
        return net;
    usernet_destroy(net);
    return NULL;
}

void usernet_destroy(struct usernet *net)
{
    if (net == NULL)
        return;
    net->sink = (struct net_sink){0};
    if (net->slirp != NULL)
        net->library.cleanup(net->slirp);
    if (net->old_log != NULL)
        net->library.set_log_handler(net->old_log, NULL);
    slirp_library_close(&net->library);
    guest_forwards_destroy(&net->guest_forwards);
    frame_queue_clear(&net->queue);
    free(net);
}
