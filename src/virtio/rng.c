/* SPDX-License-Identifier: MIT */
/* One queue of buffers to fill. */
#include "virtio/rng.h"

#include <stdlib.h>

#define QUEUE_SIZE 64
/* Of one buffer at most so much is filled, which VirtIO 1.3 5.4.6.2 permits: a notification's work is bounded. */
#define REQUEST_BYTES 65536u
#define PIECE_BYTES 512u

struct virtio_rng {
    struct virtio *v;
    struct entropy_source source;
    struct virtio_chain chain;
};

static uint32_t fill(struct virtio_rng *rng)
{
    uint64_t wanted = rng->chain.writable_bytes < REQUEST_BYTES ? rng->chain.writable_bytes : REQUEST_BYTES;
    uint64_t done = 0;
    while (done < wanted) {
        uint8_t bytes[PIECE_BYTES];
        size_t piece = wanted - done < sizeof bytes ? (size_t)(wanted - done) : sizeof bytes;
        size_t made = rng->source.fill(rng->source.owner, bytes, piece);
        done += virtio_chain_write(virtio_memory(rng->v), &rng->chain, done, bytes, made);
        if (made < piece)
            break;
    }
    return (uint32_t)done;
}

static void rng_notify(void *state, unsigned queue)
{
    struct virtio_rng *rng = state;
    while (virtio_pop(rng->v, queue, &rng->chain))
        virtio_push(rng->v, &rng->chain.token, fill(rng));
    virtio_signal(rng->v, queue);
}

static void rng_attach(void *state, struct virtio *v)
{
    ((struct virtio_rng *)state)->v = v;
}

static uint64_t rng_features(void *state)
{
    (void)state;
    return 0;
}

static uint16_t rng_queue_size(void *state, unsigned queue)
{
    (void)state;
    return queue == 0 ? QUEUE_SIZE : 0;
}

static void rng_reset(void *state)
{
    (void)state;
}

static const struct state_field rng_fields[] = {
    STATE_NOT(struct virtio_rng, v, "wiring"),
    STATE_NOT(struct virtio_rng, source, "wiring; its state is its own"),
    STATE_NOT(struct virtio_rng, chain, "counts within a notification alone"),
    STATE_END,
};

static const struct state_table rng_saved = {.fields = rng_fields, .bytes = sizeof(struct virtio_rng)};

static const struct virtio_class rng_class = {
    .name = "virtio-rng",
    .device_id = 4,
    .attach = rng_attach,
    .features = rng_features,
    .queue_size = rng_queue_size,
    .notify = rng_notify,
    .reset = rng_reset,
    .saved = &rng_saved,
};

struct virtio_rng *virtio_rng_create(const struct entropy_source *source)
{
    struct virtio_rng *rng = calloc(1, sizeof *rng);
    if (rng != NULL)
        rng->source = *source;
    return rng;
}

void virtio_rng_destroy(struct virtio_rng *rng)
{
    free(rng);
}

struct virtio_device virtio_rng_device(struct virtio_rng *rng)
{
    return (struct virtio_device){.class = &rng_class, .state = rng};
}
