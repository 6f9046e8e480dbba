/* SPDX-License-Identifier: MIT */
/* A VirtIO device that does what a test tells it: keeps the buffers that it takes, and records what happens to it. */
#ifndef MICROVM_TESTS_UNIT_VIRTIO_PROBE_DEVICE_H
#define MICROVM_TESTS_UNIT_VIRTIO_PROBE_DEVICE_H

#include <string.h>

#include "base/bits.h"
#include "virtio/virtio.h"

#define PROBE_FEATURES (BIT(0) | BIT(5) | BIT(50))
enum { PROBE_ID = 42, PROBE_CONFIG_BYTES = 20, PROBE_QUEUES = 3, PROBE_QUEUE_SIZE = 16 };

struct probe {
    struct virtio *v;
    bool answers; /* gives each buffer back at once, filled with 'p' */
    unsigned notified[PROBE_QUEUES], stopped[PROBE_QUEUES];
    unsigned resets;
    struct virtio_chain chain;
    struct virtio_token held[64];
    unsigned held_count;
    uint8_t config[PROBE_CONFIG_BYTES];
    uint32_t written_offset, written_value;
    unsigned config_writes;
};

static inline void probe_attach(void *state, struct virtio *v)
{
    ((struct probe *)state)->v = v;
}

static inline uint64_t probe_features(void *state)
{
    (void)state;
    return PROBE_FEATURES;
}

static inline uint16_t probe_queue_size(void *state, unsigned queue)
{
    (void)state;
    return queue < PROBE_QUEUES ? PROBE_QUEUE_SIZE : 0;
}

static inline void probe_config(void *state, uint8_t bytes[VIRTIO_CONFIG_BYTES])
{
    memcpy(bytes, ((struct probe *)state)->config, PROBE_CONFIG_BYTES);
}

static inline void probe_config_write(void *state, uint32_t offset, uint32_t value)
{
    struct probe *probe = state;
    probe->written_offset = offset;
    probe->written_value = value;
    probe->config_writes++;
}

static inline void probe_answer(struct probe *probe, unsigned queue)
{
    uint64_t done = 0;
    while (virtio_chain_write(virtio_memory(probe->v), &probe->chain, done, "p", 1) == 1)
        done++;
    virtio_push(probe->v, &probe->chain.token, (uint32_t)done);
    virtio_signal(probe->v, queue);
}

static inline void probe_notify(void *state, unsigned queue)
{
    struct probe *probe = state;
    probe->notified[queue]++;
    while (virtio_pop(probe->v, queue, &probe->chain)) {
        if (probe->answers)
            probe_answer(probe, queue);
        else
            probe->held[probe->held_count++ % 64] = probe->chain.token;
    }
}

static inline void probe_stop_queue(void *state, unsigned queue)
{
    ((struct probe *)state)->stopped[queue]++;
}

static inline void probe_reset(void *state)
{
    ((struct probe *)state)->resets++;
}

static const struct virtio_class probe_class = {
    .name = "probe",
    .device_id = PROBE_ID,
    .config_bytes = PROBE_CONFIG_BYTES,
    .attach = probe_attach,
    .features = probe_features,
    .queue_size = probe_queue_size,
    .config = probe_config,
    .config_write = probe_config_write,
    .notify = probe_notify,
    .stop_queue = probe_stop_queue,
    .reset = probe_reset,
};

#endif
