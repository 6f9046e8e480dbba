/* SPDX-License-Identifier: MIT */
/* Queues: 0 and 1 receive and transmit for port 0, 2 and 3 carry the control messages, then two for each further port.
 * Nothing is held: a buffer that cannot be emptied yet is put back into its queue, and what is to be told waits as a
 * bit until the driver has given a buffer for it. */
#include "virtio/console.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/little_endian.h"

enum { CONTROL_RECEIVE = 2, CONTROL_TRANSMIT = 3, FIRST_FURTHER = 4 };
enum { F_SIZE = 0, F_MULTIPORT = 1, F_EMERG_WRITE = 2 };
enum { CONFIG_COLUMNS = 0, CONFIG_ROWS = 2, CONFIG_MAX_PORTS = 4, CONFIG_EMERG_WRITE = 8, CONFIG_END = 12 };

/* The events of control messages, VirtIO 1.3 5.3.6.2. */
enum event {
    EVENT_DEVICE_READY = 0,
    EVENT_PORT_ADD = 1,
    EVENT_PORT_READY = 3,
    EVENT_CONSOLE_PORT = 4,
    EVENT_RESIZE = 5,
    EVENT_PORT_OPEN = 6,
    EVENT_PORT_NAME = 7
};
#define HEADER_BYTES 8u
#define MESSAGE_BYTES (HEADER_BYTES + VIRTIO_CONSOLE_NAME_BYTES)

#define QUEUE_SIZE 64
#define PIECE_BYTES 4096u
/* A buffer may name the same memory many times over; one that is longer than this is no text. */
#define OUTPUT_LIMIT (UINT64_C(1) << 20)

struct port {
    struct virtio_console_port end;
    uint64_t sent; /* bytes of the next transmit buffer that have left already */
    uint16_t columns, rows;
    uint8_t pending; /* events to tell the driver, as bits */
    bool stalled;    /* the backend had no room for all of the next transmit buffer */
    bool ready;      /* the driver knows the port */
    bool open;       /* the guest has it open */
    bool connected;  /* the driver was told, or will be, that somebody is at the other end */
};

struct virtio_console {
    struct virtio *v;
    unsigned count;
    struct virtio_chain chain;
    struct port ports[VIRTIO_CONSOLE_PORTS];
};

static unsigned receive_queue(unsigned port)
{
    return port == 0 ? 0 : FIRST_FURTHER + 2 * (port - 1);
}

static unsigned transmit_queue(unsigned port)
{
    return receive_queue(port) + 1;
}

/* Of a queue that is not for control. */
static unsigned port_of(unsigned queue)
{
    return queue < FIRST_FURTHER ? 0 : (queue - FIRST_FURTHER) / 2 + 1;
}

static void set_open(struct port *port, bool open)
{
    if (port->open == open)
        return;
    port->open = open;
    port->end.backend.set_open(port->end.backend.owner, open);
}

/* Output. */

/* False: the backend is full, and port->sent says how far it went. */
static bool send_chain(struct virtio_console *console, struct port *port)
{
    const struct port_backend *backend = &port->end.backend;
    uint8_t bytes[PIECE_BYTES];
    uint64_t piece;
    while ((piece = virtio_chain_read(virtio_memory(console->v), &console->chain, port->sent, bytes, sizeof bytes)) !=
           0) {
        size_t taken = backend->write(backend->owner, bytes, (size_t)piece);
        port->sent += taken;
        if (taken < piece)
            return false;
    }
    port->sent = 0;
    return true;
}

static void transmit(struct virtio_console *console, unsigned index)
{
    struct port *port = &console->ports[index];
    port->stalled = false;
    while (!port->stalled && virtio_pop(console->v, transmit_queue(index), &console->chain)) {
        if (console->chain.readable_bytes > OUTPUT_LIMIT) {
            virtio_fail(console->v, "output of more than 1 MiB in one buffer");
            return;
        }
        port->stalled = !send_chain(console, port);
        if (port->stalled)
            virtio_unpop(console->v, &console->chain.token);
        else
            virtio_push(console->v, &console->chain.token, 0);
    }
    virtio_signal(console->v, transmit_queue(index));
}

