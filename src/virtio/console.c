/* SPDX-License-Identifier: MIT */
/* A receive and a transmit queue. Output leaves in the moment of the notification. */
#include "virtio/console.h"

#include <stdlib.h>

#include "base/bits.h"

enum { RECEIVE_QUEUE, TRANSMIT_QUEUE, QUEUES };
enum { F_SIZE = 0, F_EMERG_WRITE = 2 };
enum { CONFIG_COLUMNS = 0, CONFIG_ROWS = 2, CONFIG_EMERG_WRITE = 8, CONFIG_END = 12 };

#define QUEUE_SIZE 64
#define PIECE_BYTES 4096u
/* A buffer may name the same memory many times over; one that is longer than this is no text. */
#define OUTPUT_LIMIT (UINT64_C(1) << 20)

struct virtio_console {
    struct virtio *v;
    struct char_backend output;
    uint16_t columns, rows;
    struct virtio_chain chain;
};

static void send(struct virtio_console *console, const uint8_t *bytes, size_t count)
{
    console->output.write(console->output.owner, bytes, count);
}

static void send_chain(struct virtio_console *console)
{
    uint8_t bytes[PIECE_BYTES];
    uint64_t done = 0, piece;
    while ((piece = virtio_chain_read(virtio_memory(console->v), &console->chain, done, bytes, sizeof bytes)) != 0) {
        send(console, bytes, (size_t)piece);
        done += piece;
    }
}

static void transmit(struct virtio_console *console)
{
    while (virtio_pop(console->v, TRANSMIT_QUEUE, &console->chain)) {
        if (console->chain.readable_bytes > OUTPUT_LIMIT) {
            virtio_fail(console->v, "output of more than 1 MiB in one buffer");
            return;
        }
        send_chain(console);
        virtio_push(console->v, &console->chain.token, 0);
    }
    virtio_signal(console->v, TRANSMIT_QUEUE);
}

/* New receive buffers are found when there is input. */
static void console_notify(void *state, unsigned queue)
{
    if (queue == TRANSMIT_QUEUE)
        transmit(state);
    else
        virtio_want_notify(((struct virtio_console *)state)->v, queue, false);
}

bool virtio_console_has_room(struct virtio_console *console)
{
    return virtio_available(console->v, RECEIVE_QUEUE);
}

size_t virtio_console_receive(struct virtio_console *console, const uint8_t *bytes, size_t count)
{
    size_t taken = 0;
    while (taken < count && virtio_pop(console->v, RECEIVE_QUEUE, &console->chain)) {
        uint64_t piece =
            virtio_chain_write(virtio_memory(console->v), &console->chain, 0, bytes + taken, count - taken);
        virtio_push(console->v, &console->chain.token, (uint32_t)piece);
        taken += (size_t)piece;
    }
    virtio_signal(console->v, RECEIVE_QUEUE);
    return taken;
}

void virtio_console_resize(struct virtio_console *console, uint16_t columns, uint16_t rows)
{
    if (console->columns == columns && console->rows == rows)
        return;
    console->columns = columns;
    console->rows = rows;
    virtio_config_changed(console->v);
}

static void console_config(void *state, uint8_t bytes[VIRTIO_CONFIG_BYTES])
{
    const struct virtio_console *console = state;
    virtio_put(bytes + CONFIG_COLUMNS, 2, console->columns);
    virtio_put(bytes + CONFIG_ROWS, 2, console->rows);
}

/* One character, even before the device is set up (VirtIO 1.3 5.3.5.1). */
static void console_config_write(void *state, uint32_t offset, uint32_t value)
{
    uint8_t character = (uint8_t)value;
    if (offset == CONFIG_EMERG_WRITE)
        send(state, &character, 1);
}

static void console_attach(void *state, struct virtio *v)
{
    ((struct virtio_console *)state)->v = v;
}

static uint64_t console_features(void *state)
{
    (void)state;
    return BIT(F_SIZE) | BIT(F_EMERG_WRITE);
}

static uint16_t console_queue_size(void *state, unsigned queue)
{
    (void)state;
    return queue < QUEUES ? QUEUE_SIZE : 0;
}

static void console_reset(void *state)
{
    (void)state;
}

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
    .reset = console_reset,
};

struct virtio_console *virtio_console_create(const struct char_backend *output)
{
    struct virtio_console *console = calloc(1, sizeof *console);
    if (console != NULL)
        console->output = *output;
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
