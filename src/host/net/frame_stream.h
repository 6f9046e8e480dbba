/* SPDX-License-Identifier: MIT */
/* Frames on a stream of bytes, as QEMU and passt send them: before each its length, four bytes, the highest first. Owns the bytes
 * that were received and not yet taken. */
#ifndef MICROVM_HOST_NET_FRAME_STREAM_H
#define MICROVM_HOST_NET_FRAME_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/net_backend.h"

#define FRAME_STREAM_PREFIX 4u
#define FRAME_STREAM_BYTES (4u * (FRAME_STREAM_PREFIX + NET_FRAME_LIMIT))

struct frame_stream {
    size_t first, count;
    bool broken; /* a length was no frame's: what follows means nothing */
    uint8_t bytes[FRAME_STREAM_BYTES];
};

void frame_stream_clear(struct frame_stream *stream);

/* Where the next bytes go, and how many may; 0: whole frames wait to be taken, or it is broken. */
size_t frame_stream_room(struct frame_stream *stream, uint8_t **place);
void frame_stream_add(struct frame_stream *stream, size_t count);

/* Takes the next whole frame: its bytes are good until the next call of any of these. NULL: there is none yet, or it is broken. */
const uint8_t *frame_stream_take(struct frame_stream *stream, size_t *length);

void frame_stream_prefix(size_t length, uint8_t prefix[FRAME_STREAM_PREFIX]);

#endif
