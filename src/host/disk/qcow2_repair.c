/* SPDX-License-Identifier: MIT */
/* Counts the users of all clusters anew, from the tables that lead to them, and writes the counts, and marks of a single user,
 * that are not as they should be. The tables themselves are believed: nothing that was written is lost, and an image in which
 * they contradict each other is left as it is. */
#include "host/disk/qcow2_impl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/big_endian.h"

/* Two bytes are counted for each cluster; those of large holes cost nothing. */
#define MOST_CLUSTERS (UINT64_C(1) << 26)
#define SNAPSHOT_BYTES 40u
#define SNAPSHOT_MOST_EXTRA 1024u

struct recount {
    struct qcow2 *q;
    uint16_t *users;
    uint64_t clusters;
    const char *wrong; /* what stands in the way; NULL: nothing */
    uint64_t where;
};

static bool fail(struct recount *r, const char *wrong, uint64_t where)
{
    if (r->wrong == NULL)
        r->where = where;
    r->wrong = r->wrong == NULL ? wrong : r->wrong;
    return false;
}

static bool read_bytes(struct recount *r, void *bytes, size_t count, uint64_t offset)
{
    return disk_io_read_padded(&r->q->io, bytes, count, offset) == 0 || fail(r, "it cannot be read", offset);
}

static bool count_user(struct recount *r, uint64_t cluster)
{
    if (cluster >= r->clusters)
        return fail(r, "something lies behind its end", cluster << r->q->cluster_bits);
    if (r->users[cluster] >= qcow2_refcount_most(r->q) || r->users[cluster] == UINT16_MAX)
        return fail(r, "a cluster has too many users", cluster << r->q->cluster_bits);
    r->users[cluster]++;
    return true;
}

static bool count_range(struct recount *r, uint64_t offset, uint64_t bytes)
{
    bool ok = true;
    uint64_t end = qcow2_clusters(r->q, offset + bytes);
    for (uint64_t cluster = offset >> r->q->cluster_bits; ok && cluster < end; cluster++)
        ok = count_user(r, cluster);
    return ok;
}

/* Of compressed bytes the last sector may be cut off by the file's end. */
static bool count_packed(struct recount *r, uint64_t entry)
{
    uint64_t offset, bytes;
    qcow2_packed_place(r->q, entry, &offset, &bytes);
    return count_range(r, offset, bytes < r->q->file_end - offset ? bytes : r->q->file_end - offset);
}

static bool count_entry(struct recount *r, uint64_t entry, uint64_t where)
{
    enum qcow2_kind kind;
    if (!qcow2_entry_kind(r->q, entry, &kind))
        return fail(r, "an entry of an L2 table leads nowhere", where);
    if (kind == QCOW2_IS_PACKED)
        return count_packed(r, entry);
    return (entry & QCOW2_OFFSET) == 0 || count_user(r, (entry & QCOW2_OFFSET) >> r->q->cluster_bits);
}

static bool count_l2(struct recount *r, uint64_t table)
{
    struct qcow2 *q = r->q;
    bool ok = qcow2_is_place(q, table) || fail(r, "an entry of an L1 table leads nowhere", table);
    ok = ok && count_user(r, table >> q->cluster_bits);
    /* A hostile image has many users of one table, and all the time in the world. */
    ok = ok && (r->users[table >> q->cluster_bits] <= q->snapshots + 1 || fail(r, "an L2 table is used twice", table));
    ok = ok && read_bytes(r, q->scratch, q->cluster_bytes, table);
    for (uint64_t at = 0; ok && at < q->cluster_bytes; at += 8)
        ok = count_entry(r, big_get(q->scratch + at, 8), table + at);
    return ok;
}

static bool count_l1(struct recount *r, const struct qcow2_table *l1)
{
    bool ok = count_range(r, l1->offset, 8 * (uint64_t)l1->count);
    for (uint32_t i = 0; ok && i < l1->count; i++)
        if (l1->entries[i] != 0)
            ok = count_l2(r, l1->entries[i] & QCOW2_OFFSET);
    return ok;
}

/* *next: where the table goes on. */
static bool count_snapshot(struct recount *r, uint64_t at, uint64_t *next)
{
    uint8_t head[SNAPSHOT_BYTES];
    struct error ignored;
    if (!read_bytes(r, head, sizeof head, at))
        return false;
    struct qcow2_table l1 = {.offset = big_get(head, 8), .count = (uint32_t)big_get(head + 8, 4)};
    uint64_t extra = big_get(head + 36, 4);
    if (extra > SNAPSHOT_MOST_EXTRA || l1.count > QCOW2_MAX_L1_ENTRIES)
        return fail(r, "a snapshot is none", at);
    *next = at + align_up(SNAPSHOT_BYTES + extra + big_get(head + 12, 2) + big_get(head + 14, 2), 8);
    bool ok = qcow2_table_load(r->q, &l1, "L1 table", &ignored) || fail(r, "a snapshot has no L1 table", at);
    ok = ok && count_l1(r, &l1);
    free(l1.entries);
    return ok;
}

static bool count_snapshots(struct recount *r)
{
    struct qcow2 *q = r->q;
    uint64_t at = q->snapshots_offset;
    bool ok = q->snapshots == 0 || qcow2_is_place(q, at) || fail(r, "its snapshots are nowhere", at);
    for (uint32_t i = 0; ok && i < q->snapshots; i++)
        ok = count_snapshot(r, at, &at);
    return ok && (q->snapshots == 0 || count_range(r, q->snapshots_offset, at - q->snapshots_offset));
}

