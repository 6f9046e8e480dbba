/* SPDX-License-Identifier: MIT */
#include "host/byte_ring.h"

#include <stdlib.h>
#include <string.h>

bool byte_ring_create(struct byte_ring *ring, size_t size)
{
    *ring = (struct byte_ring){.bytes = malloc(size)};
    ring->size = ring->bytes != NULL ? size : 0;
    return ring->bytes != NULL;
}

void byte_ring_destroy(struct byte_ring *ring)
{
    free(ring->bytes);
    *ring = (struct byte_ring){0};
}

void byte_ring_skip(struct byte_ring *ring, size_t count)
{
    if (count == 0)
        return;
    ring->first = (ring->first + count) % ring->size;
    ring->count -= count;
}

size_t byte_ring_head(const struct byte_ring *ring, const uint8_t **bytes)
{
    size_t straight = ring->size - ring->first;
    *bytes = ring->bytes + ring->first;
    return ring->count < straight ? ring->count : straight;
}

size_t byte_ring_tail(const struct byte_ring *ring, uint8_t **bytes)
{
    if (byte_ring_room(ring) == 0)
        return 0;
    size_t end = (ring->first + ring->count) % ring->size, straight = ring->size - end;
    *bytes = ring->bytes + end;
    return byte_ring_room(ring) < straight ? byte_ring_room(ring) : straight;
}

void byte_ring_wrote(struct byte_ring *ring, size_t count)
{
    ring->count += count;
}

size_t byte_ring_put(struct byte_ring *ring, const uint8_t *bytes, size_t count)
{
    size_t done = 0;
    while (done < count && byte_ring_room(ring) != 0) {
        uint8_t *tail;
        size_t straight = byte_ring_tail(ring, &tail), piece = count - done < straight ? count - done : straight;
        memcpy(tail, bytes + done, piece);
        byte_ring_wrote(ring, piece);
        done += piece;
    }
    return done;
}

size_t byte_ring_get(struct byte_ring *ring, uint8_t *bytes, size_t size)
{
    size_t done = 0;
    while (done < size && ring->count != 0) {
        const uint8_t *head;
        size_t straight = byte_ring_head(ring, &head), piece = size - done < straight ? size - done : straight;
        memcpy(bytes + done, head, piece);
        byte_ring_skip(ring, piece);
        done += piece;
    }
    return done;
}
