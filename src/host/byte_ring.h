/* SPDX-License-Identifier: MIT */
/* Bytes on their way, first in, first out, in a ring of a fixed size. Owns its memory. */
#ifndef MICROVM_HOST_BYTE_RING_H
#define MICROVM_HOST_BYTE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zeros: one without room. */
struct byte_ring {
    uint8_t *bytes;
    size_t size, first, count;
};

/* False: out of memory. */
bool byte_ring_create(struct byte_ring *ring, size_t size);
/* Leaves one without room. */
void byte_ring_destroy(struct byte_ring *ring);

static inline size_t byte_ring_room(const struct byte_ring *ring)
{
    return ring->size - ring->count;
}

/* Drops the first bytes; count of them are there. */
void byte_ring_skip(struct byte_ring *ring, size_t count);

/* The first bytes, as far as they lie side by side. */
size_t byte_ring_head(const struct byte_ring *ring, const uint8_t **bytes);

/* Where the next bytes go, as far as there is room side by side; count says how many were written there. */
size_t byte_ring_tail(const struct byte_ring *ring, uint8_t **bytes);
void byte_ring_wrote(struct byte_ring *ring, size_t count);

/* Copy as many as there is room for, or as there are. */
size_t byte_ring_put(struct byte_ring *ring, const uint8_t *bytes, size_t count);
size_t byte_ring_get(struct byte_ring *ring, uint8_t *bytes, size_t size);

#endif
