/* SPDX-License-Identifier: MIT */
#include "machine/ports.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "host/port.h"
#include "virtio/console.h"

_Static_assert(MACHINE_MAX_PORTS == VIRTIO_CONSOLE_PORTS, "the option takes as many ports as the device has");
_Static_assert(PORT_NAME_BYTES == VIRTIO_CONSOLE_NAME_BYTES, "a name that the option takes fits the device");

/* What was last seen of the other ends, so that only changes are written down. */
struct port_views {
    uint8_t room[MACHINE_MAX_PORTS];
    uint8_t waiting[MACHINE_MAX_PORTS];
    uint8_t peer[MACHINE_MAX_PORTS];
};

/* A port whose backend is asked through the journal. */
struct port_link {
    struct ports *ports;
    unsigned number;
    struct host_port *host; /* NULL: the port is the terminal's, or the machine a replay */
    struct port_backend backend;
};

struct ports {
    const struct peripherals_parts *parts;
    struct virtio_console *console;
    struct port_link links[MACHINE_MAX_PORTS];
    bool terminal[MACHINE_MAX_PORTS];
    struct port_views views;
    unsigned count;
};

static const struct state_field view_fields[] = {
    STATE_ARRAY(struct port_views, room, 1, "of each port that is not the terminal's: it took output when last asked"),
    STATE_ARRAY(struct port_views, waiting, 1, "likewise: input waited"),
    STATE_ARRAY(struct port_views, peer, 1, "likewise: somebody was at its other end"),
    STATE_END,
};

static const struct state_table views_saved = {.fields = view_fields, .bytes = sizeof(struct port_views)};

static struct state_part ports_part(struct ports *ports)
{
    return (struct state_part){.name = "ports", .object = &ports->views, .table = &views_saved};
}

/* A question whose answer is yes or no, as good as the last one until the journal has another. */
static bool ask(const struct port_link *link, enum journal_kind kind, uint8_t *view, size_t (*question)(void *owner))
{
    struct journal *journal = link->ports->parts->journal;
    uint64_t word;
    journal_ask(journal);
    if (journal_replays(journal)) {
        if (journal_take_words(journal, kind, link->number, &word, 1))
            *view = word != 0;
        return *view;
    }
    word = question(link->backend.owner) != 0;
    if (word != *view)
        journal_put_words(journal, kind, link->number, &word, 1);
    *view = (uint8_t)word;
    return *view;
}

static size_t link_room(void *owner)
{
    const struct port_link *link = owner;
    return ask(link, JOURNAL_PORT_ROOM, &link->ports->views.room[link->number], link->backend.room) ? SIZE_MAX : 0;
}

static size_t link_waiting(void *owner)
{
    const struct port_link *link = owner;
    return ask(link, JOURNAL_PORT_WAITING, &link->ports->views.waiting[link->number], link->backend.waiting);
}

static size_t host_is_connected(void *owner)
{
    const struct port_backend backend = host_port_backend(owner);
    return backend.is_connected(owner);
}

static bool link_is_connected(void *owner)
{
    const struct port_link *link = owner;
    return ask(link, JOURNAL_PORT_PEER, &link->ports->views.peer[link->number], host_is_connected);
}

static size_t link_write(void *owner, const uint8_t *bytes, size_t count)
{
    const struct port_link *link = owner;
    struct journal *journal = link->ports->parts->journal;
    uint64_t taken = count;
    journal_ask(journal);
    if (journal_replays(journal)) {
        journal_take_words(journal, JOURNAL_PORT_TAKEN, link->number, &taken, 1);
        return taken < count ? (size_t)taken : count;
    }
    taken = link->backend.write(link->backend.owner, bytes, count);
    if (taken != count)
        journal_put_words(journal, JOURNAL_PORT_TAKEN, link->number, &taken, 1);
    return (size_t)taken;
}

static size_t link_read(void *owner, uint8_t *bytes, size_t size)
{
    const struct port_link *link = owner;
    struct journal *journal = link->ports->parts->journal;
    struct journal_event event;
    journal_ask(journal);
    if (!journal_replays(journal)) {
        size_t got = link->backend.read(link->backend.owner, bytes, size);
        if (got != 0)
            journal_put(journal, JOURNAL_PORT_READ, link->number, bytes, got);
        return got;
    }
    if (!journal_take(journal, JOURNAL_PORT_READ, link->number, &event) || event.count > size)
        return 0;
    memcpy(bytes, event.bytes, event.count);
    return event.count;
}

static void link_set_open(void *owner, bool open)
{
    const struct port_link *link = owner;
    if (link->host != NULL)
        link->backend.set_open(link->backend.owner, open);
}

static struct port_backend link_backend(struct port_link *link)
{
    return (struct port_backend){
        .owner = link,
        .room = link_room,
        .write = link_write,
        .waiting = link_waiting,
        .read = link_read,
        .is_connected = link_is_connected,
        .set_open = link_set_open,
    };
}

static bool parse(const struct machine_config *config, unsigned i, struct port_options *options, struct error *err)
{
    return port_options_parse(config->ports[i], options, err) || error_prefix(err, "--hvc");
}