/* Input. */

static uint32_t fill_chain(struct virtio_console *console, const struct port_backend *backend)
{
    uint8_t bytes[PIECE_BYTES];
    uint64_t done = 0, left;
    while ((left = console->chain.writable_bytes - done) != 0) {
        size_t got = backend->read(backend->owner, bytes, left < sizeof bytes ? (size_t)left : sizeof bytes);
        if (got == 0)
            break;
        done += virtio_chain_write(virtio_memory(console->v), &console->chain, done, bytes, got);
    }
    return (uint32_t)done;
}

static void receive(struct virtio_console *console, unsigned index)
{
    const struct port *port = &console->ports[index];
    const struct port_backend *backend = &port->end.backend;
    if (!port->open)
        return;
    while (backend->waiting(backend->owner) != 0 && virtio_pop(console->v, receive_queue(index), &console->chain))
        virtio_push(console->v, &console->chain.token, fill_chain(console, backend));
    virtio_signal(console->v, receive_queue(index));
}

/* Control. */

static bool is_multiport(const struct virtio_console *console)
{
    return virtio_has(console->v, F_MULTIPORT);
}

static bool is_console(const struct port *port)
{
    return port->end.name[0] == '\0';
}

static void tell(struct port *port, enum event event)
{
    port->pending |= (uint8_t)BIT(event);
}

/* What follows the header; its length. Linux has always read the rows first, whatever the specification's text says. */
static size_t put_payload(const struct port *port, enum event event, uint8_t *bytes)
{
    if (event == EVENT_RESIZE) {
        little_put(bytes, 2, port->rows);
        little_put(bytes + 2, 2, port->columns);
        return 4;
    }
    if (event != EVENT_PORT_NAME)
        return 0;
    size_t length = strlen(port->end.name);
    memcpy(bytes, port->end.name, length);
    return length;
}

static void send_message(struct virtio_console *console, unsigned index, enum event event)
{
    struct port *port = &console->ports[index];
    uint8_t bytes[MESSAGE_BYTES];
    little_put(bytes, 4, index);
    little_put(bytes + 4, 2, event);
    little_put(bytes + 6, 2, event == EVENT_PORT_OPEN ? port->connected : 1);
    size_t length = HEADER_BYTES + put_payload(port, event, bytes + HEADER_BYTES);
    uint64_t written = virtio_chain_write(virtio_memory(console->v), &console->chain, 0, bytes, length);
    virtio_push(console->v, &console->chain.token, (uint32_t)written);
    port->pending &= (uint8_t)~BIT(event);
}

/* The events of one port, in the order in which a driver can use them. */
static bool send_messages(struct virtio_console *console, unsigned index)
{
    static const enum event order[] = {EVENT_PORT_ADD, EVENT_CONSOLE_PORT, EVENT_PORT_NAME, EVENT_RESIZE,
                                       EVENT_PORT_OPEN};
    for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
        if ((console->ports[index].pending & BIT(order[i])) == 0)
            continue;
        if (!virtio_pop(console->v, CONTROL_RECEIVE, &console->chain))
            return false;
        send_message(console, index, order[i]);
    }
    return true;
}

static void send_control(struct virtio_console *console)
{
    for (unsigned i = 0; i < console->count; i++)
        if (!send_messages(console, i))
            break;
    virtio_signal(console->v, CONTROL_RECEIVE);
}

static void on_port_ready(struct port *port)
{
    port->ready = true;
    tell(port, is_console(port) ? EVENT_CONSOLE_PORT : EVENT_PORT_NAME);
    if (port->columns != 0 || port->rows != 0)
        tell(port, EVENT_RESIZE);
    if (port->connected)
        tell(port, EVENT_PORT_OPEN);
}

static void on_message(struct virtio_console *console, const uint8_t bytes[HEADER_BYTES])
{
    uint64_t id = little_get(bytes, 4), event = little_get(bytes + 4, 2), value = little_get(bytes + 6, 2);
    if (event == EVENT_DEVICE_READY && value == 1)
        for (unsigned i = 0; i < console->count; i++)
            tell(&console->ports[i], EVENT_PORT_ADD);
    if (id >= console->count)
        return;
    struct port *port = &console->ports[id];
    if (event == EVENT_PORT_READY && value == 1)
        on_port_ready(port);
    if (event == EVENT_PORT_OPEN)
        set_open(port, value != 0);
}

