/* SPDX-License-Identifier: MIT */
#include "snapshot/disk_digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/little_endian.h"

#define PIECE_BYTES 65536u

static bool is_zero(const uint8_t *bytes, size_t count)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, count - 1) == 0;
}

static void add_piece(struct blake2b *state, uint64_t offset, const uint8_t *bytes, size_t count)
{
    uint8_t place[8];
    if (is_zero(bytes, count))
        return;
    little_put(place, sizeof place, offset);
    blake2b_add(state, place, sizeof place);
    blake2b_add(state, bytes, count);
}

/* The first piece from offset on that may hold data. */
static uint64_t next_piece(const struct disk_image *image, uint64_t offset)
{
    if (offset >= image->size_bytes || image->format->next_data == NULL)
        return offset;
    uint64_t data = image->format->next_data(image->state, offset);
    return data >= image->size_bytes ? data : align_down(data, PIECE_BYTES);
}

/* errno, 0: it is whole. */
static int add_all(struct blake2b *state, const struct disk_image *image, uint8_t *piece)
{
    uint64_t size = image->size_bytes;
    int error = 0;
    for (uint64_t at = next_piece(image, 0); error == 0 && at < size;) {
        size_t count = size - at < PIECE_BYTES ? (size_t)(size - at) : PIECE_BYTES;
        error = image->format->read(image->state, piece, count, at);
        if (error == 0)
            add_piece(state, at, piece, count);
        at = next_piece(image, at + count);
    }
    return error;
}

bool disk_digest(const struct disk_image *image, const char *name, uint8_t digest[BLAKE2B_BYTES], struct error *err)
{
    struct blake2b state;
    uint8_t *piece = malloc(PIECE_BYTES);
    if (piece == NULL)
        return error_set(err, "out of memory");
    blake2b_begin(&state);
    int error = image->format != NULL ? add_all(&state, image, piece) : EBADF;
    blake2b_end(&state, digest);
    free(piece);
    return error == 0 || error_set(err, "cannot read disk '%s': %s", name, strerror(error));
}
