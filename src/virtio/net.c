/* SPDX-License-Identifier: MIT */
/* Frames leave in the moment of the notification, or wait in the queue while the backend has no room. A received frame fills one buffer or, with mergeable ones, as many as it
 * needs; those that do not suffice go back untaken, so that the next try begins anew. */
#include "virtio/net.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/little_endian.h"
#include "bus/net_offload.h"
#include "virtio/net_filter.h"
#include "virtio/net_header.h"

enum { RECEIVE_QUEUE, TRANSMIT_QUEUE, CONTROL_QUEUE, QUEUES };

/* Feature bits, VirtIO 1.3 5.1.3. */
enum {
    F_CSUM = 0,
    F_GUEST_CSUM = 1,
    F_MTU = 3,
    F_MAC = 5,
    F_GUEST_TSO4 = 7,
    F_GUEST_TSO6 = 8,
    F_HOST_TSO4 = 11,
    F_HOST_TSO6 = 12,
    F_MRG_RXBUF = 15,
    F_STATUS = 16,
    F_CTRL_VQ = 17,
    F_CTRL_RX = 18,
    F_CTRL_VLAN = 19,
    F_CTRL_RX_EXTRA = 20,
    F_CTRL_MAC_ADDR = 23
};

enum { CONFIG_MAC = 0, CONFIG_STATUS = 6, CONFIG_MTU = 10, CONFIG_BYTES = 12 };
enum { STATUS_LINK_UP = 1 };

enum { CONTROL_OK = 0, CONTROL_ERROR = 1 };
#define CONTROL_HEADER_BYTES 2u

#define QUEUE_SIZE 256
#define CONTROL_QUEUE_SIZE 64

struct virtio_net {
    struct virtio *v;
    struct net_backend backend;
    uint8_t address[NET_ADDRESS_BYTES]; /* after a reset */
    struct net_filter filter;
    uint16_t mtu;
    bool listening; /* the driver runs the receive queue */
    bool unplugged; /* the link is down */
    bool stalled;   /* the backend takes no more frames for now */
    struct virtio_chain first, more;
    struct virtio_token taken[QUEUE_SIZE];
    uint32_t taken_bytes[QUEUE_SIZE];
    uint8_t frame[NET_FRAME_LIMIT];
    uint8_t command[CONTROL_HEADER_BYTES + NET_FILTER_COMMAND_BYTES];
};

/* VirtIO 1.3 5.1.6.1. */
static uint32_t header_bytes(const struct virtio_net *net)
{
    bool whole = virtio_has(net->v, VIRTIO_F_VERSION_1) || virtio_has(net->v, F_MRG_RXBUF);
    return whole ? VIRTIO_NET_HEADER_BYTES : VIRTIO_NET_HEADER_BYTES_SHORT;
}

/* Transmitting. */

/* What the driver may leave to the card of what its header says. */
static struct net_offload read_header(const struct virtio_net *net, const uint8_t *header)
{
    struct net_offload offload = virtio_net_header_read(header);
    bool cuts = (offload.gso == NET_GSO_TCPV4 && virtio_has(net->v, F_HOST_TSO4)) ||
                (offload.gso == NET_GSO_TCPV6 && virtio_has(net->v, F_HOST_TSO6));
    offload.flags &= virtio_has(net->v, F_CSUM) ? NET_NEEDS_CSUM : 0;
    offload.gso = cuts ? offload.gso : NET_GSO_NONE;
    return offload;
}

static bool send_frame(struct virtio_net *net, const struct net_offload *offload, size_t length)
{
    const struct net_backend *backend = &net->backend;
    if (backend->send_offloaded != NULL)
        return backend->send_offloaded(backend->owner, offload, net->frame, length);
    net_offload_complete(offload, net->frame, length);
    return backend->send(backend->owner, net->frame, length);
}

