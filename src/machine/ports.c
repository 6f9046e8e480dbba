/* SPDX-License-Identifier: MIT */
#include "machine/ports.h"

#include <stdlib.h>
#include <string.h>

#include "host/port.h"

_Static_assert(MACHINE_MAX_PORTS == VIRTIO_CONSOLE_PORTS, "the option takes as many ports as the device has");
_Static_assert(PORT_NAME_BYTES == VIRTIO_CONSOLE_NAME_BYTES, "a name that the option takes fits the device");

struct ports {
    struct ports_parts parts;
    struct virtio_console *console;
    struct host_port *hosts[MACHINE_MAX_PORTS]; /* NULL: the terminal */
    unsigned count;
};

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

bool ports_check(const struct machine_config *config, struct error *err)
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
    if (!parse(ports->parts.config, i, &options, err))
        return false;
    strcpy(port->name, options.name);
    port->backend = ports->parts.terminal;
    if (options.kind == PORT_TERMINAL)
        return true;
    ports->hosts[i] = host_port_open(&options, err);
    if (ports->hosts[i] == NULL)
        return error_prefix(err, "--hvc");
    port->backend = host_port_backend(ports->hosts[i]);
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

struct ports *ports_create(const struct ports_parts *parts, struct error *err)
{
    struct ports *ports = calloc(1, sizeof *ports);
    if (ports == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    ports->parts = *parts;
    ports->count = parts->config->port_count;
    if (ports_check(parts->config, err) && open_all(ports, err))
        return ports;
    ports_destroy(ports);
    return NULL;
}

bool ports_finish(struct ports *ports, struct error *err)
{
    bool ok = true;
    for (unsigned i = 0; i < ports->count; i++) {
        ok &= host_port_close(ports->hosts[i], ok ? err : NULL);
        ports->hosts[i] = NULL;
    }
    return ok;
}

void ports_destroy(struct ports *ports)
{
    if (ports == NULL)
        return;
    ports_finish(ports, NULL);
    virtio_console_destroy(ports->console);
    free(ports);
}

struct virtio_device ports_device(struct ports *ports)
{
    return virtio_console_device(ports->console);
}

static void watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    struct ports *ports = owner;
    for (unsigned i = 0; i < ports->count; i++)
        if (ports->hosts[i] != NULL)
            host_port_watch(ports->hosts[i], set, timeout_ns);
}

static void say_trouble(struct ports *ports, unsigned i)
{
    struct error warning;
    const struct virtio_message *message = &ports->parts.message;
    if (host_port_take_warning(ports->hosts[i], &warning))
        message->say(message->owner, warning.text);
}

static void serve(void *owner, const struct wait_set *set)
{
    struct ports *ports = owner;
    for (unsigned i = 0; i < ports->count; i++) {
        if (ports->hosts[i] == NULL)
            continue;
        host_port_serve(ports->hosts[i], set);
        say_trouble(ports, i);
    }
}

static void poll_ports(void *owner)
{
    struct ports *ports = owner;
    virtio_console_poll(ports->console);
    for (unsigned i = 0; i < ports->count; i++)
        if (ports->hosts[i] != NULL)
            host_port_poll(ports->hosts[i]);
}

struct event_source ports_source(struct ports *ports)
{
    return (struct event_source){.owner = ports, .watch = watch, .serve = serve, .poll = poll_ports};
}

void ports_resize(struct ports *ports, uint16_t columns, uint16_t rows)
{
    for (unsigned i = 0; i < ports->count; i++)
        if (ports->hosts[i] == NULL)
            virtio_console_resize(ports->console, i, columns, rows);
}
