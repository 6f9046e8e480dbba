/* SPDX-License-Identifier: MIT */
/* What the next receive buffer takes is looked up when buffers come and after each that was used: so the backend may ask at any time
 * without the guest noticing, and a replay does the same without asking. */
#include "virtio/vsock.h"

#include <stdlib.h>

#include "base/bits.h"
#include "base/little_endian.h"

enum { RECEIVE_QUEUE, TRANSMIT_QUEUE, EVENT_QUEUE, QUEUES };
enum { F_STREAM = 0, F_NO_IMPLIED_STREAM = 2 };

#define CONFIG_BYTES 8u
#define EVENT_BYTES 4u
#define EVENT_TRANSPORT_RESET 0u

#define QUEUE_SIZE 256
#define EVENT_QUEUE_SIZE 16

struct virtio_vsock {
    struct virtio *v;
    struct vsock_backend backend;
    uint64_t cid;
    bool listening; /* the driver runs the receive queue */
    bool stalled;   /* the backend has refused the next packet of the transmit queue */
    bool reset_due; /* the driver is to hear that its connections are gone, once it gives a buffer for that */
    uint32_t room;  /* what the next receive buffer takes; 0: there is none */
    struct virtio_chain chain;
    uint8_t packet[VSOCK_PACKET_LIMIT];
};

/* To the host. */

/* Copies header and data. 0: it is no packet. */
static size_t read_packet(struct virtio_vsock *vsock)
{
    const struct guest_mem *mem = virtio_memory(vsock->v);
    const struct virtio_chain *chain = &vsock->chain;
    if (virtio_chain_read(mem, chain, 0, vsock->packet, VSOCK_HEADER_BYTES) != VSOCK_HEADER_BYTES)
        return 0;
    struct vsock_header header = vsock_header_get(vsock->packet);
    uint32_t wanted = header.length < VSOCK_WINDOW_BYTES ? header.length : VSOCK_WINDOW_BYTES;
    return VSOCK_HEADER_BYTES +
           (size_t)virtio_chain_read(mem, chain, VSOCK_HEADER_BYTES, vsock->packet + VSOCK_HEADER_BYTES, wanted);
}

static void transmit(struct virtio_vsock *vsock)
{
    vsock->stalled = false;
    while (!vsock->stalled && virtio_pop(vsock->v, TRANSMIT_QUEUE, &vsock->chain)) {
        size_t length = read_packet(vsock);
        if (length == 0) {
            virtio_fail(vsock->v, "a packet is shorter than its header");
            return;
        }
        vsock->stalled = !vsock->backend.send(vsock->backend.owner, vsock->packet, length);
        if (vsock->stalled)
            virtio_unpop(vsock->v, &vsock->chain.token);
        else
            virtio_push(vsock->v, &vsock->chain.token, 0);
    }
    virtio_signal(vsock->v, TRANSMIT_QUEUE);
}

void virtio_vsock_poll(struct virtio_vsock *vsock)
{
    if (vsock->stalled)
        transmit(vsock);
}

/* To the guest. */

/* Notifications of new buffers are wanted only where there is none. */
static void find_room(struct virtio_vsock *vsock)
{
    vsock->room = 0;
    if (!virtio_available(vsock->v, RECEIVE_QUEUE))
        virtio_want_notify(vsock->v, RECEIVE_QUEUE, true);
    if (!virtio_pop(vsock->v, RECEIVE_QUEUE, &vsock->chain))
        return;
    uint64_t bytes = vsock->chain.writable_bytes;
    virtio_unpop(vsock->v, &vsock->chain.token);
    virtio_want_notify(vsock->v, RECEIVE_QUEUE, false);
    if (bytes < VSOCK_HEADER_BYTES)
        virtio_fail(vsock->v, "a buffer to receive into is shorter than a header");
    else
        vsock->room = bytes < VSOCK_PACKET_LIMIT ? (uint32_t)bytes : VSOCK_PACKET_LIMIT;
}

static void vsock_receive(void *owner, const uint8_t *packet, size_t length)
{
    struct virtio_vsock *vsock = owner;
    if (length > vsock->room || !virtio_pop(vsock->v, RECEIVE_QUEUE, &vsock->chain))
        return;
    if (vsock->chain.writable_bytes < length) {
        virtio_fail(vsock->v, "a buffer to receive into has become shorter");
        vsock->room = 0;
        return;
    }
    virtio_chain_write(virtio_memory(vsock->v), &vsock->chain, 0, packet, length);
    virtio_push(vsock->v, &vsock->chain.token, (uint32_t)length);
    virtio_signal(vsock->v, RECEIVE_QUEUE);
    find_room(vsock);
}

static size_t vsock_room(void *owner)
{
    return ((struct virtio_vsock *)owner)->room;
}

/* Events. */

static void send_events(struct virtio_vsock *vsock)
{
    uint8_t event[EVENT_BYTES];
    if (!vsock->reset_due || !virtio_pop(vsock->v, EVENT_QUEUE, &vsock->chain))
        return;
    little_put(event, sizeof event, EVENT_TRANSPORT_RESET);
    uint64_t written = virtio_chain_write(virtio_memory(vsock->v), &vsock->chain, 0, event, sizeof event);
    virtio_push(vsock->v, &vsock->chain.token, (uint32_t)written);
    virtio_signal(vsock->v, EVENT_QUEUE);
    vsock->reset_due = false;
}