/* What cannot be a frame is lost, as on any wire. */
static bool send_chain(struct virtio_net *net)
{
    const struct virtio_chain *chain = &net->first;
    uint8_t header[VIRTIO_NET_HEADER_BYTES];
    uint32_t skipped = header_bytes(net);
    uint64_t length = chain->readable_bytes - skipped;
    if (length < NET_HEADER_BYTES || length > NET_FRAME_LIMIT)
        return true;
    virtio_chain_read(virtio_memory(net->v), chain, 0, header, skipped);
    struct net_offload offload = read_header(net, header);
    if (!net_offload_is_legal(&offload, (size_t)length))
        return true;
    virtio_chain_read(virtio_memory(net->v), chain, skipped, net->frame, length);
    return send_frame(net, &offload, (size_t)length);
}

static void transmit(struct virtio_net *net)
{
    while (!net->stalled && virtio_pop(net->v, TRANSMIT_QUEUE, &net->first)) {
        struct virtio_token token = net->first.token; /* the backend may answer at once */
        if (net->first.readable_bytes < header_bytes(net)) {
            virtio_fail(net->v, "a buffer to transmit is shorter than its header");
            return;
        }
        net->stalled = !send_chain(net);
        virtio_push(net->v, &token, 0);
    }
    if (net->backend.flush != NULL)
        net->backend.flush(net->backend.owner);
    virtio_signal(net->v, TRANSMIT_QUEUE);
}

bool virtio_net_is_stalled(const struct virtio_net *net)
{
    return net->stalled;
}

void virtio_net_go_on(struct virtio_net *net)
{
    net->stalled = false;
    transmit(net);
}

/* Receiving. */

static void untake(struct virtio_net *net, unsigned count)
{
    while (count > 0)
        virtio_unpop(net->v, &net->taken[--count]);
}

/* The next buffer of a frame; the first holds the header at least. */
static bool take_buffer(struct virtio_net *net, struct virtio_chain *chain, uint32_t least)
{
    if (!virtio_pop(net->v, RECEIVE_QUEUE, chain))
        return false;
    if (chain->writable_bytes >= least)
        return true;
    virtio_fail(net->v, "a buffer to receive into is shorter than its header");
    return false;
}

/* Writes header and frame into buffers from the queue. Their number; 0: they do not suffice, and none is taken. */
static unsigned fill_buffers(struct virtio_net *net, const uint8_t *header, const uint8_t *frame, size_t length)
{
    const struct guest_mem *mem = virtio_memory(net->v);
    uint32_t skipped = header_bytes(net);
    unsigned limit = virtio_has(net->v, F_MRG_RXBUF) ? QUEUE_SIZE : 1, count = 0;
    size_t done = 0;
    while (done < length && count < limit) {
        struct virtio_chain *chain = count == 0 ? &net->first : &net->more;
        if (!take_buffer(net, chain, count == 0 ? skipped : 0))
            break;
        uint64_t before = count == 0 ? virtio_chain_write(mem, chain, 0, header, skipped) : 0;
        uint64_t piece = virtio_chain_write(mem, chain, before, frame + done, length - done);
        net->taken[count] = chain->token;
        net->taken_bytes[count++] = (uint32_t)(before + piece);
        done += piece;
    }
    if (done == length)
        return count;
    untake(net, count);
    return 0;
}

static void deliver(struct virtio_net *net, unsigned count)
{
    uint8_t number[2];
    little_put(number, sizeof number, count);
    if (header_bytes(net) == VIRTIO_NET_HEADER_BYTES)
        virtio_chain_write(virtio_memory(net->v), &net->first, VIRTIO_NET_HEADER_NUM_BUFFERS, number, sizeof number);
    for (unsigned i = 0; i < count; i++)
        virtio_push(net->v, &net->taken[i], net->taken_bytes[i]);
    virtio_signal(net->v, RECEIVE_QUEUE);
}

/* Asks for a notification, and looks once more for what came before that. */
static bool find_room(struct virtio_net *net)
{
    if (virtio_available(net->v, RECEIVE_QUEUE))
        return true;
    virtio_want_notify(net->v, RECEIVE_QUEUE, true);
    return virtio_available(net->v, RECEIVE_QUEUE);
}

