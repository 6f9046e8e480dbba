/* SPDX-License-Identifier: MIT */
#include "snapshot/disk_digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/little_endian.h"

#define PIECE_BYTES 65536u

static bool read_piece(int fd, uint8_t *bytes, size_t count, uint64_t offset)
{
    while (count > 0) {
        ssize_t got = pread(fd, bytes, count, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        errno = got == 0 ? EIO : errno;
        if (got <= 0)
            return false;
        bytes += got;
        offset += (uint64_t)got;
        count -= (size_t)got;
    }
    return true;
}

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

/* The first piece from offset on that may hold data. Block devices and some file systems know of no holes. */
static uint64_t next_piece(int fd, uint64_t offset, uint64_t size)
{
    off_t data = lseek(fd, (off_t)offset, SEEK_DATA);
    if (data < 0)
        return errno == ENXIO ? size : offset;
    return align_down((uint64_t)data, PIECE_BYTES);
}

bool disk_digest(int fd, uint64_t size_bytes, const char *name, uint8_t digest[BLAKE2B_BYTES], struct error *err)
{
    struct blake2b state;
    uint8_t *piece = malloc(PIECE_BYTES);
    if (piece == NULL)
        return error_set(err, "out of memory");
    bool ok = true;
    blake2b_begin(&state);
    for (uint64_t at = next_piece(fd, 0, size_bytes); ok && at < size_bytes;) {
        size_t count = size_bytes - at < PIECE_BYTES ? (size_t)(size_bytes - at) : PIECE_BYTES;
        ok = read_piece(fd, piece, count, at);
        if (ok)
            add_piece(&state, at, piece, count);
        at = next_piece(fd, at + count, size_bytes);
    }
    int error = errno;
    blake2b_end(&state, digest);
    free(piece);
    return ok || error_set(err, "cannot read disk '%s': %s", name, strerror(error));
}
