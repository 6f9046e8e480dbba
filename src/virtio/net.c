/* SPDX-License-Identifier: MIT */
/* Frames leave in the moment of the notification. A received frame fills one buffer or, with mergeable ones, as many as it
 * needs; those that do not suffice go back untaken, so that the next try begins anew. */
#include "virtio/net.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/little_endian.h"
#include "virtio/net_filter.h"

enum { RECEIVE_QUEUE, TRANSMIT_QUEUE, CONTROL_QUEUE, QUEUES };

/* Feature bits, VirtIO 1.3 5.1.3. */
enum {
    F_CSUM = 0,
    F_GUEST_CSUM = 1,
    F_MTU = 3,
    F_MAC = 5,
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

/* The header before each frame, VirtIO 1.3 5.1.6. The field behind the short one is num_buffers. */
enum { HEADER_FLAGS = 0, HEADER_CSUM_START = 6, HEADER_CSUM_OFFSET = 8, HEADER_NUM_BUFFERS = 10 };
enum { HEADER_BYTES_SHORT = 10, HEADER_BYTES = 12 };
enum { NEEDS_CSUM = 1, DATA_VALID = 2 };

enum { CONTROL_OK = 0, CONTROL_ERROR = 1 };
#define CONTROL_HEADER_BYTES 2u

#define QUEUE_SIZE 256
#define CONTROL_QUEUE_SIZE 64

struct virtio_net {
    struct virtio *v;
    struct net_backend backend;
    uint8_t address[NET_ADDRESS_BYTES]; /* after a reset */
    struct net_filter filter;
    bool listening; /* the driver runs the receive queue */
    struct virtio_chain first, more;
    struct virtio_token taken[QUEUE_SIZE];
    uint32_t taken_bytes[QUEUE_SIZE];
    uint8_t frame[NET_FRAME_LIMIT];
    uint8_t command[CONTROL_HEADER_BYTES + NET_FILTER_COMMAND_BYTES];
};

/* VirtIO 1.3 5.1.6.1: drivers of before have no num_buffers, unless they merge. */
static uint32_t header_bytes(const struct virtio_net *net)
{
    return virtio_has(net->v, VIRTIO_F_VERSION_1) || virtio_has(net->v, F_MRG_RXBUF) ? HEADER_BYTES
                                                                                     : HEADER_BYTES_SHORT;
}

/* Transmitting. */

/* The Internet checksum: the sum of big-endian 16-bit words, carries added in, inverted. */
static uint16_t internet_checksum(const uint8_t *bytes, size_t count)
{
    uint64_t sum = 0;
    for (; count >= 4; bytes += 4, count -= 4) {
        uint32_t word;
        memcpy(&word, bytes, sizeof word);
        sum += word;
    }
    uint8_t rest[4] = {0};
    memcpy(rest, bytes, count);
    uint32_t last;
    memcpy(&last, rest, sizeof last);
    sum += last;
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* VirtIO 1.3 5.1.6.2: the field holds the sum of the pseudo header. Sums do not depend on the order of bytes, so that the
 * host's is used to read and to write. A sum of zero is written as its other form, since UDP means "none" by zero. */
static bool complete_checksum(const struct virtio_net *net, const uint8_t *header, uint8_t *frame, size_t length)
{
    if ((header[HEADER_FLAGS] & NEEDS_CSUM) == 0 || !virtio_has(net->v, F_CSUM))
        return true;
    size_t start = (size_t)little_get(header + HEADER_CSUM_START, 2);
    size_t place = start + (size_t)little_get(header + HEADER_CSUM_OFFSET, 2);
    if (start > length || place + 2 > length)
        return false;
    uint16_t sum = internet_checksum(frame + start, length - start);
    if (sum == 0)
        sum = 0xffff;
    memcpy(frame + place, &sum, sizeof sum);
    return true;
}

/* What cannot be a frame is lost, as on any wire. */
static void send_chain(struct virtio_net *net)
{
    const struct virtio_chain *chain = &net->first;
    uint8_t header[HEADER_BYTES];
    uint32_t skipped = header_bytes(net);
    uint64_t length = chain->readable_bytes - skipped;
    if (length < NET_HEADER_BYTES || length > NET_FRAME_LIMIT)
        return;
    virtio_chain_read(virtio_memory(net->v), chain, 0, header, skipped);
    virtio_chain_read(virtio_memory(net->v), chain, skipped, net->frame, length);
    if (complete_checksum(net, header, net->frame, (size_t)length))
        net->backend.send(net->backend.owner, net->frame, (size_t)length);
}

static void transmit(struct virtio_net *net)
{
    while (virtio_pop(net->v, TRANSMIT_QUEUE, &net->first)) {
        struct virtio_token token = net->first.token; /* the backend may answer at once */
        if (net->first.readable_bytes < header_bytes(net)) {
            virtio_fail(net->v, "a buffer to transmit is shorter than its header");
            return;
        }
        send_chain(net);
        virtio_push(net->v, &token, 0);
    }
    virtio_signal(net->v, TRANSMIT_QUEUE);
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
    if (header_bytes(net) == HEADER_BYTES)
        virtio_chain_write(virtio_memory(net->v), &net->first, HEADER_NUM_BUFFERS, number, sizeof number);
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

static bool net_receive(void *owner, const uint8_t *frame, size_t length)
{
    struct virtio_net *net = owner;
    if (!net->listening || !net_filter_passes(&net->filter, frame, length))
        return true;
    if (!find_room(net))
        return false;
    uint8_t header[HEADER_BYTES] = {0};
    if (virtio_has(net->v, F_GUEST_CSUM))
        header[HEADER_FLAGS] = DATA_VALID;
    unsigned count = fill_buffers(net, header, frame, length);
    if (count == 0) {
        virtio_want_notify(net->v, RECEIVE_QUEUE, true);
        return is_hopeless(net);
    }
    deliver(net, count);
    return true;
}

static bool net_is_open(void *owner)
{
    struct virtio_net *net = owner;
    return virtio_available(net->v, RECEIVE_QUEUE);
}

static uint32_t net_mtu(void *owner)
{
    const struct virtio_net *net = owner;
    return virtio_has(net->v, F_MTU) ? NET_JUMBO_MTU : NET_ETHERNET_MTU;
}

struct net_sink virtio_net_sink(struct virtio_net *net)
{
    return (struct net_sink){.owner = net, .receive = net_receive, .is_open = net_is_open, .mtu = net_mtu};
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
    return BIT(F_CSUM) | BIT(F_GUEST_CSUM) | BIT(F_MTU) | BIT(F_MAC) | BIT(F_HOST_TSO4) | BIT(F_HOST_TSO6) |
           BIT(F_MRG_RXBUF) | BIT(F_STATUS) | BIT(F_CTRL_VQ) | BIT(F_CTRL_RX) | BIT(F_CTRL_VLAN) |
           BIT(F_CTRL_RX_EXTRA) | BIT(F_CTRL_MAC_ADDR);
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
    little_put(bytes + CONFIG_STATUS, 2, STATUS_LINK_UP);
    little_put(bytes + CONFIG_MTU, 2, NET_JUMBO_MTU);
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
    STATE(struct virtio_net, listening, 1, "the driver runs the receive queue"),
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

struct virtio_net *virtio_net_create(const struct net_backend *backend, const uint8_t address[NET_ADDRESS_BYTES])
{
    struct virtio_net *net = calloc(1, sizeof *net);
    if (net == NULL)
        return NULL;
    net->backend = *backend;
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
