/* SPDX-License-Identifier: MIT */
/* Bytes on their way wait in two rings. A peer that has gone is forgotten once all that it sent has been read; what was
 * not sent to it yet stays for the next. */
#include "host/port.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/byte_ring.h"
#include "host/unix_socket.h"

#define LAST_PATIENCE_MS 1000
#define FILE_MODE 0666

struct host_port {
    struct port_options options;
    struct unix_socket listener;    /* fd -1: a file */
    int peer;                       /* the client or the file; -1: nobody */
    bool blocked;                   /* it took nothing when it was last offered something */
    bool input_ended;               /* it will send no more */
    bool leaving;                   /* it takes no more, but what it sent may not all have been read */
    int error;                      /* errno of output that a file refused */
    bool told;                      /* of that error */
    int listener_place, peer_place; /* in the present wait set */
    struct byte_ring input, output;
};

static bool is_file(const struct host_port *port)
{
    return port->options.kind == PORT_FILE;
}

static void lose_peer(struct host_port *port)
{
    close(port->peer);
    port->peer = -1;
}

static void on_write_error(struct host_port *port, int error)
{
    if (error == EAGAIN || error == EINTR) {
        port->blocked = error == EAGAIN;
    } else if (!is_file(port)) {
        port->leaving = true;
    } else {
        port->error = error;
        lose_peer(port);
    }
}

/* True: the peer took something. */
static bool write_once(struct host_port *port)
{
    const uint8_t *bytes;
    size_t count = byte_ring_head(&port->output, &bytes);
    ssize_t written =
        is_file(port) ? write(port->peer, bytes, count) : send(port->peer, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written <= 0) {
        on_write_error(port, written < 0 ? errno : EAGAIN);
        return false;
    }
    byte_ring_skip(&port->output, (size_t)written);
    return true;
}

static bool can_flush(const struct host_port *port)
{
    return port->output.count != 0 && port->peer >= 0 && !port->blocked && !port->leaving;
}

void host_port_poll(void *owner)
{
    struct host_port *port = owner;
    while (can_flush(port) && write_once(port))
        continue;
}

static void fill_input(struct host_port *port)
{
    uint8_t *bytes;
    size_t room = byte_ring_tail(&port->input, &bytes);
    if (room == 0)
        return;
    ssize_t got = recv(port->peer, bytes, room, MSG_DONTWAIT);
    if (got > 0)
        byte_ring_wrote(&port->input, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        port->input_ended = true;
    else if (errno == EAGAIN && port->leaving)
        port->input_ended = true;
    if (port->leaving && port->input_ended)
        lose_peer(port);
}

static void accept_peer(struct host_port *port)
{
    port->peer = unix_socket_accept(&port->listener);
    port->blocked = port->input_ended = port->leaving = false;
}

/* A peer that is leaving polls as ready until it is forgotten, so it is looked at only while there is room for more of
 * what it sent. */
void host_port_watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    struct host_port *port = owner;
    (void)timeout_ns;
    bool has_room = byte_ring_room(&port->input) != 0;
    bool looked_at = is_file(port) ? port->blocked : has_room || !port->leaving;
    short events = port->blocked ? POLLOUT : 0;
    if (!is_file(port) && has_room && !port->input_ended)
        events |= POLLIN;
    port->listener_place = wait_set_add(set, port->peer < 0 ? port->listener.fd : -1, POLLIN);
    port->peer_place = wait_set_add(set, looked_at ? port->peer : -1, events);
}

void host_port_serve(void *owner, const struct wait_set *set)
{
    struct host_port *port = owner;
    short peer = wait_set_result(set, port->peer_place);
    if ((peer & POLLOUT) != 0)
        port->blocked = false;
    if (!is_file(port) && (peer & (POLLHUP | POLLERR)) != 0)
        port->leaving = true;
    if (!is_file(port) && port->peer >= 0 && (peer & (POLLIN | POLLHUP | POLLERR)) != 0)
        fill_input(port);
    if (wait_set_result(set, port->listener_place) != 0 && port->peer < 0)
        accept_peer(port);
    host_port_poll(port);
}

