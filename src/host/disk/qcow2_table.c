/* SPDX-License-Identifier: MIT */
/* Tables of 64-bit entries that are kept in memory whole. */
#include "host/disk/qcow2_impl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/big_endian.h"

#define PIECE_ENTRIES 512u

static void decode(const uint8_t *bytes, uint32_t count, uint64_t *entries)
{
    for (uint32_t i = 0; i < count; i++)
        entries[i] = big_get(bytes + 8 * (size_t)i, 8);
}

void qcow2_table_encode(const uint64_t *entries, uint32_t count, uint8_t *bytes)
{
    for (uint32_t i = 0; i < count; i++)
        big_put(bytes + 8 * (size_t)i, 8, entries[i]);
}

static uint32_t piece_from(uint32_t first, uint32_t end)
{
    return end - first < PIECE_ENTRIES ? end - first : PIECE_ENTRIES;
}

/* Entries that lie behind the file's end are zeros: there is no memory for them that the file does not pay for. */
static int read_entries(struct qcow2 *q, struct qcow2_table *table)
{
    uint8_t bytes[8 * PIECE_ENTRIES];
    int error = 0;
    for (uint32_t i = 0, count; i < table->count && error == 0; i += count) {
        uint64_t offset = table->offset + 8 * (uint64_t)i;
        count = piece_from(i, table->count);
        if (offset >= q->file_end)
            return 0;
        error = disk_io_read_padded(&q->io, bytes, 8 * (size_t)count, offset);
        decode(bytes, count, table->entries + i);
    }
    return error;
}

bool qcow2_table_load(struct qcow2 *q, struct qcow2_table *table, const char *what, struct error *err)
{
    if (table->count != 0 && !qcow2_is_place(q, table->offset))
        return error_set(err, "disk '%s': its %s is at byte %" PRIu64 ", where none can be", q->path, what,
                         table->offset);
    table->entries = calloc(table->count + 1, sizeof *table->entries);
    if (table->entries == NULL)
        return error_set(err, "disk '%s': out of memory", q->path);
    int error = read_entries(q, table);
    return error == 0 || error_set(err, "disk '%s': cannot read its %s: %s", q->path, what, strerror(error));
}

void qcow2_table_set(struct qcow2_table *table, uint32_t n, uint64_t value)
{
    table->entries[n] = value;
    table->dirty_first = table->dirty && table->dirty_first < n ? table->dirty_first : n;
    table->dirty_last = table->dirty && table->dirty_last > n ? table->dirty_last : n;
    table->dirty = true;
}

int qcow2_table_write(struct qcow2 *q, struct qcow2_table *table)
{
    uint8_t bytes[8 * PIECE_ENTRIES];
    int error = 0;
    if (!table->dirty)
        return 0;
    for (uint32_t i = table->dirty_first, count; i <= table->dirty_last && error == 0; i += count) {
        count = piece_from(i, table->dirty_last + 1);
        qcow2_table_encode(table->entries + i, count, bytes);
        error = qcow2_put(q, bytes, 8 * (size_t)count, table->offset + 8 * (uint64_t)i);
    }
    table->dirty = error != 0;
    return error;
}
