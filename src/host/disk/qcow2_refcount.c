/* SPDX-License-Identifier: MIT */
/* How many users each host cluster has; which ones are free. */
#include "host/disk/qcow2_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/big_endian.h"

/* Where an image may end: entries have no more bits. */
#define MOST_BYTES (UINT64_C(1) << 55)
#define REFTABLE_HEADROOM 2u /* a table that is too small is made so many times larger */

static uint64_t block_entries(const struct qcow2 *q)
{
    return q->cluster_bytes * 8 >> q->refcount_order;
}

uint64_t qcow2_refcount_most(const struct qcow2 *q)
{
    return q->refcount_order == 6 ? UINT64_MAX : BIT(1u << q->refcount_order) - 1;
}

/* Entries of less than a byte begin at its lowest bit. */
uint64_t qcow2_refcount_decode(const struct qcow2 *q, const uint8_t *block, uint64_t n)
{
    unsigned bits = 1u << q->refcount_order;
    if (bits >= 8)
        return big_get(block + n * bits / 8, bits / 8);
    return block[n * bits / 8] >> (n * bits % 8) & (BIT(bits) - 1);
}

void qcow2_refcount_encode(const struct qcow2 *q, uint8_t *block, uint64_t n, uint64_t count)
{
    unsigned bits = 1u << q->refcount_order, shift = n * bits % 8;
    uint8_t *byte = block + n * bits / 8;
    if (bits >= 8)
        big_put(byte, bits / 8, count);
    else
        *byte = (uint8_t)((*byte & ~((BIT(bits) - 1) << shift)) | count << shift);
}

/* The page of the entry, as if it began a block, and the entry's number in it. */
static int find_entry(struct qcow2 *q, uint64_t cluster, uint8_t **page, uint64_t *n)
{
    uint64_t block = q->reftable.entries[cluster / block_entries(q)];
    uint64_t page_entries = (uint64_t)q->cache.page_bytes * 8 >> q->refcount_order;
    *n = cluster % block_entries(q);
    if (!qcow2_is_place(q, block))
        return EIO;
    uint64_t at = block + *n / page_entries * q->cache.page_bytes;
    *n %= page_entries;
    return qcow2_cache_get(q, at, QCOW2_PAGE_REFCOUNT, page);
}

static bool has_block(const struct qcow2 *q, uint64_t cluster)
{
    uint64_t block = cluster / block_entries(q);
    return block < q->reftable.count && q->reftable.entries[block] != 0;
}

int qcow2_refcount_get(struct qcow2 *q, uint64_t cluster, uint64_t *count)
{
    uint8_t *page;
    uint64_t n;
    *count = 0;
    if (!has_block(q, cluster))
        return 0;
    int error = find_entry(q, cluster, &page, &n);
    if (error == 0)
        *count = qcow2_refcount_decode(q, page, n);
    return error;
}

static int set(struct qcow2 *q, uint64_t cluster, uint64_t count)
{
    uint8_t *page;
    uint64_t n;
    int error = find_entry(q, cluster, &page, &n);
    if (error != 0)
        return error;
    qcow2_refcount_encode(q, page, n, count);
    qcow2_cache_changed(q);
    if (count == 0 && cluster < q->free_hint)
        q->free_hint = cluster;
    return 0;
}

/* A cluster that becomes a table. What is beyond the file's end is zeros already, but the file has to reach there. */
static int clear_cluster(struct qcow2 *q, uint64_t offset)
{
    static const uint8_t sector[DISK_SECTOR_BYTES];
    qcow2_cache_drop(q, offset);
    if (offset < q->file_end)
        return qcow2_put_zeroes(q, offset, q->cluster_bytes, false);
    return qcow2_put(q, sector, sizeof sector, offset + q->cluster_bytes - sizeof sector);
}

/* A block for clusters that none has counted yet is the first of them, and counts itself. */
static int make_block(struct qcow2 *q, uint64_t cluster)
{
    uint64_t block = cluster / block_entries(q), first = block * block_entries(q);
    uint64_t offset = first << q->cluster_bits;
    if (qcow2_is_own(q, offset, q->cluster_bytes))
        return EIO;
    int error = clear_cluster(q, offset);
    if (error != 0)
        return error;
    qcow2_table_set(&q->reftable, (uint32_t)block, offset);
    return set(q, first, 1);
}