static bool count_refcounts(struct recount *r)
{
    struct qcow2 *q = r->q;
    bool ok = count_range(r, q->reftable.offset, 8 * (uint64_t)q->reftable.count);
    for (uint32_t i = 0; ok && i < q->reftable.count; i++) {
        uint64_t block = q->reftable.entries[i];
        if (block == 0)
            continue;
        ok = qcow2_is_place(q, block) || fail(r, "a refcount block is nowhere", block);
        ok = ok && count_user(r, block >> q->cluster_bits);
    }
    return ok;
}

static uint64_t users_of(const struct recount *r, uint64_t cluster)
{
    return cluster < r->clusters ? r->users[cluster] : 0;
}

static bool correct_block(struct recount *r, uint64_t block, uint64_t first, uint64_t count)
{
    struct qcow2 *q = r->q;
    bool changed = false;
    if (!read_bytes(r, q->scratch, q->cluster_bytes, block))
        return false;
    for (uint64_t i = 0; i < count; i++) {
        if (qcow2_refcount_decode(q, q->scratch, i) == users_of(r, first + i))
            continue;
        qcow2_refcount_encode(q, q->scratch, i, users_of(r, first + i));
        changed = true;
    }
    return !changed || qcow2_put(q, q->scratch, q->cluster_bytes, block) == 0 || fail(r, "it cannot be written", block);
}

static bool is_unused(struct recount *r, uint64_t first, uint64_t end)
{
    bool ok = true;
    for (uint64_t i = first; ok && i < end && i < r->clusters; i++)
        ok = r->users[i] == 0 || fail(r, "nothing counts a cluster that is used", i << r->q->cluster_bits);
    return ok;
}

static bool correct_counts(struct recount *r)
{
    const struct qcow2_table *table = &r->q->reftable;
    uint64_t count = r->q->cluster_bytes * 8 >> r->q->refcount_order;
    bool ok = is_unused(r, table->count * count, UINT64_MAX);
    for (uint32_t i = 0; ok && i < table->count; i++)
        ok = table->entries[i] != 0 ? correct_block(r, table->entries[i], i * count, count)
                                    : is_unused(r, i * count, (i + 1) * count);
    return ok;
}

/* The entry with the mark that it should have. */
static uint64_t marked(const struct recount *r, uint64_t entry)
{
    uint64_t offset = entry & QCOW2_OFFSET;
    bool single = (entry & QCOW2_PACKED) == 0 && offset != 0 && users_of(r, offset >> r->q->cluster_bits) == 1;
    return (entry & ~QCOW2_COPIED) | (single ? QCOW2_COPIED : 0);
}

static bool mark_l2(struct recount *r, uint64_t table)
{
    struct qcow2 *q = r->q;
    bool changed = false;
    if (!read_bytes(r, q->scratch, q->cluster_bytes, table))
        return false;
    for (uint64_t at = 0; at < q->cluster_bytes; at += 8) {
        uint64_t entry = big_get(q->scratch + at, 8);
        changed |= marked(r, entry) != entry;
        big_put(q->scratch + at, 8, marked(r, entry));
    }
    return !changed || qcow2_put(q, q->scratch, q->cluster_bytes, table) == 0 || fail(r, "it cannot be written", table);
}

/* Of the guest's own tables alone: in those of snapshots the marks mean nothing. */
static bool correct_marks(struct recount *r)
{
    struct qcow2_table *l1 = &r->q->l1;
    bool ok = true;
    for (uint32_t i = 0; ok && i < l1->count; i++) {
        if (l1->entries[i] == 0)
            continue;
        if (marked(r, l1->entries[i]) != l1->entries[i])
            qcow2_table_set(l1, i, marked(r, l1->entries[i]));
        ok = mark_l2(r, l1->entries[i] & QCOW2_OFFSET);
    }
    return ok && (qcow2_table_write(r->q, l1) == 0 || fail(r, "it cannot be written", l1->offset));
}

static bool recount(struct recount *r)
{
    return count_user(r, 0) && count_l1(r, &r->q->l1) && count_snapshots(r) && count_refcounts(r) &&
           correct_counts(r) && correct_marks(r) &&
           (disk_io_sync(&r->q->io) == 0 || fail(r, "it cannot be made stable", 0));
}

bool qcow2_repair(struct qcow2 *q, struct error *err)
{
    struct recount r = {.q = q, .clusters = qcow2_clusters(q, q->file_end)};
    if (r.clusters > MOST_CLUSTERS)
        return error_set(err,
                         "disk '%s' needs the counts of its clusters put in order, and has too many: 'qemu-img check "
                         "-r all' does it",
                         q->path);
    r.users = calloc(r.clusters + 1, sizeof *r.users);
    if (r.users == NULL)
        return error_set(err, "disk '%s': out of memory", q->path);
    bool ok = recount(&r);
    free(r.users);
    qcow2_cache_reset(&q->cache);
    q->free_hint = 0;
    return ok || error_set(err,
                           "disk '%s': the counts of its clusters cannot be put in order (at byte %" PRIu64
                           ": %s): 'qemu-img check -r all' may do it",
                           q->path, r.where, r.wrong);
}
