/* SPDX-License-Identifier: MIT */
/* The header: what kind of image it is, and where its tables are. */
#include "host/disk/qcow2_impl.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/big_endian.h"
#include "base/compiler.h"

#define V2_BYTES 72u
#define V3_BYTES 104u
#define AT_REFTABLE_OFFSET 48u
#define AT_COMPRESSION 104u

#define INCOMPATIBLE_CORRUPT BIT(1)
#define INCOMPATIBLE_COMPRESSION BIT(3)
#define INCOMPATIBLE_KNOWN (QCOW2_INCOMPATIBLE_DIRTY | INCOMPATIBLE_CORRUPT | INCOMPATIBLE_COMPRESSION)
#define AUTOCLEAR_BITMAPS BIT(0)

enum extension {
    EXTENSION_END = 0,
    EXTENSION_BACKING_FORMAT = 0xe2792aca,
    EXTENSION_FEATURE_NAMES = 0x6803f857,
    EXTENSION_BITMAPS = 0x23852875,
};
#define FEATURE_ROW_BYTES 48u
#define FEATURE_NAME_BYTES 46u

/* What an image may ask for, by its bit. */
static const struct {
    uint64_t bit;
    const char *name;
    const char *instead;
} refused[] = {
    {BIT(2), "an external data file", "'qemu-img convert -O qcow2' makes one without"},
    {BIT(4), "extended L2 entries", "'qemu-img convert -O qcow2 -o extended_l2=off' makes one without"},
};

static uint64_t field(const uint8_t *head, unsigned at, unsigned size)
{
    return big_get(head + at, size);
}

/* The name that the image's own table has for a bit it needs, as far as it can be printed. */
static void feature_name(const uint8_t *data, uint64_t bytes, unsigned bit, char name[FEATURE_NAME_BYTES + 1])
{
    name[0] = '\0';
    for (uint64_t at = 0; at + FEATURE_ROW_BYTES <= bytes; at += FEATURE_ROW_BYTES) {
        if (data[at] != 0 || data[at + 1] != bit)
            continue;
        memcpy(name, data + at + 2, FEATURE_NAME_BYTES);
        name[FEATURE_NAME_BYTES] = '\0';
    }
    for (char *c = name; *c != '\0'; c++)
        *c = isprint((unsigned char)*c) ? *c : '?';
}

/* The extension of that kind: its data. *bytes is 0 if there is none. */
static const uint8_t *find_extension(const struct qcow2 *q, const uint8_t *head, uint64_t end, uint32_t kind,
                                     uint64_t *bytes)
{
    *bytes = 0;
    for (uint64_t at = q->header_bytes; at + 8 <= end;) {
        uint32_t is = (uint32_t)field(head, (unsigned)at, 4);
        uint64_t length = field(head, (unsigned)at + 4, 4);
        if (is == EXTENSION_END || length > end - at - 8)
            return NULL;
        if (is == kind) {
            *bytes = length;
            return head + at + 8;
        }
        at += 8 + align_up(length, 8);
    }
    return NULL;
}

static bool check_features(const struct qcow2 *q, const uint8_t *head, uint64_t end, struct error *err)
{
    uint64_t unknown = q->incompatible & ~INCOMPATIBLE_KNOWN, bytes;
    char name[FEATURE_NAME_BYTES + 1];
    for (unsigned i = 0; i < ARRAY_SIZE(refused); i++)
        if ((unknown & refused[i].bit) != 0)
            return error_set(err, "disk '%s' uses %s, which is not supported: %s", q->path, refused[i].name,
                             refused[i].instead);
    if ((q->incompatible & INCOMPATIBLE_CORRUPT) != 0)
        return error_set(err, "disk '%s' is marked as corrupt: 'qemu-img check -r all' may repair it", q->path);
    if (unknown == 0)
        return true;
    unsigned bit = count_trailing_zeros64(unknown);
    const uint8_t *names = find_extension(q, head, end, EXTENSION_FEATURE_NAMES, &bytes);
    feature_name(names, names != NULL ? bytes : 0, bit, name);
    return error_set(err, "disk '%s' needs feature %u ('%s') of qcow2, which is not supported", q->path, bit,
                     name[0] != '\0' ? name : "it has no name");
}