/* How large a new table must be to count itself and its blocks, which all lie from cluster start on. */
static bool plan_reftable(const struct qcow2 *q, uint64_t start, uint64_t *clusters, uint64_t *blocks)
{
    uint64_t per_cluster = q->cluster_bytes / 8;
    *clusters = qcow2_clusters(q, (uint64_t)q->reftable.count * 8) * REFTABLE_HEADROOM;
    *clusters += *clusters == 0;
    for (;;) {
        *blocks = 1;
        while (*blocks * block_entries(q) < *clusters + *blocks)
            ++*blocks;
        if (start / block_entries(q) + *blocks <= *clusters * per_cluster)
            return *clusters * q->cluster_bytes <= QCOW2_MAX_REFTABLE_BYTES;
        ++*clusters;
    }
}

/* Writes block number n of those that count the new table. */
static int write_new_block(struct qcow2 *q, uint64_t start, uint64_t n, uint64_t used)
{
    uint64_t first = n * block_entries(q);
    memset(q->scratch, 0, q->cluster_bytes);
    for (uint64_t i = 0; i < block_entries(q) && first + i < used; i++)
        qcow2_refcount_encode(q, q->scratch, i, 1);
    qcow2_cache_drop(q, (start + n) << q->cluster_bits);
    return qcow2_put(q, q->scratch, q->cluster_bytes, (start + n) << q->cluster_bits);
}

static int write_new_table(struct qcow2 *q, const struct qcow2_table *table)
{
    uint64_t per_cluster = q->cluster_bytes / 8;
    int error = 0;
    for (uint32_t i = 0; i < table->count && error == 0; i += (uint32_t)per_cluster) {
        qcow2_table_encode(table->entries + i, (uint32_t)per_cluster, q->scratch);
        error = qcow2_put(q, q->scratch, q->cluster_bytes, table->offset + 8 * (uint64_t)i);
    }
    return error;
}

static int fill_new_table(struct qcow2 *q, struct qcow2_table *table, uint64_t start, uint64_t clusters,
                          uint64_t blocks)
{
    int error = 0;
    memcpy(table->entries, q->reftable.entries, q->reftable.count * sizeof *table->entries);
    for (uint64_t n = 0; n < blocks && error == 0; n++) {
        table->entries[start / block_entries(q) + n] = (start + n) << q->cluster_bits;
        error = write_new_block(q, start, n, clusters + blocks);
    }
    if (error == 0)
        error = write_new_table(q, table);
    if (error == 0)
        error = disk_io_sync(&q->io);
    if (error == 0)
        error = qcow2_header_move_reftable(q, table->offset, (uint32_t)clusters);
    return error == 0 ? disk_io_sync(&q->io) : error;
}

/* Behind all clusters that the old table can count there are first the blocks that count what follows, then the new table. It is
 * the image's as soon as the header says so; what is not is of no consequence. */
static int grow_reftable(struct qcow2 *q)
{
    uint64_t start = q->reftable.count * block_entries(q), clusters, blocks;
    if (!plan_reftable(q, start, &clusters, &blocks))
        return EFBIG;
    if (qcow2_is_own(q, start << q->cluster_bits, (blocks + clusters) << q->cluster_bits))
        return EIO; /* a damaged image, whose tables nobody counts */
    struct qcow2_table old = q->reftable, table = {.count = (uint32_t)(clusters * (q->cluster_bytes / 8))};
    table.offset = (start + blocks) << q->cluster_bits;
    int error = qcow2_commit(q);
    if (error != 0)
        return error;
    table.entries = calloc(table.count, sizeof *table.entries);
    if (table.entries == NULL)
        return ENOMEM;
    error = fill_new_table(q, &table, start, clusters, blocks);
    if (error != 0) {
        free(table.entries);
        return error;
    }
    q->reftable = table;
    free(old.entries);
    for (uint64_t i = 0; i < qcow2_clusters(q, 8 * (uint64_t)old.count); i++)
        qcow2_free_later(q, old.offset + (i << q->cluster_bits), false);
    return 0;
}

