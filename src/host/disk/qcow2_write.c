/* SPDX-License-Identifier: MIT */
#include "host/disk/qcow2_impl.h"

#include <errno.h>
#include <string.h>

int qcow2_change(struct qcow2 *q)
{
    int error = 0;
    if (qcow2_cache_is_full(q) || q->free_count > QCOW2_MAX_FREES / 2)
        error = qcow2_commit(q);
    return error == 0 && !q->marked ? qcow2_header_mark(q, true) : error;
}

static bool meets(uint64_t offset, uint64_t length, uint64_t other, uint64_t other_length)
{
    return offset < other + other_length && other < offset + length;
}

bool qcow2_is_own(const struct qcow2 *q, uint64_t offset, uint64_t length)
{
    return meets(offset, length, 0, q->cluster_bytes) ||
           meets(offset, length, q->l1.offset, 8 * (uint64_t)q->l1.count) ||
           meets(offset, length, q->reftable.offset, 8 * (uint64_t)q->reftable.count);
}

static void reaches(struct qcow2 *q, uint64_t end)
{
    q->file_end = q->file_end > end ? q->file_end : end;
}

int qcow2_put(struct qcow2 *q, const void *bytes, size_t count, uint64_t offset)
{
    reaches(q, offset + count);
    return disk_io_write(&q->io, bytes, count, offset);
}

/* What lies behind the end of the file is left out. */
int qcow2_put_zeroes(struct qcow2 *q, uint64_t offset, uint64_t length, bool hole)
{
    if (offset >= q->file_end)
        return 0;
    if (length > q->file_end - offset)
        length = q->file_end - offset;
    return disk_io_zero(&q->io, offset, length, hole);
}

/* What the guest had there, into clusters that are new to it. zeroes: there are zeros already. */
static int carry_over(struct qcow2 *q, uint64_t guest, uint64_t count, uint64_t host, bool zeroes)
{
    struct qcow2_piece piece;
    int error = 0;
    if (count == 0)
        return 0;
    error = qcow2_look(q, guest, count, &piece);
    if (error != 0)
        return error;
    if (qcow2_reads_zero(q, piece.kind, guest))
        return zeroes ? 0 : qcow2_put_zeroes(q, host, count, false);
    error = qcow2_read(q, q->scratch, (size_t)count, guest);
    return error == 0 ? qcow2_put(q, q->scratch, (size_t)count, host) : error;
}

struct job {
    const uint8_t *bytes;
    uint64_t offset, count; /* the guest's */
    uint64_t first, clusters;
    uint64_t host; /* of cluster first */
    bool zeroes;   /* what is not written there reads as zeros */
};

/* All of the clusters: the data, and what stays of the first and the last. */
static int fill_clusters(struct qcow2 *q, const struct job *job)
{
    uint64_t start = job->first << q->cluster_bits, end = start + (job->clusters << q->cluster_bits);
    uint64_t data_end = job->offset + job->count;
    int error = carry_over(q, start, job->offset - start, job->host, job->zeroes);
    if (error == 0)
        error = qcow2_put(q, job->bytes, (size_t)job->count, job->host + (job->offset - start));
    if (error != 0 || data_end >= end)
        return error;
    uint64_t guest_end = end < q->size_bytes ? end : q->size_bytes;
    error = carry_over(q, data_end, guest_end - data_end, job->host + (data_end - start), job->zeroes);
    if (error != 0 || guest_end == end || job->zeroes)
        return error;
    return qcow2_put_zeroes(q, job->host + (guest_end - start), end - guest_end, false);
}

/* From here on the guest's clusters are those; what they were loses a user. */
static int link_clusters(struct qcow2 *q, const struct job *job)
{
    int error = 0;
    for (uint64_t i = 0; i < job->clusters && error == 0; i++) {
        uint64_t old, new = job->host + (i << q->cluster_bits);
        error = qcow2_entry_get(q, job->first + i, &old);
        if (error == 0)
            error = qcow2_entry_set(q, job->first + i, new | QCOW2_COPIED);
        if (error != 0)
            q->disordered = true;
        else
            qcow2_free_later(q, old, false);
    }
    return error;
}

