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
    struct usernet *user;
    struct net_backend backend;
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

static void send(void *owner, const uint8_t *frame, size_t length)
{
    struct network *network = owner;
    capture(network, frame, length);
    network->backend.send(network->backend.owner, frame, length);
}

static void has_room(void *owner)
{
    const struct network *network = owner;
    network->backend.has_room(network->backend.owner);
}

static bool receive(void *owner, const uint8_t *frame, size_t length)
{
    struct network *network = owner;
    if (!network->sink.receive(network->sink.owner, frame, length))
        return false;
    capture(network, frame, length);
    return true;
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
    network->user = usernet_create(options, &message, err);
    if (network->user == NULL)
        return error_prefix(err, "--net");
    network->backend = usernet_backend(network->user);
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

struct network *network_create(const struct machine_config *config, const struct time_source *time,
                               const struct virtio_message *message, struct error *err)
{
    struct net_options options;
    if (!net_options_parse(config->net, &options, err)) {
        error_prefix(err, "--net");
        return NULL;
    }
    struct network *network = calloc(1, sizeof *network);
    if (network == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    network->time = *time;
    network->message = *message;
    if (make_user(network, &options, err) && make_card(network, &options, err) &&
        make_capture(network, config->pcap, err))
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
    return usernet_events(network->user);
}
