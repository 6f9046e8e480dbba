/* SPDX-License-Identifier: MIT */
/* Zeros that are not written: clusters that are given up, or only marked. */
#include "host/disk/qcow2_impl.h"

#include <errno.h>

#include "host/disk/disk_zeroes.h"

/* What is to be done with a range of the guest's. */
struct job {
    bool hint;  /* a discard: it may be ignored */
    bool unmap; /* the space may be given back */
};

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Less than a cluster: in its place, if it has one. */
static int clear_part(struct qcow2 *q, const struct job *job, uint64_t offset, uint64_t length)
{
    struct qcow2_piece piece;
    int error = qcow2_look(q, offset, length, &piece);
    if (error != 0 || qcow2_reads_zero(q, piece.kind, offset))
        return error;
    bool in_place = piece.kind == QCOW2_IS_DATA && (piece.entry & QCOW2_COPIED) != 0;
    if (!in_place)
        return job->hint ? 0 : disk_zeroes_write(qcow2_write, q, offset, length);
    if (qcow2_is_own(q, piece.host, length))
        return EIO;
    return job->hint ? disk_io_discard(&q->io, piece.host, length)
                     : qcow2_put_zeroes(q, piece.host, length, job->unmap);
}

/* The entry that a cluster gets. False: there is none that says so. */
static bool cleared(const struct qcow2 *q, const struct job *job, uint64_t entry, bool reads_zero_as_hole,
                    uint64_t *new)
{
    bool keeps = !job->unmap && (entry & QCOW2_PACKED) == 0 && (entry & QCOW2_COPIED) != 0;
    *new = reads_zero_as_hole ? 0 : QCOW2_ZERO;
    if (q->version < 3)
        return reads_zero_as_hole && !keeps;
    if (keeps)
        *new = entry | QCOW2_ZERO;
    return true;
}

static int clear_cluster(struct qcow2 *q, const struct job *job, uint64_t cluster)
{
    uint64_t offset = cluster << q->cluster_bits, entry, new;
    enum qcow2_kind kind;
    int error = qcow2_entry_get(q, cluster, &entry);
    if (error != 0)
        return error;
    qcow2_entry_kind(q, entry, &kind);
    bool has_place = kind != QCOW2_IS_HOLE && (entry & QCOW2_OFFSET) != 0;
    if (qcow2_reads_zero(q, kind, offset) && !(job->unmap && has_place))
        return 0;
    if (!cleared(q, job, entry, qcow2_reads_zero(q, QCOW2_IS_HOLE, offset), &new))
        return job->hint ? 0
                         : disk_zeroes_write(qcow2_write, q, offset, lesser(q->cluster_bytes, q->size_bytes - offset));
    error = qcow2_table_prepare(q, cluster);
    if (error == 0)
        error = qcow2_entry_set(q, cluster, new);
    if (error == 0 && (new &QCOW2_OFFSET) == 0)
        qcow2_free_later(q, entry, job->unmap);
    return error;
}

static int clear_clusters(struct qcow2 *q, const struct job *job, uint64_t first, uint64_t end)
{
    struct qcow2_piece piece;
    int error = 0;
    for (uint64_t cluster = first, count; cluster < end && error == 0; cluster += count) {
        uint64_t offset = cluster << q->cluster_bits;
        count = 1;
        error = qcow2_change(q);
        if (error == 0)
            error = qcow2_look(q, offset, lesser(end << q->cluster_bits, q->size_bytes) - offset, &piece);
        if (error != 0)
            return error;
        if (piece.kind == QCOW2_IS_HOLE && qcow2_reads_zero(q, piece.kind, offset))
            count = qcow2_clusters(q, piece.length);
        else
            error = clear_cluster(q, job, cluster);
    }
    return error;
}

/* Clusters that the range covers, as the last one's unused end is; and the parts before and behind them. */
static int clear(struct qcow2 *q, const struct job *job, uint64_t offset, uint64_t length)
{
    uint64_t end = offset + length, first = qcow2_clusters(q, offset);
    uint64_t last = end == q->size_bytes ? qcow2_clusters(q, end) : end >> q->cluster_bits;
    int error = qcow2_change(q);
    if (error != 0)
        return error;
    if (last < first)
        return clear_part(q, job, offset, length);
    uint64_t head_end = lesser(first << q->cluster_bits, end);
    if (offset < head_end)
        error = clear_part(q, job, offset, head_end - offset);
    if (error == 0)
        error = clear_clusters(q, job, first, last);
    uint64_t tail = last << q->cluster_bits;
    return error == 0 && tail < end && tail >= head_end ? clear_part(q, job, tail, end - tail) : error;
}

int qcow2_discard(void *state, uint64_t offset, uint64_t length)
{
    return length == 0 ? 0 : clear(state, &(struct job){.hint = true, .unmap = true}, offset, length);
}

int qcow2_write_zeroes(void *state, uint64_t offset, uint64_t length, bool may_unmap)
{
    return length == 0 ? 0 : clear(state, &(struct job){.unmap = may_unmap}, offset, length);
}