/* A single buffer that is too small will never do: the frame is lost. */
static bool is_hopeless(const struct virtio_net *net)
{
    return !virtio_has(net->v, F_MRG_RXBUF);
}

static bool receive_frame(struct virtio_net *net, const struct net_offload *offload, const uint8_t *frame,
                          size_t length)
{
    if (!net->listening || net->unplugged || !net_filter_passes(&net->filter, frame, length))
        return true;
    if (!find_room(net))
        return false;
    uint8_t header[VIRTIO_NET_HEADER_BYTES] = {0};
    virtio_net_header_write(offload, header);
    unsigned count = fill_buffers(net, header, frame, length);
    if (count == 0) {
        virtio_want_notify(net->v, RECEIVE_QUEUE, true);
        return is_hopeless(net);
    }
    deliver(net, count);
    return true;
}

static bool net_receive(void *owner, const uint8_t *frame, size_t length)
{
    struct virtio_net *net = owner;
    struct net_offload offload = {.flags = virtio_has(net->v, F_GUEST_CSUM) ? NET_DATA_VALID : 0};
    return receive_frame(net, &offload, frame, length);
}

static unsigned net_offloads(void *owner)
{
    static const struct {
        unsigned feature, offload;
    } rows[] = {{F_GUEST_CSUM, NET_GUEST_CSUM}, {F_GUEST_TSO4, NET_GUEST_TSO4}, {F_GUEST_TSO6, NET_GUEST_TSO6}};
    const struct virtio_net *net = owner;
    unsigned offloads = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        offloads |= virtio_has(net->v, rows[i].feature) ? rows[i].offload : 0;
    return offloads;
}

static unsigned needed_for(const struct net_offload *offload)
{
    if (offload->gso == NET_GSO_NONE)
        return 0;
    return NET_GUEST_CSUM | (offload->gso == NET_GSO_TCPV4 ? NET_GUEST_TSO4 : NET_GUEST_TSO6);
}

/* A guest that sums up itself is given what there is; for others the sum is completed, in the place of a frame to send. */
static bool net_receive_offloaded(void *owner, const struct net_offload *offload, const uint8_t *frame, size_t length)
{
    struct virtio_net *net = owner;
    static const struct net_offload nothing;
    unsigned offloads = net_offloads(owner), needed = needed_for(offload);
    if (!net_offload_is_legal(offload, length) || (needed & ~offloads) != 0)
        return true;
    if ((offloads & NET_GUEST_CSUM) != 0)
        return receive_frame(net, offload, frame, length);
    memcpy(net->frame, frame, length);
    net_offload_complete(offload, net->frame, length);
    return receive_frame(net, &nothing, net->frame, length);
}

static bool net_is_open(void *owner)
{
    struct virtio_net *net = owner;
    return virtio_available(net->v, RECEIVE_QUEUE);
}

static uint32_t net_mtu(void *owner)
{
    const struct virtio_net *net = owner;
    return virtio_has(net->v, F_MTU) ? net->mtu : NET_ETHERNET_MTU;
}

struct net_sink virtio_net_sink(struct virtio_net *net)
{
    return (struct net_sink){
        .owner = net,
        .receive = net_receive,
        .receive_offloaded = net_receive_offloaded,
        .offloads = net_offloads,
        .is_open = net_is_open,
        .mtu = net_mtu,
    };
}

void virtio_net_set_link(struct virtio_net *net, bool up)
{
    if (net->unplugged != up)
        return;
    net->unplugged = !up;
    virtio_config_changed(net->v);
}

bool virtio_net_link(const struct virtio_net *net)
{
    return !net->unplugged;
}

/* Control. */