/* Counts a free cluster as used, unless it has become something else in the preparation. */
static int claim(struct qcow2 *q, uint64_t cluster, bool *claimed)
{
    uint64_t count;
    *claimed = false;
    if (cluster + 1 >= MOST_BYTES >> q->cluster_bits)
        return EFBIG;
    if (qcow2_is_own(q, cluster << q->cluster_bits, q->cluster_bytes))
        return 0; /* whatever the counts say */
    int error = cluster / block_entries(q) >= q->reftable.count ? grow_reftable(q) : 0;
    if (error == 0 && !has_block(q, cluster))
        error = make_block(q, cluster);
    if (error == 0)
        error = qcow2_refcount_get(q, cluster, &count);
    *claimed = error == 0 && count == 0;
    return *claimed ? set(q, cluster, 1) : error;
}

static int next_free(struct qcow2 *q, uint64_t *cluster)
{
    uint64_t count = 1;
    int error = 0;
    while (error == 0) {
        error = qcow2_refcount_get(q, *cluster, &count);
        if (error != 0 || count == 0)
            return error;
        ++*cluster;
    }
    return error;
}

int qcow2_allocate(struct qcow2 *q, uint64_t wanted, uint64_t *offset, uint64_t *got)
{
    uint64_t hint = q->free_hint, cluster = hint;
    bool claimed = false;
    int error = 0;
    *got = 0;
    while (error == 0 && !claimed) {
        error = next_free(q, &cluster);
        if (error == 0)
            error = claim(q, cluster, &claimed);
        cluster += error == 0;
    }
    if (error != 0)
        return error;
    *offset = (cluster - 1) << q->cluster_bits;
    for (*got = 1; *got < wanted && claimed && has_block(q, cluster) && claim(q, cluster, &claimed) == 0; cluster++)
        *got += claimed;
    if (q->free_hint == hint)
        q->free_hint = (*offset >> q->cluster_bits) + *got;
    return 0;
}

int qcow2_allocate_table(struct qcow2 *q, uint64_t *offset)
{
    uint64_t got;
    int error = qcow2_allocate(q, 1, offset, &got);
    if (error != 0)
        return error;
    error = clear_cluster(q, *offset);
    if (error != 0)
        qcow2_give_back(q, *offset, 1);
    return error;
}

void qcow2_give_back(struct qcow2 *q, uint64_t offset, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        q->disordered |= set(q, (offset >> q->cluster_bits) + i, 0) != 0;
}

static void note_free(struct qcow2 *q, uint64_t cluster, bool punch)
{
    struct qcow2_free *last = q->free_count > 0 ? &q->frees[q->free_count - 1] : NULL;
    if (last != NULL && last->cluster + last->count == cluster && last->punch == punch)
        last->count++;
    else if (q->free_count < QCOW2_MAX_FREES)
        q->frees[q->free_count++] = (struct qcow2_free){cluster, 1, punch};
    else
        q->disordered = true;
}

void qcow2_free_later(struct qcow2 *q, uint64_t entry, bool punch)
{
    uint64_t offset = entry & QCOW2_OFFSET, bytes = q->cluster_bytes;
    if ((entry & QCOW2_PACKED) != 0)
        qcow2_packed_place(q, entry, &offset, &bytes);
    if (offset == 0)
        return;
    uint64_t end = qcow2_clusters(q, offset + bytes);
    for (uint64_t cluster = offset >> q->cluster_bits; cluster < end; cluster++)
        note_free(q, cluster, punch);
}

static bool drop_user(struct qcow2 *q, uint64_t cluster)
{
    uint64_t count;
    bool ok = qcow2_refcount_get(q, cluster, &count) == 0 && count > 0 && set(q, cluster, count - 1) == 0;
    q->disordered |= !ok;
    return ok && count == 1;
}

/* Those that became free are given back to the host: an offer, that it may decline. */
static void drop_users(struct qcow2 *q, const struct qcow2_free *f)
{
    uint64_t run = 0;
    for (uint64_t n = 0; n < f->count; n++) {
        bool free = drop_user(q, f->cluster + n);
        run += free;
        if (run == 0 || (free && n + 1 < f->count))
            continue;
        uint64_t end = f->cluster + n + free;
        if (f->punch)
            disk_io_discard(&q->io, (end - run) << q->cluster_bits, run << q->cluster_bits);
        run = 0;
    }
}

void qcow2_free_now(struct qcow2 *q)
{
    for (uint32_t i = 0; i < q->free_count; i++)
        drop_users(q, &q->frees[i]);
    q->free_count = 0;
}
