/* SPDX-License-Identifier: MIT */
#include "host/disk/disk_zeroes.h"

#define PIECE_BYTES 65536u

int disk_zeroes_write(disk_writer *write, void *state, uint64_t offset, uint64_t length)
{
    static const uint8_t zeroes[PIECE_BYTES];
    int error = 0;
    for (uint64_t moved = 0; moved < length && error == 0; moved += PIECE_BYTES) {
        uint64_t left = length - moved;
        error = write(state, zeroes, left < PIECE_BYTES ? (size_t)left : PIECE_BYTES, offset + moved);
    }
    return error;
}