static void take_control(struct virtio_console *console)
{
    uint8_t bytes[HEADER_BYTES];
    while (virtio_pop(console->v, CONTROL_TRANSMIT, &console->chain)) {
        if (virtio_chain_read(virtio_memory(console->v), &console->chain, 0, bytes, sizeof bytes) == sizeof bytes &&
            is_multiport(console))
            on_message(console, bytes);
        virtio_push(console->v, &console->chain.token, 0);
    }
    virtio_signal(console->v, CONTROL_TRANSMIT);
    send_control(console);
}

/* A driver that knows one port alone has it open as soon as it gives buffers for input. New ones are found when there
 * is input. */
static void on_receive_buffers(struct virtio_console *console, unsigned queue)
{
    if (queue == 0 && !is_multiport(console))
        set_open(&console->ports[0], true);
    virtio_want_notify(console->v, queue, false);
}

static void console_notify(void *state, unsigned queue)
{
    struct virtio_console *console = state;
    if (queue == CONTROL_RECEIVE)
        send_control(console);
    else if (queue == CONTROL_TRANSMIT)
        take_control(console);
    else if (queue % 2 == 0)
        on_receive_buffers(console, queue);
    else
        transmit(console, port_of(queue));
}

static void watch_connection(struct port *port)
{
    bool connected = port->end.backend.is_connected(port->end.backend.owner);
    if (connected == port->connected)
        return;
    port->connected = connected;
    if (port->ready)
        tell(port, EVENT_PORT_OPEN);
}

void virtio_console_poll(struct virtio_console *console)
{
    uint8_t pending = 0;
    for (unsigned i = 0; i < console->count; i++) {
        struct port *port = &console->ports[i];
        if (port->stalled && port->end.backend.room(port->end.backend.owner) != 0)
            transmit(console, i);
        if (port->open && port->end.backend.waiting(port->end.backend.owner) != 0)
            receive(console, i);
        watch_connection(port);
        pending |= port->pending;
    }
    if (pending != 0)
        send_control(console);
}

void virtio_console_resize(struct virtio_console *console, unsigned index, uint16_t columns, uint16_t rows)
{
    struct port *port = &console->ports[index];
    if (port->columns == columns && port->rows == rows)
        return;
    port->columns = columns;
    port->rows = rows;
    if (port->ready)
        tell(port, EVENT_RESIZE);
    if (index == 0)
        virtio_config_changed(console->v);
}

/* The size is port 0's (VirtIO 1.3 5.3.4). */
static void console_config(void *state, uint8_t bytes[VIRTIO_CONFIG_BYTES])
{
    const struct virtio_console *console = state;
    little_put(bytes + CONFIG_COLUMNS, 2, console->ports[0].columns);
    little_put(bytes + CONFIG_ROWS, 2, console->ports[0].rows);
    little_put(bytes + CONFIG_MAX_PORTS, 4, console->count);
}

/* One character, even before the device is set up (VirtIO 1.3 5.3.5.1); without room it is lost. */
static void console_config_write(void *state, uint32_t offset, uint32_t value)
{
    const struct port_backend *backend = &((struct virtio_console *)state)->ports[0].end.backend;
    uint8_t character = (uint8_t)value;
    if (offset == CONFIG_EMERG_WRITE)
        backend->write(backend->owner, &character, 1);
}

static void console_attach(void *state, struct virtio *v)
{
    ((struct virtio_console *)state)->v = v;
}

static uint64_t console_features(void *state)
{
    (void)state;
    return BIT(F_SIZE) | BIT(F_MULTIPORT) | BIT(F_EMERG_WRITE);
}

static uint16_t console_queue_size(void *state, unsigned queue)
{
    const struct virtio_console *console = state;
    bool control = queue == CONTROL_RECEIVE || queue == CONTROL_TRANSMIT;
    return control || port_of(queue) < console->count ? QUEUE_SIZE : 0;
}