static bool keeps_latest(const struct host_port *port)
{
    return port->options.name[0] == '\0' || port->error != 0;
}

static size_t port_room(void *owner)
{
    const struct host_port *port = owner;
    return keeps_latest(port) ? port->output.size : byte_ring_room(&port->output);
}

static size_t port_write(void *owner, const uint8_t *bytes, size_t count)
{
    struct host_port *port = owner;
    struct byte_ring *output = &port->output;
    if (!keeps_latest(port))
        return byte_ring_put(output, bytes, count);
    size_t kept = count < output->size ? count : output->size;
    if (kept > byte_ring_room(output))
        byte_ring_skip(output, kept - byte_ring_room(output));
    byte_ring_put(output, bytes + count - kept, kept);
    return count;
}

static size_t port_waiting(void *owner)
{
    return ((struct host_port *)owner)->input.count;
}

static size_t port_read(void *owner, uint8_t *bytes, size_t size)
{
    return byte_ring_get(&((struct host_port *)owner)->input, bytes, size);
}

static bool port_is_connected(void *owner)
{
    const struct host_port *port = owner;
    return is_file(port) || port->peer >= 0 || port->input.count != 0;
}

static void port_set_open(void *owner, bool open)
{
    (void)owner;
    (void)open;
}

struct port_backend host_port_backend(struct host_port *port)
{
    return (struct port_backend){
        .owner = port,
        .room = port_room,
        .write = port_write,
        .waiting = port_waiting,
        .read = port_read,
        .is_connected = port_is_connected,
        .set_open = port_set_open,
    };
}

/* Not blocking: a pipe without a reader is an error, and a full one makes nobody wait. */
static int open_file(const char *path, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, FILE_MODE);
    if (fd < 0)
        error_set(err, "cannot create the output file %s: %s", path, strerror(errno));
    return fd;
}

static bool open_descriptors(struct host_port *port, struct error *err)
{
    if (!is_file(port))
        return unix_socket_open(&port->listener, port->options.path, err);
    port->peer = open_file(port->options.path, err);
    return port->peer >= 0;
}

struct host_port *host_port_open(const struct port_options *options, struct error *err)
{
    struct host_port *port = calloc(1, sizeof *port);
    if (port == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    port->options = *options;
    port->listener.fd = port->peer = port->listener_place = port->peer_place = -1;
    if (!byte_ring_create(&port->input, PORT_INPUT_BYTES) || !byte_ring_create(&port->output, PORT_OUTPUT_BYTES))
        error_set(err, "out of memory");
    else if (open_descriptors(port, err))
        return port;
    host_port_close(port, NULL);
    return NULL;
}

/* Until the peer has taken all, or nothing for a while. */
static void flush_at_end(struct host_port *port)
{
    host_port_poll(port);
    while (port->blocked && port->peer >= 0 && port->output.count != 0) {
        struct pollfd room = {.fd = port->peer, .events = POLLOUT};
        if (poll(&room, 1, LAST_PATIENCE_MS) != 1)
            return;
        port->blocked = false;
        host_port_poll(port);
    }
}

static bool file_failed(const struct host_port *port, struct error *err)
{
    return error_set(err, "cannot write the output file %s: %s", port->options.path, strerror(port->error));
}

bool host_port_close(struct host_port *port, struct error *err)
{
    if (port == NULL)
        return true;
    flush_at_end(port);
    bool ok = port->error == 0 || file_failed(port, err);
    if (port->peer >= 0)
        close(port->peer);
    unix_socket_close(&port->listener, port->options.path);
    byte_ring_destroy(&port->input);
    byte_ring_destroy(&port->output);
    free(port);
    return ok;
}

bool host_port_take_warning(struct host_port *port, struct error *warning)
{
    if (port->error == 0 || port->told)
        return false;
    port->told = true;
    file_failed(port, warning);
    return true;
}
