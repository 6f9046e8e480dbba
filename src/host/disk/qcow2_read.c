/* SPDX-License-Identifier: MIT */
#include "host/disk/qcow2_impl.h"

#include <errno.h>
#include <string.h>

/* A piece of a compressed cluster. */
static int read_packed(struct qcow2 *q, uint64_t entry, uint8_t *bytes, size_t count, uint64_t offset)
{
    int error = q->io.at_hand && q->unpacked_entry != entry ? EAGAIN : qcow2_unpack(q, entry);
    if (error == 0)
        memcpy(bytes, q->unpacked + (offset & (q->cluster_bytes - 1)), count);
    return error;
}

static int read_piece(struct qcow2 *q, const struct qcow2_piece *piece, uint8_t *bytes, uint64_t offset)
{
    size_t count = (size_t)piece->length;
    switch (piece->kind) {
    case QCOW2_IS_DATA: return disk_io_read_padded(&q->io, bytes, count, piece->host);
    case QCOW2_IS_PACKED: return read_packed(q, piece->entry, bytes, count, offset);
    case QCOW2_IS_HOLE: return qcow2_backing_read(q, bytes, count, offset);
    default: memset(bytes, 0, count); return 0;
    }
}

int qcow2_read(void *state, void *bytes, size_t count, uint64_t offset)
{
    struct qcow2 *q = state;
    struct qcow2_piece piece;
    int error = 0;
    for (size_t moved = 0; moved < count && error == 0; moved += (size_t)piece.length) {
        error = qcow2_look(q, offset + moved, count - moved, &piece);
        if (error == 0)
            error = read_piece(q, &piece, (uint8_t *)bytes + moved, offset + moved);
    }
    return error;
}

int qcow2_read_at_hand(void *state, void *bytes, size_t count, uint64_t offset)
{
    struct qcow2 *q = state;
    q->io.at_hand = true;
    int error = qcow2_read(q, bytes, count, offset);
    q->io.at_hand = false;
    return error;
}

/* In a hole it is for the backing file to say, as far as it goes. */
static uint64_t backing_data(struct qcow2 *q, uint64_t offset, uint64_t end)
{
    if (qcow2_reads_zero(q, QCOW2_IS_HOLE, offset))
        return end;
    if (q->backing.format->next_data == NULL)
        return offset;
    uint64_t data = q->backing.format->next_data(q->backing.state, offset);
    return data < end && data < q->backing.size_bytes ? data : end;
}

/* What cannot be looked at may hold anything. */
uint64_t qcow2_next_data(void *state, uint64_t offset)
{
    struct qcow2 *q = state;
    struct qcow2_piece piece;
    while (offset < q->size_bytes) {
        if (qcow2_look(q, offset, q->size_bytes - offset, &piece) != 0 || piece.kind == QCOW2_IS_DATA ||
            piece.kind == QCOW2_IS_PACKED)
            return offset;
        uint64_t end = offset + piece.length;
        offset = piece.kind == QCOW2_IS_HOLE ? backing_data(q, offset, end) : end;
        if (offset < end)
            return offset;
    }
    return offset;
}
