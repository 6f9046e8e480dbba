/* SPDX-License-Identifier: MIT */
/* What stands behind a console port under test: recorded output with as much room as the test allows, and input from the
 * test. */
#ifndef MICROVM_TESTS_UNIT_VIRTIO_FAKE_PORT_H
#define MICROVM_TESTS_UNIT_VIRTIO_FAKE_PORT_H

#include <string.h>

#include "bus/port_backend.h"

struct fake_port {
    char output[256], input[256];
    size_t output_count, input_first, input_count;
    size_t room;
    bool connected, open;
    unsigned opens, closes;
};

static inline size_t fake_port_room(void *owner)
{
    return ((struct fake_port *)owner)->room;
}

static inline size_t fake_port_write(void *owner, const uint8_t *bytes, size_t count)
{
    struct fake_port *port = owner;
    size_t taken = count < port->room ? count : port->room;
    memcpy(port->output + port->output_count, bytes, taken);
    port->output_count += taken;
    port->room -= taken;
    return taken;
}

static inline size_t fake_port_waiting(void *owner)
{
    return ((struct fake_port *)owner)->input_count;
}

static inline size_t fake_port_read(void *owner, uint8_t *bytes, size_t size)
{
    struct fake_port *port = owner;
    size_t count = size < port->input_count ? size : port->input_count;
    memcpy(bytes, port->input + port->input_first, count);
    port->input_first += count;
    port->input_count -= count;
    return count;
}

static inline bool fake_port_is_connected(void *owner)
{
    return ((struct fake_port *)owner)->connected;
}

static inline void fake_port_set_open(void *owner, bool open)
{
    struct fake_port *port = owner;
    port->open = open;
    *(open ? &port->opens : &port->closes) += 1;
}

/* Starts with room for all that output can hold. */
static inline struct port_backend fake_port_backend(struct fake_port *port)
{
    port->room = sizeof port->output;
    return (struct port_backend){
        .owner = port,
        .room = fake_port_room,
        .write = fake_port_write,
        .waiting = fake_port_waiting,
        .read = fake_port_read,
        .is_connected = fake_port_is_connected,
        .set_open = fake_port_set_open,
    };
}

static inline void fake_port_type(struct fake_port *port, const char *text)
{
    port->input_first = 0;
    port->input_count = strlen(text);
    memcpy(port->input, text, port->input_count);
}

#endif
