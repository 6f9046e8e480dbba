/* SPDX-License-Identifier: MIT */
/* What passes to the guest is the journal's: in a replay there is nobody on the host, and packets come from there. */
#include "machine/vsock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bits.h"
#include "host/vsock/vsock.h"
#include "virtio/vsock.h"

struct vsock {
    struct journal *journal;
    struct vsock_host *host; /* NULL: the machine is a replay, or there is nobody: an onlooker's */
    struct vsock_backend backend;
    struct virtio_vsock *device;
    struct vsock_sink sink;
    bool met; /* the host has seen the driver come: else its connections were made in another process */
};

static bool is_live(const struct vsock *vsock)
{
    return vsock->host != NULL && !journal_replays(vsock->journal);
}

/* Towards the host. */

static bool send(void *owner, const uint8_t *packet, size_t length)
{
    struct vsock *vsock = owner;
    struct journal_event event;
    journal_ask(vsock->journal);
    if (journal_replays(vsock->journal))
        return !journal_take(vsock->journal, JOURNAL_VSOCK_FULL, 0, &event);
    bool taken = vsock->host == NULL || vsock->backend.send(vsock->backend.owner, packet, length);
    if (!taken)
        journal_put(vsock->journal, JOURNAL_VSOCK_FULL, 0, NULL, 0);
    return taken;
}

static void has_room(void *owner)
{
    struct vsock *vsock = owner;
    if (is_live(vsock))
        vsock->backend.has_room(vsock->backend.owner);
}

static void set_listening(void *owner, bool listening)
{
    struct vsock *vsock = owner;
    if (!is_live(vsock))
        return;
    vsock->met = true;
    vsock->backend.set_listening(vsock->backend.owner, listening);
}

/* Towards the guest. */

static size_t room(void *owner)
{
    const struct vsock *vsock = owner;
    return vsock->sink.room(vsock->sink.owner);
}

static void receive(void *owner, const uint8_t *packet, size_t length)
{
    struct vsock *vsock = owner;
    journal_put(vsock->journal, JOURNAL_VSOCK_PACKET, 0, packet, length);
    vsock->sink.receive(vsock->sink.owner, packet, length);
}

static void lose_connections(void *owner)
{
    struct vsock *vsock = owner;
    journal_put(vsock->journal, JOURNAL_VSOCK_RESET, 0, NULL, 0);
    vsock->sink.lose_connections(vsock->sink.owner);
}

static void receive_again(struct vsock *vsock)
{
    struct journal_event event;
    if (journal_take(vsock->journal, JOURNAL_VSOCK_RESET, 0, &event))
        vsock->sink.lose_connections(vsock->sink.owner);
    while (journal_take(vsock->journal, JOURNAL_VSOCK_PACKET, 0, &event))
        vsock->sink.receive(vsock->sink.owner, event.bytes, event.count);
}

/* The guest comes out of a snapshot with its driver. */
static void meet(struct vsock *vsock)
{
    vsock->met = true;
    if (!virtio_vsock_is_listening(vsock->device))
        return;
    vsock->backend.set_listening(vsock->backend.owner, true);
    lose_connections(vsock);
}

/* The event loop. */

static void watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    struct vsock *vsock = owner;
    if (vsock->host != NULL)
        vsock_host_watch(vsock->host, set, timeout_ns);
}

static void serve(void *owner, const struct wait_set *set)
{
    struct vsock *vsock = owner;
    if (is_live(vsock))
        vsock_host_serve(vsock->host, set);
}

static void poll_host(void *owner)
{
    struct vsock *vsock = owner;
    virtio_vsock_poll(vsock->device);
    journal_ask(vsock->journal);
    if (journal_replays(vsock->journal)) {
        receive_again(vsock);
        return;
    }
    if (vsock->host == NULL)
        return;
    if (!vsock->met)
        meet(vsock);
    vsock_host_poll(vsock->host);
}

/* Making and ending. */

static bool open_host(struct vsock *vsock, const struct vsock_options *options, struct error *err)
{
    if (journal_replays(vsock->journal) || options->path[0] == '\0')
        return true;
    struct vsock_sink towards_guest = {
        .owner = vsock, .room = room, .receive = receive, .lose_connections = lose_connections};
    vsock->host = vsock_host_create(options, err);
    if (vsock->host == NULL)
        return error_prefix(err, "--vsock");
    vsock->backend = vsock_host_backend(vsock->host);
    vsock_host_connect(vsock->host, &towards_guest);
    return true;
}

static bool make_device(struct vsock *vsock, uint32_t cid, struct error *err)
{
    struct vsock_backend towards_host = {
        .owner = vsock, .send = send, .has_room = has_room, .set_listening = set_listening};
    vsock->device = virtio_vsock_create(&towards_host, cid);
    if (vsock->device == NULL)
        return error_set(err, "out of memory");
    vsock->sink = virtio_vsock_sink(vsock->device);
    return true;
}

static void destroy(void *owner)
{
    struct vsock *vsock = owner;
    vsock_host_destroy(vsock->host);
    virtio_vsock_destroy(vsock->device);
    free(vsock);
}

static bool slots(const struct machine_config *config, uint64_t *slots, struct error *err)
{
    (void)err;
    if (config->vsock != NULL)
        *slots |= BIT(VIRTIO_SLOT_VSOCK);
    return true;
}

static bool create(struct peripherals *p, struct error *err)
{
    const struct peripherals_parts *parts = peripherals_parts(p);
    struct vsock_options options;
    if (parts->config->vsock == NULL)
        return true;
    if (!vsock_options_parse(parts->config->vsock, &options, err))
        return error_prefix(err, "--vsock");
    struct vsock *vsock = calloc(1, sizeof *vsock);
    if (vsock == NULL)
        return error_set(err, "out of memory");
    vsock->journal = parts->journal;
    struct peripheral made = {
        .kind = &vsock_peripheral,
        .owner = vsock,
        .events = {.owner = vsock, .watch = watch, .serve = serve, .poll = poll_host},
        .destroy = destroy,
    };
    return peripherals_add(p, &made, err) && make_device(vsock, options.cid, err) && open_host(vsock, &options, err) &&
           peripherals_plug(p, VIRTIO_SLOT_VSOCK, virtio_vsock_device(vsock->device), err);
}

/* Without the path: a replay has nobody on the host. */
static bool recorded(const struct machine_config *config, unsigned n, char *text, size_t size)
{
    struct vsock_options options;
    if (n != 0 || config->vsock == NULL || !vsock_options_parse(config->vsock, &options, NULL))
        return false;
    snprintf(text, size, "cid=%" PRIu32, options.cid);
    return true;
}

static bool replay(struct machine_config *config, const char *text, struct error *err)
{
    struct vsock_options options;
    if (!vsock_options_parse(text, &options, err))
        return false;
    config->vsock = text;
    return options.path[0] == '\0' || error_set(err, "a recording names a socket of the host");
}

const struct peripheral_kind vsock_peripheral = {
    .name = "vsock",
    .option = "--vsock",
    .places = BIT(VIRTIO_SLOT_VSOCK),
    .slots = slots,
    .create = create,
    .recorded = recorded,
    .replay = replay,
};