static bool obey(struct virtio_net *net)
{
    const struct virtio_chain *chain = &net->first;
    if (chain->readable_bytes < CONTROL_HEADER_BYTES || chain->readable_bytes > sizeof net->command)
        return false;
    size_t length = (size_t)virtio_chain_read(virtio_memory(net->v), chain, 0, net->command, chain->readable_bytes);
    return net_filter_command(&net->filter, net->command[0], net->command[1], net->command + CONTROL_HEADER_BYTES,
                              length - CONTROL_HEADER_BYTES);
}

static void control(struct virtio_net *net)
{
    while (virtio_pop(net->v, CONTROL_QUEUE, &net->first)) {
        if (net->first.writable_bytes == 0) {
            virtio_fail(net->v, "a command has no byte for its answer");
            return;
        }
        uint8_t answer = obey(net) ? CONTROL_OK : CONTROL_ERROR;
        virtio_chain_write(virtio_memory(net->v), &net->first, 0, &answer, 1);
        virtio_push(net->v, &net->first.token, 1);
    }
    virtio_signal(net->v, CONTROL_QUEUE);
}

/* New receive buffers are of interest only to a backend whose frame was refused. A driver that can name VLANs hears of no
 * other. */
static void take_buffers(struct virtio_net *net)
{
    net->listening = true;
    net->filter.filters_vlans = virtio_has(net->v, F_CTRL_VLAN);
    virtio_want_notify(net->v, RECEIVE_QUEUE, false);
    net->backend.has_room(net->backend.owner);
}

static void net_notify(void *state, unsigned queue)
{
    static void (*const rows[QUEUES])(struct virtio_net * net) = {
        [RECEIVE_QUEUE] = take_buffers, [TRANSMIT_QUEUE] = transmit, [CONTROL_QUEUE] = control};
    rows[queue](state);
}

/* What waits for buffers is lost with the driver. */
static void stop_listening(struct virtio_net *net)
{
    net->listening = false;
    net->backend.has_room(net->backend.owner);
}

static void net_stop_queue(void *state, unsigned queue)
{
    if (queue == RECEIVE_QUEUE)
        stop_listening(state);
}

/* The rest. */

static void net_attach(void *state, struct virtio *v)
{
    ((struct virtio_net *)state)->v = v;
}

static uint64_t net_features(void *state)
{
    (void)state;
    return BIT(F_CSUM) | BIT(F_GUEST_CSUM) | BIT(F_MTU) | BIT(F_MAC) | BIT(F_GUEST_TSO4) | BIT(F_GUEST_TSO6) |
           BIT(F_HOST_TSO4) | BIT(F_HOST_TSO6) | BIT(F_MRG_RXBUF) | BIT(F_STATUS) | BIT(F_CTRL_VQ) | BIT(F_CTRL_RX) |
           BIT(F_CTRL_VLAN) | BIT(F_CTRL_RX_EXTRA) | BIT(F_CTRL_MAC_ADDR);
}

static uint16_t net_queue_size(void *state, unsigned queue)
{
    static const uint16_t sizes[QUEUES] = {
        [RECEIVE_QUEUE] = QUEUE_SIZE, [TRANSMIT_QUEUE] = QUEUE_SIZE, [CONTROL_QUEUE] = CONTROL_QUEUE_SIZE};
    (void)state;
    return queue < QUEUES ? sizes[queue] : 0;
}

static void net_config(void *state, uint8_t bytes[VIRTIO_CONFIG_BYTES])
{
    const struct virtio_net *net = state;
    memcpy(bytes + CONFIG_MAC, net->filter.address, NET_ADDRESS_BYTES);
    little_put(bytes + CONFIG_STATUS, 2, net->unplugged ? 0 : STATUS_LINK_UP);
    little_put(bytes + CONFIG_MTU, 2, net->mtu);
}

/* VirtIO 1.3 5.1.4.3: so do drivers of before set their address, a byte at a time. */
static void net_config_write(void *state, uint32_t offset, uint32_t value)
{
    struct virtio_net *net = state;
    if (virtio_has(net->v, VIRTIO_F_VERSION_1))
        return;
    for (uint32_t i = 0; i < 4 && offset + i < NET_ADDRESS_BYTES; i++)
        net->filter.address[offset + i] = (uint8_t)(value >> (8 * i));
}

