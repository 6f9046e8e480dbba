/* SPDX-License-Identifier: MIT */
/* Compressed clusters. The last one that was unpacked is kept: small reads in a row want it again. */
#include "host/disk/qcow2_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Bare deflate data; more than one cluster of it, or what lies behind it, is of no interest. */
static bool inflate_cluster(const uint8_t *from, size_t count, uint8_t *to, size_t wanted)
{
    z_stream stream = {
        .next_in = (uint8_t *)(uintptr_t)from, .avail_in = (uInt)count, .next_out = to, .avail_out = (uInt)wanted};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return false;
    int result = inflate(&stream, Z_FINISH);
    bool whole = (result == Z_STREAM_END || result == Z_BUF_ERROR) && stream.avail_out == 0;
    inflateEnd(&stream);
    return whole;
}

static bool unpack(struct qcow2 *q, const uint8_t *from, size_t count)
{
    return q->compression == 0 ? inflate_cluster(from, count, q->unpacked, q->cluster_bytes)
                               : qcow2_zstd_unpack(from, count, q->unpacked, q->cluster_bytes);
}

/* An image without compressed clusters needs no memory for them. */
static bool make_buffers(struct qcow2 *q)
{
    if (q->packed == NULL)
        q->packed = malloc(2 * q->cluster_bytes + DISK_SECTOR_BYTES);
    if (q->unpacked == NULL)
        q->unpacked = malloc(q->cluster_bytes);
    return q->packed != NULL && q->unpacked != NULL;
}

int qcow2_unpack(struct qcow2 *q, uint64_t entry)
{
    uint64_t offset, bytes;
    if (q->unpacked_entry == entry)
        return 0;
    if (!make_buffers(q))
        return ENOMEM;
    qcow2_packed_place(q, entry, &offset, &bytes);
    if (bytes > q->file_end - offset)
        bytes = q->file_end - offset;
    q->unpacked_entry = 0;
    int error = disk_io_read_padded(&q->io, q->packed, (size_t)bytes, offset);
    if (error != 0)
        return error;
    if (!unpack(q, q->packed, (size_t)bytes))
        return EIO;
    q->unpacked_entry = entry;
    return 0;
}