static bool check_numbers(const struct qcow2 *q, const uint8_t *head, struct error *err)
{
    uint64_t per_table = q->cluster_bytes * qcow2_l2_entries(q);
    if (field(head, 32, 4) != 0)
        return error_set(
            err, "disk '%s' is encrypted, which is not supported: 'qemu-img convert' makes one that is not", q->path);
    bool fits = q->header_bytes % 8 == 0 && q->header_bytes >= V3_BYTES && q->header_bytes <= q->cluster_bytes;
    if (q->refcount_order > 6 || (q->version > 2 && !fits))
        return error_set(err, "disk '%s': a header of %" PRIu32 " bytes with refcounts of order %u is none of qcow2",
                         q->path, q->header_bytes, q->refcount_order);
    if (q->l1.count > QCOW2_MAX_L1_ENTRIES || (uint64_t)q->l1.count < (q->size_bytes + per_table - 1) / per_table)
        return error_set(err, "disk '%s': an L1 table of %" PRIu32 " entries is not that of %" PRIu64 " bytes", q->path,
                         q->l1.count, q->size_bytes);
    if (q->reftable.count == 0 || 8 * (uint64_t)q->reftable.count > QCOW2_MAX_REFTABLE_BYTES)
        return error_set(err, "disk '%s': a refcount table of %" PRIu64 " clusters is none of qcow2", q->path,
                         field(head, 56, 4));
    if (q->snapshots > QCOW2_MAX_SNAPSHOTS)
        return error_set(err, "disk '%s': %" PRIu32 " snapshots are too many", q->path, q->snapshots);
    if (q->compression > 1 || (q->compression == 1) != ((q->incompatible & INCOMPATIBLE_COMPRESSION) != 0))
        return error_set(err, "disk '%s': compression type %u is not supported", q->path, q->compression);
    return q->compression == 0 || qcow2_zstd_is_there() ||
           error_set(err, "disk '%s' is compressed by zstd, and this build has no libzstd (Debian: libzstd-dev)",
                     q->path);
}

static void take_numbers(struct qcow2 *q, const uint8_t *head)
{
    q->header_bytes = q->version > 2 ? (uint32_t)field(head, 100, 4) : V2_BYTES;
    q->refcount_order = q->version > 2 ? (unsigned)field(head, 96, 4) : 4;
    q->incompatible = q->version > 2 ? field(head, QCOW2_AT_INCOMPATIBLE, 8) : 0;
    q->autoclear = q->version > 2 ? field(head, QCOW2_AT_AUTOCLEAR, 8) : 0;
    q->marked = (q->incompatible & QCOW2_INCOMPATIBLE_DIRTY) != 0;
    q->compression = q->version > 2 && q->header_bytes > AT_COMPRESSION ? head[AT_COMPRESSION] : 0;
    q->size_bytes = field(head, 24, 8);
    q->l1.count = (uint32_t)field(head, 36, 4);
    q->l1.offset = field(head, 40, 8);
    q->reftable.offset = field(head, AT_REFTABLE_OFFSET, 8);
    uint64_t reftable = field(head, 56, 4) * qcow2_l2_entries(q);
    q->reftable.count = reftable < UINT32_MAX ? (uint32_t)reftable : UINT32_MAX;
    q->snapshots = (uint32_t)field(head, 60, 4);
    q->snapshots_offset = field(head, 64, 8);
}

static bool is_text(const uint8_t *bytes, uint64_t count)
{
    return memchr(bytes, '\0', count) == NULL;
}

static bool take_backing(const struct qcow2 *q, const uint8_t *head, uint64_t end, struct qcow2_backing_name *backing,
                         struct error *err)
{
    uint64_t at = field(head, 8, 8), count = field(head, 16, 4), bytes;
    *backing = (struct qcow2_backing_name){"", ""};
    if (at == 0)
        return true;
    if (count == 0 || count >= sizeof backing->name || !range_fits(at, count, end) || !is_text(head + at, count))
        return error_set(err, "disk '%s': the name of its backing file is not where it should be", q->path);
    memcpy(backing->name, head + at, count);
    const uint8_t *format = find_extension(q, head, end, EXTENSION_BACKING_FORMAT, &bytes);
    if (format != NULL && bytes < sizeof backing->format && is_text(format, bytes))
        memcpy(backing->format, format, bytes);
    return true;
}

