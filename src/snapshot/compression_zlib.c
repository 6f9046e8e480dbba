/* SPDX-License-Identifier: MIT */
#include "snapshot/compression.h"

#include <stdlib.h>
#include <zlib.h>

/* Each a stream that is begun anew for each piece. */
struct streams {
    z_stream packing, unpacking;
};

static void zlib_destroy(void *state)
{
    struct streams *streams = state;
    if (streams == NULL)
        return;
    deflateEnd(&streams->packing);
    inflateEnd(&streams->unpacking);
    free(streams);
}

static void *zlib_create(void)
{
    struct streams *streams = calloc(1, sizeof *streams);
    if (streams == NULL)
        return NULL;
    if (deflateInit(&streams->packing, Z_BEST_SPEED) == Z_OK && inflateInit(&streams->unpacking) == Z_OK)
        return streams;
    zlib_destroy(streams);
    return NULL;
}

static void set(z_stream *stream, const uint8_t *from, size_t count, uint8_t *to, size_t room)
{
    stream->next_in = (z_const Bytef *)(uintptr_t)from;
    stream->avail_in = (uInt)count;
    stream->next_out = to;
    stream->avail_out = (uInt)room;
}

static size_t zlib_pack(void *state, const uint8_t *from, size_t count, uint8_t *to)
{
    z_stream *stream = &((struct streams *)state)->packing;
    set(stream, from, count, to, count - 1);
    if (deflateReset(stream) != Z_OK || deflate(stream, Z_FINISH) != Z_STREAM_END)
        return 0;
    return stream->total_out;
}

static bool zlib_unpack(void *state, const uint8_t *from, size_t count, uint8_t *to, size_t wanted)
{
    z_stream *stream = &((struct streams *)state)->unpacking;
    set(stream, from, count, to, wanted);
    return inflateReset(stream) == Z_OK && inflate(stream, Z_FINISH) == Z_STREAM_END && stream->total_out == wanted &&
           stream->avail_in == 0;
}

const struct compression *compression_zlib(void)
{
    static const struct compression row = {"zlib", zlib_create, zlib_destroy, zlib_pack, zlib_unpack};
    return &row;
}
