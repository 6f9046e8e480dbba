/* SPDX-License-Identifier: MIT */
#include "host/net/frame_stream.h"

#include <string.h>

#include "base/big_endian.h"

void frame_stream_clear(struct frame_stream *stream)
{
    stream->first = stream->count = 0;
    stream->broken = false;
}

/* The longest frame fits whole behind any beginning that is moved to the front. */
size_t frame_stream_room(struct frame_stream *stream, uint8_t **place)
{
    if (stream->broken)
        return 0;
    if (stream->count == 0)
        stream->first = 0;
    if (stream->first + stream->count > FRAME_STREAM_BYTES / 2) {
        memmove(stream->bytes, stream->bytes + stream->first, stream->count);
        stream->first = 0;
    }
    *place = stream->bytes + stream->first + stream->count;
    return FRAME_STREAM_BYTES - stream->first - stream->count;
}

void frame_stream_add(struct frame_stream *stream, size_t count)
{
    stream->count += count;
}

const uint8_t *frame_stream_take(struct frame_stream *stream, size_t *length)
{
    const uint8_t *head = stream->bytes + stream->first;
    if (stream->broken || stream->count < FRAME_STREAM_PREFIX)
        return NULL;
    *length = (size_t)big_get(head, FRAME_STREAM_PREFIX);
    stream->broken = *length > NET_FRAME_LIMIT;
    if (stream->broken || stream->count - FRAME_STREAM_PREFIX < *length)
        return NULL;
    stream->first += FRAME_STREAM_PREFIX + *length;
    stream->count -= FRAME_STREAM_PREFIX + *length;
    return head + FRAME_STREAM_PREFIX;
}

void frame_stream_prefix(size_t length, uint8_t prefix[FRAME_STREAM_PREFIX])
{
    big_put(prefix, FRAME_STREAM_PREFIX, length);
}
