/* SPDX-License-Identifier: MIT */
/* A qcow2 image of our own making, in memory, with clusters of all kinds; and what a guest reads there. */
#ifndef MICROVM_TESTS_QCOW2_SAMPLE_H
#define MICROVM_TESTS_QCOW2_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "base/big_endian.h"
#include "base/bits.h"

struct qcow2_sample {
    unsigned version, cluster_bits, refcount_order;
    uint64_t size_bytes;
    const char *backing, *backing_format; /* NULL: none, or not said */

    /* Made. */
    uint64_t l1_entries, l2_tables, refcount_blocks, clusters; /* of the file */
    uint64_t l1_offset, l2_offset, refcount_offset;
};

static inline uint64_t sample_bytes(const struct qcow2_sample *s)
{
    return s->clusters << s->cluster_bits;
}

/* Where things lie: header, refcount table, its blocks, L1, L2 tables, then one cluster for each of the guest's. False: they do
 * not fit. */
static inline bool sample_plan(struct qcow2_sample *s, size_t room)
{
    uint64_t cluster = BIT(s->cluster_bits), guest = (s->size_bytes + cluster - 1) / cluster;
    uint64_t per_block = cluster * 8 >> s->refcount_order;
    s->l2_tables = s->l1_entries = (guest + cluster / 8 - 1) / (cluster / 8);
    uint64_t l1_clusters = (8 * s->l1_entries + cluster - 1) / cluster;
    for (s->refcount_blocks = 1;; s->refcount_blocks++) {
        s->clusters = 2 + s->refcount_blocks + l1_clusters + s->l2_tables + guest;
        if (s->refcount_blocks * per_block >= s->clusters)
            break;
    }
    s->refcount_offset = 2 * cluster;
    s->l1_offset = (2 + s->refcount_blocks) * cluster;
    s->l2_offset = s->l1_offset + l1_clusters * cluster;
    return sample_bytes(s) <= room && s->refcount_blocks <= cluster / 8 && s->version >= 2 && s->version <= 3 &&
           (s->version == 3 || s->refcount_order == 4);
}

static inline void sample_extension(uint8_t **at, uint32_t kind, const char *text)
{
    size_t length = strlen(text);
    big_put(*at, 4, kind);
    big_put(*at + 4, 4, length);
    memcpy(*at + 8, text, length);
    *at += 8 + (length + 7) / 8 * 8;
}

static inline void sample_header(const struct qcow2_sample *s, uint8_t *head)
{
    unsigned header_bytes = s->version == 3 ? 104 : 72;
    memcpy(head, "QFI\xfb", 4);
    big_put(head + 4, 4, s->version);
    big_put(head + 20, 4, s->cluster_bits);
    big_put(head + 24, 8, s->size_bytes);
    big_put(head + 36, 4, s->l1_entries);
    big_put(head + 40, 8, s->l1_offset);
    big_put(head + 48, 8, BIT(s->cluster_bits));
    big_put(head + 56, 4, 1);
    if (s->version == 3) {
        big_put(head + 96, 4, s->refcount_order);
        big_put(head + 100, 4, header_bytes);
    }
    uint8_t *at = head + header_bytes;
    if (s->backing != NULL && s->backing_format != NULL)
        sample_extension(&at, 0xe2792aca, s->backing_format);
    if (s->backing == NULL)
        return;
    at += 8;
    big_put(head + 8, 8, (uint64_t)(at - head));
    big_put(head + 16, 4, strlen(s->backing));
    memcpy(at, s->backing, strlen(s->backing));
}

static inline void sample_count(const struct qcow2_sample *s, uint8_t *bytes, uint64_t cluster)
{
    unsigned bits = 1u << s->refcount_order;
    uint8_t *at = bytes + s->refcount_offset + cluster * bits / 8;
    if (bits < 8)
        *at |= (uint8_t)(1u << cluster * bits % 8);
    else
        big_put(at, bits / 8, 1);
}

/* Text that can be made smaller. */
static inline void sample_fill(uint8_t *bytes, uint64_t count, uint64_t seed)
{
    for (uint64_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)('a' + (i / 7 + seed) % 23);
}

/* The entry of a compressed cluster; 0: it does not get smaller. It begins a few bytes into its host cluster. */
static inline uint64_t sample_pack(const struct qcow2_sample *s, const uint8_t *from, uint8_t *to, uint64_t host)
{
    uint64_t cluster = BIT(s->cluster_bits), begin = 5;
    z_stream stream = {.next_in = (uint8_t *)(uintptr_t)from,
                       .avail_in = (uInt)cluster,
                       .next_out = to + begin,
                       .avail_out = (uInt)(cluster - begin)};
    if (deflateInit2(&stream, 6, Z_DEFLATED, -12, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    uint64_t sectors = (begin + stream.total_out + 511) / 512 - 1;
    deflateEnd(&stream);
    return whole ? BIT(62) | sectors << (62 - (s->cluster_bits - 8)) | (host + begin) : 0;
}

/* The guest's cluster number n: data, nothing, zeros, compressed, or zeros with a place. */
static inline uint64_t sample_cluster(const struct qcow2_sample *s, uint8_t *bytes, uint8_t *model, uint64_t n,
                                      uint64_t host)
{
    uint64_t cluster = BIT(s->cluster_bits), kind = n % 5, entry = host | BIT(63);
    uint64_t left = s->size_bytes - n * cluster, count = left < cluster ? left : cluster;
    uint8_t *place = bytes + host;
    if (kind == 1 || (s->version == 2 && kind == 2))
        return 0;
    if (kind == 2) {
        memset(model, 0, count);
        return 1;
    }
    if (kind == 4 && s->version == 3) {
        memset(place, 0x77, cluster);
        memset(model, 0, count);
        return entry | 1;
    }
    uint8_t plain[1 << 16];
    sample_fill(plain, cluster, n);
    memcpy(model, plain, count);
    if (kind == 3) {
        uint64_t packed = sample_pack(s, plain, place, host);
        if (packed != 0)
            return packed;
    }
    memcpy(place, plain, cluster);
    return entry;
}

/* Into zeroed memory. model: what the backing file has there, or zeros; then what the guest reads. Clusters of 64 KiB at most. */
static inline void sample_make(const struct qcow2_sample *s, uint8_t *bytes, uint8_t *model)
{
    uint64_t cluster = BIT(s->cluster_bits), first = s->l2_offset / cluster + s->l2_tables;
    sample_header(s, bytes);
    for (uint64_t i = 0; i < s->refcount_blocks; i++)
        big_put(bytes + cluster + 8 * i, 8, s->refcount_offset + i * cluster);
    for (uint64_t i = 0; i < s->l1_entries; i++)
        big_put(bytes + s->l1_offset + 8 * i, 8, (s->l2_offset + i * cluster) | BIT(63));
    for (uint64_t i = 0; i < first; i++)
        sample_count(s, bytes, i);
    for (uint64_t n = 0; n * cluster < s->size_bytes; n++) {
        uint64_t host = (first + n) * cluster, entry = sample_cluster(s, bytes, model + n * cluster, n, host);
        big_put(bytes + s->l2_offset + 8 * n, 8, entry);
        if (entry > 1)
            sample_count(s, bytes, first + n);
    }
}

#endif