static void net_reset(void *state)
{
    struct virtio_net *net = state;
    net->stalled = false;
    stop_listening(net);
    net_filter_reset(&net->filter, net->address);
}

static const struct state_field net_table_fields[] = {
    STATE(struct net_filter_table, count, NET_FILTER_ADDRESSES, "addresses in the table"),
    STATE(struct net_filter_table, overflowed, 1, "the driver gave more: all of the kind pass"),
    STATE_BYTES(struct net_filter_table, addresses, "the table"),
    STATE_END,
};

static const struct state_field net_filter_fields[] = {
    STATE_ARRAY(struct net_filter, address, STATE_ANY, "of the card, as the driver set it"),
    STATE_ARRAY(struct net_filter, modes, 1, "of receiving, in the order of the commands"),
    STATE(struct net_filter, filters_vlans, 1, "VLANs that the table lacks are dropped"),
    STATE_INNER(struct net_filter, unicast, net_table_fields, "addresses that pass"),
    STATE_INNER(struct net_filter, multicast, net_table_fields, "addresses that pass"),
    STATE_ARRAY(struct net_filter, vlans, STATE_ANY, "a bit for each that passes"),
    STATE_END,
};

static const struct state_field net_fields[] = {
    STATE_NOT(struct virtio_net, v, "wiring"),
    STATE_NOT(struct virtio_net, backend, "wiring; what is on its way in the host is not the machine's"),
    STATE_NOT(struct virtio_net, address, "made with the machine"),
    STATE_INNER(struct virtio_net, filter, net_filter_fields, "which frames reach the guest"),
    STATE_NOT(struct virtio_net, mtu, "made with the machine"),
    STATE(struct virtio_net, listening, 1, "the driver runs the receive queue"),
    STATE(struct virtio_net, unplugged, 1, "the link is down"),
    STATE(struct virtio_net, stalled, 1, "what is to be transmitted waits in the queue: the host has no room"),
    STATE_NOT(struct virtio_net, first, "counts within a frame alone"),
    STATE_NOT(struct virtio_net, more, "counts within a frame alone"),
    STATE_NOT(struct virtio_net, taken, "counts within a frame alone"),
    STATE_NOT(struct virtio_net, taken_bytes, "counts within a frame alone"),
    STATE_NOT(struct virtio_net, frame, "counts within a frame alone"),
    STATE_NOT(struct virtio_net, command, "counts within a command alone"),
    STATE_END,
};

/* What the host holds back may find buffers now. */
static void net_loaded(void *object)
{
    const struct virtio_net *net = object;
    net->backend.has_room(net->backend.owner);
}

static const struct state_table net_saved = {
    .fields = net_fields,
    .bytes = sizeof(struct virtio_net),
    .loaded = net_loaded,
};

static const struct virtio_class net_class = {
    .name = "virtio-net",
    .device_id = 1,
    .config_bytes = CONFIG_BYTES,
    .attach = net_attach,
    .features = net_features,
    .queue_size = net_queue_size,
    .config = net_config,
    .config_write = net_config_write,
    .notify = net_notify,
    .stop_queue = net_stop_queue,
    .reset = net_reset,
    .saved = &net_saved,
};

struct virtio_net *virtio_net_create(const struct net_backend *backend, const uint8_t address[NET_ADDRESS_BYTES],
                                     uint32_t mtu)
{
    struct virtio_net *net = calloc(1, sizeof *net);
    if (net == NULL)
        return NULL;
    net->backend = *backend;
    net->mtu = (uint16_t)mtu;
    memcpy(net->address, address, NET_ADDRESS_BYTES);
    net_filter_reset(&net->filter, address);
    return net;
}

void virtio_net_destroy(struct virtio_net *net)
{
    free(net);
}

struct virtio_device virtio_net_device(struct virtio_net *net)
{
    return (struct virtio_device){.class = &net_class, .state = net};
}