static int write_new(struct qcow2 *q, struct job *job)
{
    uint64_t got;
    int error = qcow2_allocate(q, job->clusters, &job->host, &got);
    if (error != 0)
        return error;
    uint64_t end = (job->first + got) << q->cluster_bits;
    job->clusters = got;
    job->count = job->offset + job->count < end ? job->count : end - job->offset;
    job->zeroes = job->host >= q->file_end;
    error = fill_clusters(q, job);
    if (error != 0)
        qcow2_give_back(q, job->host, got);
    return error == 0 ? link_clusters(q, job) : error;
}

/* A cluster that has a place, and reads as zeros whatever is there. */
static int write_zero_cluster(struct qcow2 *q, struct job *job, uint64_t entry)
{
    uint64_t end = (job->first + 1) << q->cluster_bits;
    job->host = entry & QCOW2_OFFSET;
    job->clusters = 1;
    job->count = job->offset + job->count < end ? job->count : end - job->offset;
    int error = fill_clusters(q, job);
    return error == 0 ? qcow2_entry_set(q, job->first, (entry & ~QCOW2_ZERO) | QCOW2_COPIED) : error;
}

/* Whether the cluster of an entry may be written where it is. */
static int is_ours(struct qcow2 *q, uint64_t entry, bool *ours)
{
    uint64_t users = 0, offset = entry & QCOW2_OFFSET;
    *ours = (entry & QCOW2_PACKED) == 0 && offset != 0 && (entry & QCOW2_COPIED) != 0;
    if ((entry & QCOW2_PACKED) != 0 || offset == 0 || *ours)
        return 0;
    int error = qcow2_refcount_get(q, offset >> q->cluster_bits, &users);
    *ours = users == 1;
    return error;
}

/* How many clusters from there on need a new place, as the first one does. */
static uint64_t count_new(struct qcow2 *q, uint64_t first, uint64_t most)
{
    uint64_t count = 1, entry;
    bool ours = false;
    while (count < most && (first + count) % (q->cache.page_bytes / 8) != 0 &&
           qcow2_entry_get(q, first + count, &entry) == 0 && is_ours(q, entry, &ours) == 0 && !ours)
        count++;
    return count;
}

static int write_in_place(struct qcow2 *q, const struct qcow2_piece *piece, struct job *job)
{
    job->count = piece->length;
    if (qcow2_is_own(q, piece->host, piece->length))
        return EIO;
    return qcow2_put(q, job->bytes, (size_t)job->count, piece->host);
}

/* As much of the job as is alike; its count becomes what was done. */
static int write_some(struct qcow2 *q, struct job *job)
{
    struct qcow2_piece piece;
    bool ours;
    int error = qcow2_look(q, job->offset, job->count, &piece);
    if (error == 0 && piece.kind == QCOW2_IS_DATA && (piece.entry & QCOW2_COPIED) != 0)
        return write_in_place(q, &piece, job);
    job->first = job->offset >> q->cluster_bits;
    if (error == 0)
        error = qcow2_table_prepare(q, job->first);
    if (error == 0) /* the table may be a new one, whose entries are shared */
        error = qcow2_entry_get(q, job->first, &piece.entry);
    if (error == 0)
        error = is_ours(q, piece.entry, &ours);
    if (error != 0)
        return error;
    if (ours && qcow2_is_own(q, piece.entry & QCOW2_OFFSET, q->cluster_bytes))
        return EIO;
    if (ours && piece.kind == QCOW2_IS_ZERO)
        return write_zero_cluster(q, job, piece.entry);
    if (ours) {
        job->count = 0; /* and once more, in place */
        return qcow2_entry_set(q, job->first, piece.entry | QCOW2_COPIED);
    }
    uint64_t last = (job->offset + job->count - 1) >> q->cluster_bits;
    job->clusters = count_new(q, job->first, last - job->first + 1);
    uint64_t end = (job->first + job->clusters) << q->cluster_bits;
    job->count = job->offset + job->count < end ? job->count : end - job->offset;
    return write_new(q, job);
}

int qcow2_write(void *state, const void *bytes, size_t count, uint64_t offset)
{
    struct qcow2 *q = state;
    int error = 0;
    for (size_t moved = 0; moved < count && error == 0;) {
        struct job job = {.bytes = (const uint8_t *)bytes + moved, .offset = offset + moved, .count = count - moved};
        error = qcow2_change(q);
        if (error == 0)
            error = write_some(q, &job);
        moved += (size_t)job.count;
    }
    return error;
}
