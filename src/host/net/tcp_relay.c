/* SPDX-License-Identifier: MIT */
/* The socket is made in a folder that is gone at once: what is left is a descriptor of its file, and /proc leads there. */
#include "host/net/tcp_relay.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/unix_socket.h"

#define BUFFER_BYTES (64u << 10)
#define HOST_BYTES 256u

/* One way of a connection. */
struct way {
    size_t first, count;
    bool ended; /* no more comes in, */
    bool told;  /* and the other side knows */
    uint8_t bytes[BUFFER_BYTES];
};

struct relayed {
    int fds[2];         /* the Unix socket's and TCP's */
    int places[2];      /* in the present wait set */
    bool connecting;    /* TCP */
    struct way ways[2]; /* from fds[n] to the other */
};

struct tcp_relay {
    struct unix_socket listener;
    int file; /* the socket's */
    int place;
    char path[32];
    struct sockaddr_storage to;
    socklen_t to_size;
    struct relayed *relayed[TCP_RELAY_CONNECTIONS]; /* NULL: none */
};

/* Making. */

static bool split(const char *to, char host[HOST_BYTES], const char **port, struct error *err)
{
    const char *colon = strrchr(to, ':');
    size_t length = colon != NULL ? (size_t)(colon - to) : 0;
    bool brackets = length >= 2 && to[0] == '[' && to[length - 1] == ']';
    if (colon == NULL || length >= HOST_BYTES)
        return error_set(err, "'%s' is not HOST:PORT", to);
    memcpy(host, brackets ? to + 1 : to, brackets ? length - 2 : length);
    host[brackets ? length - 2 : length] = '\0';
    *port = colon + 1;
    return true;
}

