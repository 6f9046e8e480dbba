/* SPDX-License-Identifier: MIT */
#include "remote/remote.h"

#include <stdlib.h>

#include "host/listener.h"
#include "machine/control.h"
#include "remote/session.h"

/* What may wait for a client that does not read: some of the largest replies. */
#define OUTPUT_BYTES ((size_t)4 << 20)

#define GOODBYE(words) "{\"event\":\"dropped\",\"message\":\"" words "\"}\n"

struct remote {
    struct remote_session *session;
    struct listener *listener;
    struct event_source source; /* the listener's, and output that waits is sent before it sleeps */
};

static void send_line(void *owner, const char *line, size_t bytes)
{
    struct remote *remote = owner;
    listener_send(remote->listener, line, bytes);
}

static void connected(void *owner)
{
    struct remote *remote = owner;
    remote_session_connect(remote->session, true);
}

static void disconnected(void *owner)
{
    struct remote *remote = owner;
    remote_session_connect(remote->session, false);
}

static size_t received(void *owner, const uint8_t *bytes, size_t count)
{
    struct remote *remote = owner;
    return remote_session_receive(remote->session, (const char *)bytes, count);
}

static void watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    struct remote *remote = owner;
    const struct event_source *source = listener_source(remote->listener);
    remote_session_flush(remote->session);
    source->watch(source->owner, set, timeout_ns);
}

static void serve(void *owner, const struct wait_set *set)
{
    struct remote *remote = owner;
    const struct event_source *source = listener_source(remote->listener);
    source->serve(source->owner, set);
}

static bool open_socket(struct remote *remote, const char *path, struct error *err)
{
    const struct listener_config config = {
        .path = path,
        .refusal = GOODBYE("another client is connected, and there is one at a time"),
        .farewell = GOODBYE("the client does not take what is sent"),
        .input_bytes = REMOTE_LINE_BYTES,
        .output_bytes = OUTPUT_BYTES,
        .owner = remote,
        .connected = connected,
        .received = received,
        .disconnected = disconnected,
    };
    remote->listener = listener_open(&config, err);
    return remote->listener != NULL;
}

static bool open_parts(struct remote *remote, const struct remote_parts *parts, const char *path, struct error *err)
{
    const struct remote_sink sink = {remote, send_line};
    if (!open_socket(remote, path, err))
        return false;
    remote->session = remote_session_create(parts, &sink, err);
    remote->source = (struct event_source){.owner = remote, .watch = watch, .serve = serve};
    if (remote->session == NULL)
        return false;
    return machine_add_source(parts->machine, &remote->source) ||
           error_set(err, "too many sockets belong to the machine already");
}

struct remote *remote_open(const struct remote_parts *parts, const char *path, struct error *err)
{
    struct remote *remote = calloc(1, sizeof *remote);
    if (remote == NULL)
        error_set(err, "out of memory");
    else if (open_parts(remote, parts, path, err))
        return remote;
    remote_close(remote);
    return NULL;
}

void remote_close(struct remote *remote)
{
    if (remote == NULL)
        return;
    remote_session_destroy(remote->session);
    listener_close(remote->listener);
    free(remote);
}