/* What was sent of a buffer that is the guest's again does not count for the next. */
static void console_stop_queue(void *state, unsigned queue)
{
    struct virtio_console *console = state;
    bool control = queue == CONTROL_RECEIVE || queue == CONTROL_TRANSMIT;
    if (control || queue % 2 == 0)
        return;
    console->ports[port_of(queue)].sent = 0;
    console->ports[port_of(queue)].stalled = false;
}

static void console_reset(void *state)
{
    struct virtio_console *console = state;
    for (unsigned i = 0; i < console->count; i++) {
        struct port *port = &console->ports[i];
        set_open(port, false);
        port->pending = 0;
        port->ready = false;
    }
}

#define EVENTS_TOLD                                                                                                    \
    (BIT(EVENT_PORT_ADD) | BIT(EVENT_CONSOLE_PORT) | BIT(EVENT_PORT_NAME) | BIT(EVENT_RESIZE) | BIT(EVENT_PORT_OPEN))

static const struct state_field port_fields[] = {
    STATE_NOT(struct port, end, "wiring; what is on its way in the host is not the machine's"),
    STATE(struct port, sent, OUTPUT_LIMIT, "bytes of the next transmit buffer that have left already"),
    STATE(struct port, columns, STATE_ANY, "of its terminal; 0: unknown"),
    STATE(struct port, rows, STATE_ANY, "of its terminal; 0: unknown"),
    STATE(struct port, pending, EVENTS_TOLD, "control events to tell the driver, as bits"),
    STATE(struct port, stalled, 1, "the next transmit buffer waits for room"),
    STATE(struct port, ready, 1, "the driver knows the port"),
    STATE(struct port, open, 1, "the guest has it open"),
    STATE(struct port, connected, 1, "somebody is at the other end, as far as the driver knows"),
    STATE_END,
};

static const struct state_field console_fields[] = {
    STATE_NOT(struct virtio_console, v, "wiring"),
    STATE_NOT(struct virtio_console, count, "made with the machine"),
    STATE_NOT(struct virtio_console, chain, "counts within a notification alone"),
    STATE_INNERS(struct virtio_console, ports, port_fields, "those that are there come first"),
    STATE_END,
};

static bool console_check(const void *object)
{
    const struct virtio_console *console = object;
    bool ok = true;
    for (unsigned i = 0; i < VIRTIO_CONSOLE_PORTS; i++) {
        const struct port *port = &console->ports[i];
        bool any = port->stalled || port->ready || port->open || port->connected || port->pending != 0;
        ok &= (port->pending & ~EVENTS_TOLD) == 0 && (i < console->count || !any);
    }
    return ok;
}

static void console_loaded(void *object)
{
    struct virtio_console *console = object;
    for (unsigned i = 0; i < console->count; i++) {
        const struct port *port = &console->ports[i];
        port->end.backend.set_open(port->end.backend.owner, port->open);
    }
}

static const struct state_table console_saved = {
    .fields = console_fields,
    .bytes = sizeof(struct virtio_console),
    .check = console_check,
    .loaded = console_loaded,
};

static const struct virtio_class console_class = {
    .name = "virtio-console",
    .device_id = 3,
    .config_bytes = CONFIG_END,
    .attach = console_attach,
    .features = console_features,
    .queue_size = console_queue_size,
    .config = console_config,
    .config_write = console_config_write,
    .notify = console_notify,
    .stop_queue = console_stop_queue,
    .reset = console_reset,
    .saved = &console_saved,
};

struct virtio_console *virtio_console_create(const struct virtio_console_port *ports, unsigned count)
{
    struct virtio_console *console = calloc(1, sizeof *console);
    if (console == NULL)
        return NULL;
    console->count = count;
    for (unsigned i = 0; i < count; i++)
        console->ports[i].end = ports[i];
    return console;
}

void virtio_console_destroy(struct virtio_console *console)
{
    free(console);
}

struct virtio_device virtio_console_device(struct virtio_console *console)
{
    return (struct virtio_device){.class = &console_class, .state = console};
}