static bool check_pair(const struct port_options *a, const struct port_options *b, struct error *err)
{
    if (a->kind == PORT_TERMINAL && b->kind == PORT_TERMINAL)
        return error_set(err, "--hvc: two ports cannot both have the terminal ('console')");
    if (a->name[0] != '\0' && strcmp(a->name, b->name) == 0)
        return error_set(err, "--hvc: two ports are named '%s'", a->name);
    return true;
}

static bool ports_check(const struct machine_config *config, struct error *err)
{
    for (unsigned i = 0; i < config->port_count; i++) {
        struct port_options a, b;
        if (!parse(config, i, &a, err))
            return false;
        for (unsigned j = 0; j < i; j++)
            if (!parse(config, j, &b, err) || !check_pair(&a, &b, err))
                return false;
    }
    return true;
}

static bool open_port(struct ports *ports, unsigned i, struct virtio_console_port *port, struct error *err)
{
    struct port_options options;
    if (!parse(ports->parts->config, i, &options, err))
        return false;
    strcpy(port->name, options.name);
    port->backend = ports->parts->terminal;
    ports->terminal[i] = options.kind == PORT_TERMINAL;
    if (ports->terminal[i])
        return true;
    struct port_link *link = &ports->links[i];
    link->ports = ports;
    link->number = i;
    port->backend = link_backend(link);
    if (journal_replays(ports->parts->journal))
        return true;
    link->host = host_port_open(&options, err);
    if (link->host == NULL)
        return error_prefix(err, "--hvc");
    link->backend = host_port_backend(link->host);
    return true;
}

static bool open_all(struct ports *ports, struct error *err)
{
    struct virtio_console_port opened[MACHINE_MAX_PORTS];
    for (unsigned i = 0; i < ports->count; i++)
        if (!open_port(ports, i, &opened[i], err))
            return false;
    ports->console = virtio_console_create(opened, ports->count);
    return ports->console != NULL || error_set(err, "out of memory");
}

static bool finish(void *owner, struct error *err)
{
    struct ports *ports = owner;
    bool ok = true;
    for (unsigned i = 0; i < ports->count; i++) {
        ok &= host_port_close(ports->links[i].host, ok ? err : NULL);
        ports->links[i].host = NULL;
    }
    return ok;
}

static void destroy(void *owner)
{
    struct ports *ports = owner;
    finish(ports, NULL);
    virtio_console_destroy(ports->console);
    free(ports);
}

static void watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    struct ports *ports = owner;
    for (unsigned i = 0; i < ports->count; i++)
        if (ports->links[i].host != NULL)
            host_port_watch(ports->links[i].host, set, timeout_ns);
}

static void say_trouble(struct ports *ports, unsigned i)
{
    struct error warning;
    const struct virtio_message *message = &ports->parts->message;
    if (host_port_take_warning(ports->links[i].host, &warning))
        message->say(message->owner, warning.text);
}

static void serve(void *owner, const struct wait_set *set)
{
    struct ports *ports = owner;
    for (unsigned i = 0; i < ports->count && !journal_replays(ports->parts->journal); i++) {
        if (ports->links[i].host == NULL)
            continue;
        host_port_serve(ports->links[i].host, set);
        say_trouble(ports, i);
    }
}

static void poll_ports(void *owner)
{
    struct ports *ports = owner;
    virtio_console_poll(ports->console);
    for (unsigned i = 0; i < ports->count && !journal_replays(ports->parts->journal); i++)
        if (ports->links[i].host != NULL)
            host_port_poll(ports->links[i].host);
}

static struct ports *ports_create(const struct peripherals_parts *parts, struct error *err)
{
    struct ports *ports = calloc(1, sizeof *ports);
    if (ports == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    ports->parts = parts;
    ports->count = parts->config->port_count;
    if (ports_check(parts->config, err) && open_all(ports, err))
        return ports;
    destroy(ports);
    return NULL;
}

static bool slots(const struct machine_config *config, uint64_t *slots, struct error *err)
{
    if (config->port_count != 0)
        *slots |= BIT(VIRTIO_SLOT_CONSOLE);
    return ports_check(config, err);
}

static bool create(struct peripherals *p, struct error *err)
{
    if (peripherals_parts(p)->config->port_count == 0)
        return true;
    struct ports *ports = ports_create(peripherals_parts(p), err);
    if (ports == NULL)
        return false;
    struct peripheral made = {
        .kind = &ports_peripheral,
        .owner = ports,
        .events = {.owner = ports, .watch = watch, .serve = serve, .poll = poll_ports},
        .part = ports_part(ports),
        .finish = finish,
        .destroy = destroy,
    };
    return peripherals_add(p, &made, err) &&
           peripherals_plug(p, VIRTIO_SLOT_CONSOLE, virtio_console_device(ports->console), err);
}

const struct peripheral_kind ports_peripheral = {
    .name = "console",
    .option = "--hvc",
    .places = BIT(VIRTIO_SLOT_CONSOLE),
    .slots = slots,
    .create = create,
};

void peripherals_resize(struct peripherals *p, uint16_t columns, uint16_t rows)
{
    const struct ports *ports = peripherals_owner(p, &ports_peripheral);
    for (unsigned i = 0; ports != NULL && i < ports->count; i++)
        if (ports->terminal[i])
            virtio_console_resize(ports->console, i, columns, rows);
}
