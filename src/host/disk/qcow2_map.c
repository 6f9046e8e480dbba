/* SPDX-License-Identifier: MIT */
/* Where the guest's clusters are: the L1 table and the L2 tables. */
#include "host/disk/qcow2_impl.h"

#include <errno.h>
#include <string.h>

#include "base/big_endian.h"

bool qcow2_entry_kind(const struct qcow2 *q, uint64_t entry, enum qcow2_kind *kind)
{
    uint64_t offset = entry & QCOW2_OFFSET;
    *kind = (entry & QCOW2_PACKED) != 0 ? QCOW2_IS_PACKED
            : (entry & QCOW2_ZERO) != 0 ? QCOW2_IS_ZERO
            : offset != 0               ? QCOW2_IS_DATA
                                        : QCOW2_IS_HOLE;
    if (*kind == QCOW2_IS_PACKED) {
        uint64_t bytes;
        qcow2_packed_place(q, entry, &offset, &bytes);
        return offset >= q->cluster_bytes && offset < q->file_end;
    }
    if (*kind == QCOW2_IS_ZERO && q->version < 3)
        return false;
    return offset == 0 || qcow2_is_place(q, offset);
}

void qcow2_packed_place(const struct qcow2 *q, uint64_t entry, uint64_t *offset, uint64_t *bytes)
{
    unsigned x = 62 - (q->cluster_bits - 8);
    uint64_t sectors = (entry & (BIT(62) - 1)) >> x;
    *offset = entry & (BIT(x) - 1) & (BIT(56) - 1);
    *bytes = (sectors + 1) * DISK_SECTOR_BYTES - *offset % DISK_SECTOR_BYTES;
}

bool qcow2_reads_zero(const struct qcow2 *q, enum qcow2_kind kind, uint64_t offset)
{
    return kind == QCOW2_IS_ZERO ||
           (kind == QCOW2_IS_HOLE && (q->backing.format == NULL || offset >= q->backing.size_bytes));
}

static uint32_t l1_of(const struct qcow2 *q, uint64_t cluster)
{
    return (uint32_t)(cluster / qcow2_l2_entries(q));
}

/* The entry in the cache. 0 in *bytes: there is no table. */
static int find_entry(struct qcow2 *q, uint64_t cluster, uint8_t **bytes)
{
    uint64_t table = q->l1.entries[l1_of(q, cluster)] & QCOW2_OFFSET;
    *bytes = NULL;
    if (table == 0)
        return 0;
    if (!qcow2_is_place(q, table))
        return EIO;
    return qcow2_cache_get(q, table + cluster % qcow2_l2_entries(q) * 8, QCOW2_PAGE_L2, bytes);
}

int qcow2_entry_get(struct qcow2 *q, uint64_t cluster, uint64_t *entry)
{
    uint8_t *bytes;
    enum qcow2_kind kind;
    int error = find_entry(q, cluster, &bytes);
    *entry = error == 0 && bytes != NULL ? big_get(bytes, 8) : 0;
    return error == 0 && !qcow2_entry_kind(q, *entry, &kind) ? EIO : error;
}

/* Whether the next cluster goes on where the piece ends. */
static bool continues(const struct qcow2 *q, const struct qcow2_piece *piece, uint64_t clusters, uint64_t entry)
{
    enum qcow2_kind kind;
    if (!qcow2_entry_kind(q, entry, &kind) || kind != piece->kind || kind == QCOW2_IS_PACKED)
        return false;
    if (kind != QCOW2_IS_DATA)
        return true;
    return (entry & QCOW2_COPIED) == (piece->entry & QCOW2_COPIED) &&
           (entry & QCOW2_OFFSET) == (piece->entry & QCOW2_OFFSET) + (clusters << q->cluster_bits);
}

/* How many clusters there are of which no table knows anything. */
static uint64_t without_table(const struct qcow2 *q, uint64_t cluster)
{
    uint64_t end = cluster;
    while (l1_of(q, end) < q->l1.count && q->l1.entries[l1_of(q, end)] == 0)
        end = ((uint64_t)l1_of(q, end) + 1) * qcow2_l2_entries(q);
    return end - cluster;
}

int qcow2_look(struct qcow2 *q, uint64_t offset, uint64_t length, struct qcow2_piece *piece)
{
    uint64_t cluster = offset >> q->cluster_bits, within = offset & (q->cluster_bytes - 1), count = 1, entry;
    uint64_t most = qcow2_clusters(q, within + length);
    int error = qcow2_entry_get(q, cluster, &piece->entry);
    if (error != 0)
        return error;
    qcow2_entry_kind(q, piece->entry, &piece->kind);
    piece->host = (piece->entry & QCOW2_OFFSET) + within;
    if (q->l1.entries[l1_of(q, cluster)] == 0)
        count = without_table(q, cluster);
    while (count < most && qcow2_entry_get(q, cluster + count, &entry) == 0 && continues(q, piece, count, entry))
        count++;
    uint64_t bytes = (count << q->cluster_bits) - within;
    piece->length = bytes < length ? bytes : length;
    return 0;
}

/* The table of others, as it is, for the image alone: what it points to stays shared. */
static int copy_table(struct qcow2 *q, uint64_t from, uint64_t to)
{
    int error = disk_io_read_padded(&q->io, q->scratch, q->cluster_bytes, from);
    for (uint64_t i = 0; i < q->cluster_bytes; i += 8)
        q->scratch[i] &= (uint8_t) ~(QCOW2_COPIED >> 56);
    return error == 0 ? qcow2_put(q, q->scratch, q->cluster_bytes, to) : error;
}

static int replace_table(struct qcow2 *q, uint32_t n)
{
    uint64_t old = q->l1.entries[n] & QCOW2_OFFSET, new;
    int error = qcow2_allocate_table(q, &new);
    if (error != 0)
        return error;
    error = old != 0 ? copy_table(q, old, new) : 0;
    if (error != 0) {
        qcow2_give_back(q, new, 1);
        return error;
    }
    qcow2_table_set(&q->l1, n, new | QCOW2_COPIED);
    qcow2_free_later(q, old, false);
    return 0;
}

int qcow2_table_prepare(struct qcow2 *q, uint64_t cluster)
{
    uint32_t n = l1_of(q, cluster);
    uint64_t entry = q->l1.entries[n], offset = entry & QCOW2_OFFSET, users = 0;
    if ((entry & QCOW2_COPIED) != 0 && offset != 0)
        return 0;
    if (offset != 0 && !qcow2_is_place(q, offset))
        return EIO;
    int error = offset != 0 ? qcow2_refcount_get(q, offset >> q->cluster_bits, &users) : 0;
    if (error == 0 && users == 1)
        qcow2_table_set(&q->l1, n, entry | QCOW2_COPIED);
    return error != 0 || users == 1 ? error : replace_table(q, n);
}

int qcow2_entry_set(struct qcow2 *q, uint64_t cluster, uint64_t entry)
{
    uint8_t *bytes;
    int error = find_entry(q, cluster, &bytes);
    if (error != 0 || bytes == NULL)
        return error != 0 ? error : EIO;
    big_put(bytes, 8, entry);
    qcow2_cache_changed(q);
    return 0;
}
