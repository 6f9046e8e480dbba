/* SPDX-License-Identifier: MIT */
/* The capture shows what passes between card and network: what the guest sends with its checksums complete, and what it
 * has got, at the guest's time. */
#include "machine/network.h"

#include <stdlib.h>

#include "host/net_options.h"
#include "host/pcap.h"
#include "host/usernet.h"
#include "virtio/net.h"

struct network {
    struct time_source time;
    struct virtio_message message;
    struct journal *journal; /* of the frames for the guest */
    struct usernet *user;    /* NULL: the machine is a replay */
    struct net_backend backend;
    struct event_source events; /* the user network's */
    struct virtio_net *card;
    struct net_sink sink;
    struct pcap *pcap; /* NULL: nobody watches */
};

bool network_wanted(const struct machine_config *config)
{
    struct net_options options;
    return config->net != NULL && net_options_parse(config->net, &options, NULL) && options.kind != NET_NONE;
}

static void say(void *owner, const char *line)
{
    const struct network *network = owner;
    if (network->message.say != NULL)
        network->message.say(network->message.owner, line);
}

static void capture(struct network *network, const uint8_t *frame, size_t length)
{
    struct error trouble;
    if (network->pcap == NULL)
        return;
    if (!pcap_write(network->pcap, network->time.unix_ns(network->time.owner), frame, length, &trouble))
        say(network, trouble.text);
}

/* To the guest. What it refuses counts as well, since it may have noticed. */
static bool hand_over(struct network *network, const uint8_t *frame, size_t length)
{
    if (!network->sink.receive(network->sink.owner, frame, length))
        return false;
    capture(network, frame, length);
    return true;
}

static bool receive(void *owner, const uint8_t *frame, size_t length)
{
    struct network *network = owner;
    journal_put(network->journal, JOURNAL_FRAME, 0, frame, length);
    return hand_over(network, frame, length);
}

/* In a replay: the frames that came at this occasion. */
static void receive_again(struct network *network)
{
    struct journal_event event;
    while (journal_take(network->journal, JOURNAL_FRAME, 0, &event))
        if (event.count >= NET_HEADER_BYTES && event.count <= NET_FRAME_LIMIT)
            hand_over(network, event.bytes, event.count);
}

static void send(void *owner, const uint8_t *frame, size_t length)
{
    struct network *network = owner;
    capture(network, frame, length);
    journal_ask(network->journal);
    if (journal_replays(network->journal))
        receive_again(network);
    else
        network->backend.send(network->backend.owner, frame, length);
}

static void has_room(void *owner)
{
    struct network *network = owner;
    journal_ask(network->journal);
    if (journal_replays(network->journal))
        receive_again(network);
    else
        network->backend.has_room(network->backend.owner);
}

static void network_watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    const struct network *network = owner;
    const struct event_source *events = &network->events;
    events->watch(events->owner, set, timeout_ns);
}

static void network_serve(void *owner, const struct wait_set *set)
{
    struct network *network = owner;
    journal_ask(network->journal);
    if (journal_replays(network->journal))
        receive_again(network);
    else
        network->events.serve(network->events.owner, set);
}

static bool is_open(void *owner)
{
    const struct network *network = owner;
    return network->sink.is_open(network->sink.owner);
}

static uint32_t mtu(void *owner)
{
    const struct network *network = owner;
    return network->sink.mtu(network->sink.owner);
}

static bool make_user(struct network *network, const struct net_options *options, struct error *err)
{
    struct usernet_message message = {network, say};
    if (journal_replays(network->journal))
        return true;
    network->user = usernet_create(options, &message, err);
    if (network->user == NULL)
        return error_prefix(err, "--net");
    network->backend = usernet_backend(network->user);
    network->events = usernet_events(network->user);
    return true;
}

static bool make_card(struct network *network, const struct net_options *options, struct error *err)
{
    struct net_backend towards_host = {network, send, has_room};
    struct net_sink towards_guest = {network, receive, is_open, mtu};
    network->card = virtio_net_create(&towards_host, options->address);
    if (network->card == NULL)
        return error_set(err, "out of memory");
    network->sink = virtio_net_sink(network->card);
    if (network->user != NULL)
        usernet_connect(network->user, &towards_guest);
    return true;
}

static bool make_capture(struct network *network, const char *path, struct error *err)
{
    if (path == NULL)
        return true;
    network->pcap = pcap_open(path, err);
    return network->pcap != NULL || error_prefix(err, "--pcap");
}

struct network *network_create(const struct network_parts *parts, struct error *err)
{
    struct net_options options;
    if (!net_options_parse(parts->config->net, &options, err)) {
        error_prefix(err, "--net");
        return NULL;
    }
    struct network *network = calloc(1, sizeof *network);
    if (network == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    network->time = parts->time;
    network->message = parts->message;
    network->journal = parts->journal;
    if (make_user(network, &options, err) && make_card(network, &options, err) &&
        make_capture(network, parts->config->pcap, err))
        return network;
    network_destroy(network);
    return NULL;
}

void network_destroy(struct network *network)
{
    if (network == NULL)
        return;
    usernet_destroy(network->user);
    virtio_net_destroy(network->card);
    pcap_close(network->pcap);
    free(network);
}

struct virtio_device network_device(struct network *network)
{
    return virtio_net_device(network->card);
}

struct event_source network_events(struct network *network)
{
    return (struct event_source){.owner = network, .watch = network_watch, .serve = network_serve};
}
