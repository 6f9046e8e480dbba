/* SPDX-License-Identifier: MIT */
/* The VirtIO console (VirtIO 1.3 5.3) with one port, Linux's hvc0: emergency writes, the terminal's size, and input
 * that waits until the guest has room for it. */
#ifndef MICROVM_VIRTIO_CONSOLE_H
#define MICROVM_VIRTIO_CONSOLE_H

#include "bus/char_backend.h"
#include "virtio/virtio.h"

struct virtio_console;

/* output takes what the guest sends and is copied. NULL: out of memory. */
struct virtio_console *virtio_console_create(const struct char_backend *output);
void virtio_console_destroy(struct virtio_console *console);
struct virtio_device virtio_console_device(struct virtio_console *console);

/* True if virtio_console_receive takes at least one byte now. */
bool virtio_console_has_room(struct virtio_console *console);

/* Takes the first bytes, as many as the guest has buffers for, and returns that number. */
size_t virtio_console_receive(struct virtio_console *console, const uint8_t *bytes, size_t count);

/* The terminal's size changed; 0, 0: unknown, as it is at first. */
void virtio_console_resize(struct virtio_console *console, uint16_t columns, uint16_t rows);

#endif