static bool read_head(struct qcow2 *q, uint8_t *head, struct error *err)
{
    int error = disk_io_read_padded(&q->io, head, V3_BYTES, 0);
    if (error != 0)
        return error_set(err, "cannot read disk '%s': %s", q->path, strerror(error));
    if (memcmp(head, "QFI\xfb", 4) != 0)
        return error_set(err, "disk '%s' is no qcow2 image: it does not begin like one", q->path);
    q->version = (unsigned)field(head, 4, 4);
    if (q->version != 2 && q->version != 3)
        return error_set(err, "disk '%s' is of qcow2's version %u: known are 2 and 3", q->path, q->version);
    q->cluster_bits = (unsigned)field(head, 20, 4);
    if (q->cluster_bits < QCOW2_MIN_CLUSTER_BITS || q->cluster_bits > QCOW2_MAX_CLUSTER_BITS)
        return error_set(err, "disk '%s' has clusters of 2^%u bytes: qcow2 has 2^%u to 2^%u", q->path, q->cluster_bits,
                         QCOW2_MIN_CLUSTER_BITS, QCOW2_MAX_CLUSTER_BITS);
    q->cluster_bytes = BIT(q->cluster_bits);
    return true;
}

bool qcow2_header_read(struct qcow2 *q, struct qcow2_backing_name *backing, struct error *err)
{
    uint8_t first[V3_BYTES];
    if (!read_head(q, first, err))
        return false;
    uint64_t end = q->cluster_bytes;
    uint8_t *head = q->scratch = malloc(q->cluster_bytes);
    if (head == NULL)
        return error_set(err, "disk '%s': out of memory", q->path);
    int error = disk_io_read_padded(&q->io, head, q->cluster_bytes, 0);
    if (error != 0)
        return error_set(err, "cannot read disk '%s': %s", q->path, strerror(error));
    take_numbers(q, head);
    uint64_t bytes;
    q->bitmaps = find_extension(q, head, end, EXTENSION_BITMAPS, &bytes) != NULL;
    return check_features(q, head, end, err) && check_numbers(q, head, err) && take_backing(q, head, end, backing, err);
}

int qcow2_header_mark(struct qcow2 *q, bool dirty)
{
    uint8_t bytes[8];
    q->marked = dirty;
    if (q->version < 3)
        return 0;
    q->incompatible = (q->incompatible & ~QCOW2_INCOMPATIBLE_DIRTY) | (dirty ? QCOW2_INCOMPATIBLE_DIRTY : 0);
    big_put(bytes, sizeof bytes, q->incompatible);
    int error = disk_io_write(&q->io, bytes, sizeof bytes, QCOW2_AT_INCOMPATIBLE);
    error = error == 0 ? disk_io_sync(&q->io) : error;
    q->marked = error == 0 ? dirty : !dirty;
    return error;
}

/* Takes out the extension that names the bitmaps: its clusters will be used by others. */
static int remove_bitmaps(struct qcow2 *q)
{
    uint64_t bytes, end = q->cluster_bytes;
    uint8_t *head = q->scratch;
    int error = disk_io_read_padded(&q->io, head, end, 0);
    uint64_t backing = field(head, 8, 8);
    const uint8_t *data = error == 0 ? find_extension(q, head, end, EXTENSION_BITMAPS, &bytes) : NULL;
    if (data == NULL)
        return error;
    uint64_t stop = backing != 0 ? backing : end, from = (uint64_t)(data - head) + align_up(bytes, 8);
    uint64_t to = (uint64_t)(data - head) - 8;
    if (from > stop)
        return EIO;
    memmove(head + to, head + from, stop - from);
    memset(head + to + (stop - from), 0, from - to);
    return disk_io_write(&q->io, head + to, stop - to, to);
}

int qcow2_header_clear(struct qcow2 *q)
{
    static const uint8_t none[8];
    int error = 0;
    if (q->autoclear != 0)
        error = disk_io_write(&q->io, none, sizeof none, QCOW2_AT_AUTOCLEAR);
    if (error == 0 && q->autoclear != 0)
        error = disk_io_sync(&q->io);
    if (error == 0 && q->bitmaps)
        error = remove_bitmaps(q);
    if (error == 0)
        error = disk_io_sync(&q->io);
    q->autoclear = error == 0 ? 0 : q->autoclear;
    q->bitmaps &= error != 0;
    return error;
}

int qcow2_header_move_reftable(struct qcow2 *q, uint64_t offset, uint32_t clusters)
{
    uint8_t bytes[12];
    big_put(bytes, 8, offset);
    big_put(bytes + 8, 4, clusters);
    return disk_io_write(&q->io, bytes, sizeof bytes, AT_REFTABLE_OFFSET);
}
