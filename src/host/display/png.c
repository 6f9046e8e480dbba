/* SPDX-License-Identifier: MIT */
#include "host/display/png.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define PIECE_BYTES 65536u /* of compressed data, a chunk each */
#define PIXEL_BYTES 3u
enum { COLOUR_RGB = 2, FILTER_NONE = 0 };

struct writer {
    const struct png_sink *sink;
    struct error *err;
    z_stream stream;
    uint32_t *pixels; /* of a row */
    uint8_t *bytes;   /* the same as it is compressed: the filter's number, then the colours */
    uint8_t piece[PIECE_BYTES];
};

static void put_big(uint8_t bytes[4], uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* The checksum is over name and data (RFC 2083 3.2). */
static bool put_chunk(const struct writer *w, const char name[4], const uint8_t *data, uint32_t count)
{
    uint8_t head[8], tail[4];
    put_big(head, count);
    memcpy(head + 4, name, 4);
    uLong sum = crc32(0, head + 4, 4);
    put_big(tail, (uint32_t)(count != 0 ? crc32(sum, data, count) : sum));
    return w->sink->write(w->sink->owner, head, sizeof head, w->err) &&
           (count == 0 || w->sink->write(w->sink->owner, data, count, w->err)) &&
           w->sink->write(w->sink->owner, tail, sizeof tail, w->err);
}

static const uint8_t signature[PNG_SIGNATURE_BYTES] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

bool png_is_signature(const uint8_t *bytes, size_t count)
{
    return count >= sizeof signature && memcmp(bytes, signature, sizeof signature) == 0;
}

static bool put_head(const struct writer *w, const struct png_picture *picture)
{
    uint8_t header[13] = {[8] = 8, [9] = COLOUR_RGB};
    put_big(header, picture->width);
    put_big(header + 4, picture->height);
    return w->sink->write(w->sink->owner, signature, sizeof signature, w->err) &&
           put_chunk(w, "IHDR", header, sizeof header);
}

/* Compresses what is given; a full piece becomes a chunk, and with Z_FINISH the rest does. */
static bool compress_bytes(struct writer *w, size_t count, int flush)
{
    int result = Z_OK;
    w->stream.next_in = w->bytes;
    w->stream.avail_in = (uInt)count;
    while (w->stream.avail_in != 0 || (flush == Z_FINISH && result != Z_STREAM_END)) {
        result = deflate(&w->stream, flush);
        bool full = w->stream.avail_out == 0 || result == Z_STREAM_END;
        if (full && !put_chunk(w, "IDAT", w->piece, PIECE_BYTES - w->stream.avail_out))
            return false;
        if (full) {
            w->stream.next_out = w->piece;
            w->stream.avail_out = PIECE_BYTES;
        }
    }
    return true;
}

/* Screens are mostly flat: no filter makes them smaller. */
static bool put_row(struct writer *w, const struct png_picture *picture, uint32_t y)
{
    picture->row(picture->owner, y, w->pixels);
    uint8_t *to = w->bytes;
    *to++ = FILTER_NONE;
    for (uint32_t x = 0; x < picture->width; x++) {
        *to++ = (uint8_t)(w->pixels[x] >> 16);
        *to++ = (uint8_t)(w->pixels[x] >> 8);
        *to++ = (uint8_t)w->pixels[x];
    }
    return compress_bytes(w, (size_t)(to - w->bytes), Z_NO_FLUSH);
}

static bool put_picture(struct writer *w, const struct png_picture *picture)
{
    if (!put_head(w, picture))
        return false;
    for (uint32_t y = 0; y < picture->height; y++)
        if (!put_row(w, picture, y))
            return false;
    return compress_bytes(w, 0, Z_FINISH) && put_chunk(w, "IEND", NULL, 0);
}

bool png_write(const struct png_picture *picture, const struct png_sink *sink, struct error *err)
{
    struct writer *w = calloc(1, sizeof *w);
    if (w == NULL)
        return error_set(err, "out of memory");
    w->sink = sink;
    w->err = err;
    w->stream.next_out = w->piece;
    w->stream.avail_out = PIECE_BYTES;
    w->pixels = calloc(picture->width, sizeof *w->pixels);
    w->bytes = calloc(picture->width, PIXEL_BYTES + 1);
    bool ready = w->pixels != NULL && w->bytes != NULL && deflateInit(&w->stream, Z_DEFAULT_COMPRESSION) == Z_OK;
    bool ok = ready ? put_picture(w, picture) : error_set(err, "out of memory");
    if (ready)
        deflateEnd(&w->stream);
    free(w->pixels);
    free(w->bytes);
    free(w);
    return ok;
}