static void vsock_lose_connections(void *owner)
{
    struct virtio_vsock *vsock = owner;
    vsock->reset_due = vsock->listening;
    send_events(vsock);
}

struct vsock_sink virtio_vsock_sink(struct virtio_vsock *vsock)
{
    return (struct vsock_sink){
        .owner = vsock, .room = vsock_room, .receive = vsock_receive, .lose_connections = vsock_lose_connections};
}

bool virtio_vsock_is_listening(const struct virtio_vsock *vsock)
{
    return vsock->listening;
}

/* The rest. */

static void set_listening(struct virtio_vsock *vsock, bool listening)
{
    if (vsock->listening == listening)
        return;
    vsock->listening = listening;
    vsock->backend.set_listening(vsock->backend.owner, listening);
}

static void take_buffers(struct virtio_vsock *vsock)
{
    set_listening(vsock, true);
    find_room(vsock);
    vsock->backend.has_room(vsock->backend.owner);
}

static void vsock_notify(void *state, unsigned queue)
{
    static void (*const rows[QUEUES])(struct virtio_vsock * vsock) = {
        [RECEIVE_QUEUE] = take_buffers, [TRANSMIT_QUEUE] = transmit, [EVENT_QUEUE] = send_events};
    rows[queue](state);
}

static void vsock_stop_queue(void *state, unsigned queue)
{
    struct virtio_vsock *vsock = state;
    if (queue == TRANSMIT_QUEUE)
        vsock->stalled = false;
    if (queue != RECEIVE_QUEUE)
        return;
    vsock->room = 0;
    set_listening(vsock, false);
}

static void vsock_attach(void *state, struct virtio *v)
{
    ((struct virtio_vsock *)state)->v = v;
}

static uint64_t vsock_features(void *state)
{
    (void)state;
    return BIT(F_STREAM) | BIT(F_NO_IMPLIED_STREAM);
}

static uint16_t vsock_queue_size(void *state, unsigned queue)
{
    static const uint16_t sizes[QUEUES] = {
        [RECEIVE_QUEUE] = QUEUE_SIZE, [TRANSMIT_QUEUE] = QUEUE_SIZE, [EVENT_QUEUE] = EVENT_QUEUE_SIZE};
    (void)state;
    return queue < QUEUES ? sizes[queue] : 0;
}

static void vsock_config(void *state, uint8_t bytes[VIRTIO_CONFIG_BYTES])
{
    const struct virtio_vsock *vsock = state;
    little_put(bytes, 8, vsock->cid);
}

static void vsock_reset(void *state)
{
    struct virtio_vsock *vsock = state;
    vsock->room = 0;
    vsock->stalled = vsock->reset_due = false;
    set_listening(vsock, false);
}

static const struct state_field vsock_fields[] = {
    STATE_NOT(struct virtio_vsock, v, "wiring"),
    STATE_NOT(struct virtio_vsock, backend, "wiring; the connections' other ends are not the machine's"),
    STATE_NOT(struct virtio_vsock, cid, "made with the machine"),
    STATE(struct virtio_vsock, listening, 1, "the driver runs the receive queue"),
    STATE(struct virtio_vsock, stalled, 1, "the next packet to transmit waits until there is room for its answer"),
    STATE(struct virtio_vsock, reset_due, 1, "the driver is to hear that its connections are gone"),
    STATE(struct virtio_vsock, room, VSOCK_PACKET_LIMIT, "bytes that the next receive buffer takes; 0: there is none"),
    STATE_NOT(struct virtio_vsock, chain, "counts within a packet alone"),
    STATE_NOT(struct virtio_vsock, packet, "counts within a packet alone"),
    STATE_END,
};

static const struct state_table vsock_saved = {.fields = vsock_fields, .bytes = sizeof(struct virtio_vsock)};

static const struct virtio_class vsock_class = {
    .name = "virtio-vsock",
    .device_id = 19,
    .config_bytes = CONFIG_BYTES,
    .attach = vsock_attach,
    .features = vsock_features,
    .queue_size = vsock_queue_size,
    .config = vsock_config,
    .notify = vsock_notify,
    .stop_queue = vsock_stop_queue,
    .reset = vsock_reset,
    .saved = &vsock_saved,
};

struct virtio_vsock *virtio_vsock_create(const struct vsock_backend *backend, uint64_t cid)
{
    struct virtio_vsock *vsock = calloc(1, sizeof *vsock);
    if (vsock == NULL)
        return NULL;
    vsock->backend = *backend;
    vsock->cid = cid;
    return vsock;
}

void virtio_vsock_destroy(struct virtio_vsock *vsock)
{
    free(vsock);
}

struct virtio_device virtio_vsock_device(struct virtio_vsock *vsock)
{
    return (struct virtio_device){.class = &vsock_class, .state = vsock};
}