static bool look_up(struct tcp_relay *relay, const char *to, struct error *err)
{
    char host[HOST_BYTES];
    const char *port = NULL;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (!split(to, host, &port, err))
        return false;
    int reason = getaddrinfo(host, port, &hints, &found);
    if (reason != 0)
        return error_set(err, "'%s': %s", to, gai_strerror(reason));
    memcpy(&relay->to, found->ai_addr, found->ai_addrlen);
    relay->to_size = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

static bool open_listener(struct tcp_relay *relay, struct error *err)
{
    char folder[] = "/tmp/microvm-relay-XXXXXX", path[sizeof folder + 8];
    if (mkdtemp(folder) == NULL)
        return error_set(err, "cannot make a folder in /tmp: %s", strerror(errno));
    snprintf(path, sizeof path, "%s/socket", folder);
    bool opened = unix_socket_open(&relay->listener, path, err);
    if (opened)
        relay->file = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
    opened = opened && (relay->file >= 0 || error_set(err, "cannot open '%s': %s", path, strerror(errno)));
    unlink(path);
    rmdir(folder);
    snprintf(relay->path, sizeof relay->path, "/proc/self/fd/%d", relay->file);
    return opened;
}

struct tcp_relay *tcp_relay_create(const char *to, struct error *err)
{
    struct tcp_relay *relay = calloc(1, sizeof *relay);
    if (relay == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    relay->listener.fd = relay->file = -1;
    if (look_up(relay, to, err) && open_listener(relay, err))
        return relay;
    tcp_relay_destroy(relay);
    return NULL;
}

const char *tcp_relay_path(const struct tcp_relay *relay)
{
    return relay->path;
}

static void end_relayed(struct relayed **relayed)
{
    if (*relayed == NULL)
        return;
    close((*relayed)->fds[0]);
    close((*relayed)->fds[1]);
    free(*relayed);
    *relayed = NULL;
}

void tcp_relay_destroy(struct tcp_relay *relay)
{
    if (relay == NULL)
        return;
    for (unsigned i = 0; i < TCP_RELAY_CONNECTIONS; i++)
        end_relayed(&relay->relayed[i]);
    if (relay->listener.fd >= 0)
        close(relay->listener.fd);
    if (relay->file >= 0)
        close(relay->file);
    free(relay);
}

/* Carrying. */

static bool is_passing(int error)
{
    return error == EAGAIN || error == EINTR;
}

/* False: the connection is over. */
static bool take_in(int fd, struct way *way)
{
    if (way->count != 0 || way->ended)
        return true;
    ssize_t got = recv(fd, way->bytes, BUFFER_BYTES, MSG_DONTWAIT);
    way->first = 0;
    way->count = got > 0 ? (size_t)got : 0;
    way->ended = got == 0;
    return got >= 0 || is_passing(errno);
}

static bool pass_on(int fd, struct way *way)
{
    while (way->count != 0) {
        ssize_t sent = send(fd, way->bytes + way->first, way->count, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent <= 0)
            return is_passing(errno);
        way->first += (size_t)sent;
        way->count -= (size_t)sent;
    }
    if (way->ended && !way->told) {
        way->told = true;
        shutdown(fd, SHUT_WR);
    }
    return true;
}

static bool finish_connecting(struct relayed *relayed)
{
    int reason = 0;
    socklen_t size = sizeof reason;
    relayed->connecting = false;
    return getsockopt(relayed->fds[1], SOL_SOCKET, SO_ERROR, &reason, &size) == 0 && reason == 0;
}

static bool carry(struct relayed *relayed, const struct wait_set *set)
{
    short unix_result = wait_set_result(set, relayed->places[0]), tcp = wait_set_result(set, relayed->places[1]);
    if (unix_result == 0 && tcp == 0)
        return true;
    if (relayed->connecting)
        return tcp == 0 || finish_connecting(relayed);
    for (unsigned i = 0; i < 2; i++)
        if (!take_in(relayed->fds[i], &relayed->ways[i]) || !pass_on(relayed->fds[1 - i], &relayed->ways[i]))
            return false;
    return !(relayed->ways[0].told && relayed->ways[1].told);
}

static bool connect_on(const struct tcp_relay *relay, struct relayed *relayed)
{
    relayed->fds[1] = socket(relay->to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (relayed->fds[1] < 0)
        return false;
    relayed->connecting = true;
    relayed->places[0] = relayed->places[1] = -1;
    return connect(relayed->fds[1], (const struct sockaddr *)&relay->to, relay->to_size) == 0 || errno == EINPROGRESS;
}

static int free_place(const struct tcp_relay *relay)
{
    for (unsigned i = 0; i < TCP_RELAY_CONNECTIONS; i++)
        if (relay->relayed[i] == NULL)
            return (int)i;
    return -1;
}

static void accept_one(struct tcp_relay *relay)
{
    int fd = unix_socket_accept(&relay->listener), place = free_place(relay);
    struct relayed *relayed = fd >= 0 && place >= 0 ? calloc(1, sizeof *relayed) : NULL;
    if (relayed == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    relayed->fds[0] = fd;
    relay->relayed[place] = relayed;
    if (!connect_on(relay, relayed))
        end_relayed(&relay->relayed[place]);
}

/* A side is read while nothing of it waits, and written to while something does. */
static void watch_one(struct relayed *relayed, struct wait_set *set)
{
    for (unsigned i = 0; i < 2; i++) {
        short events = relayed->ways[i].count == 0 && !relayed->ways[i].ended ? POLLIN : 0;
        events |= relayed->ways[1 - i].count != 0 ? POLLOUT : 0;
        if (relayed->connecting)
            events = i == 1 ? POLLOUT : 0;
        relayed->places[i] = wait_set_add(set, events != 0 ? relayed->fds[i] : -1, events);
    }
}

void tcp_relay_watch(struct tcp_relay *relay, struct wait_set *set)
{
    relay->place = wait_set_add(set, free_place(relay) >= 0 ? relay->listener.fd : -1, POLLIN);
    for (unsigned i = 0; i < TCP_RELAY_CONNECTIONS; i++)
        if (relay->relayed[i] != NULL)
            watch_one(relay->relayed[i], set);
}

void tcp_relay_serve(struct tcp_relay *relay, const struct wait_set *set)
{
    for (unsigned i = 0; i < TCP_RELAY_CONNECTIONS; i++)
        if (relay->relayed[i] != NULL && !carry(relay->relayed[i], set))
            end_relayed(&relay->relayed[i]);
    if (wait_set_result(set, relay->place) != 0)
        accept_one(relay);
}
