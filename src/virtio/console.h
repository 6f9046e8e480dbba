/* SPDX-License-Identifier: MIT */
/* The VirtIO console (VirtIO 1.3 5.3) with one or more ports: consoles (Linux's hvc0, hvc1, ...) and generic ports with a
 * name. Bytes wait on the side that they come from until the other has room: output in the guest's queue, input in the
 * port's backend. */
#ifndef MICROVM_VIRTIO_CONSOLE_H
#define MICROVM_VIRTIO_CONSOLE_H

#include "bus/port_backend.h"
#include "virtio/virtio.h"

/* Each has two queues, and two more are for control messages. */
#define VIRTIO_CONSOLE_PORTS ((VIRTIO_MAX_QUEUES - 2) / 2)
#define VIRTIO_CONSOLE_NAME_BYTES 64u

struct virtio_console_port {
    char name[VIRTIO_CONSOLE_NAME_BYTES]; /* empty: a console; else a generic port that udev calls so */
    struct port_backend backend;
};

struct virtio_console;

/* 1 to VIRTIO_CONSOLE_PORTS ports, copied. A driver without F_MULTIPORT has the first alone. NULL: out of memory. */
struct virtio_console *virtio_console_create(const struct virtio_console_port *ports, unsigned count);
void virtio_console_destroy(struct virtio_console *console);
struct virtio_device virtio_console_device(struct virtio_console *console);

/* Moves what can be moved between the backends and the guest, and tells the guest who came and went. Cheap if there is
 * nothing to do; to be called between slices. */
void virtio_console_poll(struct virtio_console *console);

/* The size of the terminal behind a port changed; 0, 0: unknown, as it is at first. */
void virtio_console_resize(struct virtio_console *console, unsigned port, uint16_t columns, uint16_t rows);

#endif
