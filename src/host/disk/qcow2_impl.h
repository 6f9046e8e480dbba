/* SPDX-License-Identifier: MIT */
/* What the parts of a qcow2 image share; for src/host/qcow2*.c alone.
 *
 * Guest clusters are found through two levels of tables (qcow2_map), host clusters are counted in others (qcow2_refcount).
 * L1 and refcount table are kept in memory, pages of L2 tables and refcount blocks in a cache (qcow2_cache). Data is written at
 * once; changed tables stay in memory until a commit (qcow2_commit), which writes them in an order, with syncs in between, in
 * which no table ever points to what is not there yet:
 *
 *     data, refcounts | refcount table | L2 tables | L1 table | then alone are clusters free that lost their last user
 *
 * So the worst that the end of the process or a loss of power leaves are clusters that are counted and not used; the dirty bit
 * of the header says that there may be some, and the next user takes them back (qcow2_repair). Functions that return int give
 * errno, 0: done. */
#ifndef MICROVM_HOST_DISK_QCOW2_IMPL_H
#define MICROVM_HOST_DISK_QCOW2_IMPL_H

#include <sys/types.h>

#include "base/bits.h"
#include "host/disk/disk.h"
#include "host/disk/disk_io.h"
#include "host/disk/qcow2.h"

#define QCOW2_MIN_CLUSTER_BITS 9u
#define QCOW2_MAX_CLUSTER_BITS 21u
/* As QEMU limits them. */
#define QCOW2_MAX_L1_ENTRIES (UINT32_C(1) << 22)
#define QCOW2_MAX_REFTABLE_BYTES (UINT64_C(1) << 23)
#define QCOW2_MAX_SNAPSHOTS 65536u
#define QCOW2_MAX_BACKING_FILES 32u
/* Runs of clusters that wait to be free; a commit comes when half of them are in use. */
#define QCOW2_MAX_FREES 16384u

/* Of entries in L1 and L2 tables. */
#define QCOW2_COPIED BIT(63) /* the cluster has one user: it may be written in place */
#define QCOW2_PACKED BIT(62)
#define QCOW2_ZERO BIT(0)
#define QCOW2_OFFSET BITS(55, 9)

/* Of the header. */
#define QCOW2_AT_INCOMPATIBLE 72u
#define QCOW2_AT_AUTOCLEAR 88u
#define QCOW2_INCOMPATIBLE_DIRTY BIT(0)

/* A table that is kept in memory whole, in the host's byte order. */
struct qcow2_table {
    uint64_t *entries;
    uint32_t count;
    uint64_t offset;
    bool dirty;
    uint32_t dirty_first, dirty_last;
};

enum qcow2_page_kind { QCOW2_PAGE_REFCOUNT, QCOW2_PAGE_L2, QCOW2_PAGE_KINDS };

struct qcow2_page {
    uint64_t offset; /* in the file; 0: unused */
    uint32_t next;   /* number + 1 of the next one with the same hash; 0: none */
    bool dirty;
    bool recent; /* used since the hand last passed */
    uint8_t kind;
};

/* Pages of metadata, each as in the file; a dirty one stays until it is written. */
struct qcow2_cache {
    uint32_t page_bytes, count, buckets, hand;
    struct qcow2_page *pages;
    uint8_t *bytes;
    uint32_t *heads;
    uint32_t *dirty[QCOW2_PAGE_KINDS];
    uint32_t dirty_count[QCOW2_PAGE_KINDS];
    uint32_t last; /* the page that was asked for last */
};

/* Host clusters that lose a user with the next commit. */
struct qcow2_free {
    uint64_t cluster, count;
    bool punch; /* give the space back to the host's file system */
};

struct qcow2 {
    struct disk_io io;
    uint64_t file_end; /* all that was written lies before it; what lies behind reads as zeros */
    uint64_t size_bytes;
    bool read_only;
    char path[4096];

    /* The header. */
    unsigned version, cluster_bits, refcount_order;
    uint32_t header_bytes;
    uint64_t cluster_bytes, incompatible, autoclear;
    uint64_t snapshots_offset;
    uint32_t snapshots;
    uint8_t compression; /* 0: deflate, 1: zstd */
    bool bitmaps;        /* there is a header extension with bitmaps */
    bool started;        /* may be written */
    bool marked;         /* the dirty bit is set in the file, if its version has one */
    bool disordered;     /* something is left for the next repair */

    struct disk_image backing; /* no format: none */
    struct qcow2_table l1, reftable;
    struct qcow2_cache cache;
    uint64_t free_hint;       /* no host cluster before this one is free */
    struct qcow2_free *frees; /* QCOW2_MAX_FREES */
    uint32_t free_count;

    uint8_t *unpacked;       /* a cluster */
    uint64_t unpacked_entry; /* whose it is; 0: nobody's */
    uint8_t *packed;
    uint8_t *scratch; /* a cluster, for copies */
};

static inline uint64_t qcow2_l2_entries(const struct qcow2 *q)
{
    return q->cluster_bytes / 8;
}

static inline uint64_t qcow2_clusters(const struct qcow2 *q, uint64_t bytes)
{
    return (bytes + q->cluster_bytes - 1) >> q->cluster_bits;
}

/* Whether a cluster can lie there: at its alignment, in the file, not where the header is. */
static inline bool qcow2_is_place(const struct qcow2 *q, uint64_t offset)
{
    return offset != 0 && is_aligned(offset, q->cluster_bytes) && offset < q->file_end;
}

/* qcow2_header.c: reads and checks. *backing: the name of the backing file, empty if there is none; *format: what the image says
 * of it, empty if nothing. */
struct qcow2_backing_name {
    char name[1024];
    char format[16];
};
bool qcow2_header_read(struct qcow2 *q, struct qcow2_backing_name *backing, struct error *err);
/* The dirty bit. */
int qcow2_header_mark(struct qcow2 *q, bool dirty);
/* Clears what whoever writes without knowing of it must clear, and takes out what it stood for. */
int qcow2_header_clear(struct qcow2 *q);
/* Where the refcount table is, and its clusters. */
int qcow2_header_move_reftable(struct qcow2 *q, uint64_t offset, uint32_t clusters);

/* qcow2_backing.c: opens what the image stands over. */
struct qcow2_chain {
    const struct qcow2_chain *above; /* NULL: the guest's disk */
    dev_t device;
    ino_t inode;
};
bool qcow2_backing_open(struct qcow2 *q, const struct disk_options *options, const struct qcow2_backing_name *backing,
                        const struct qcow2_chain *chain, struct error *err);
/* Zeros where the backing file ends, or if there is none. */
int qcow2_backing_read(struct qcow2 *q, uint8_t *bytes, size_t count, uint64_t offset);
/* As disk_open's, for an image in a chain. */
bool qcow2_open_above(const struct disk_options *options, const struct qcow2_chain *above, struct disk_image *image,
                      struct error *err);

/* qcow2_table.c. */
bool qcow2_table_load(struct qcow2 *q, struct qcow2_table *table, const char *what, struct error *err);
void qcow2_table_set(struct qcow2_table *table, uint32_t n, uint64_t value);
int qcow2_table_write(struct qcow2 *q, struct qcow2_table *table);
/* As qcow2_table's entries are in the file. */
void qcow2_table_encode(const uint64_t *entries, uint32_t count, uint8_t *bytes);

/* qcow2_cache.c. */
bool qcow2_cache_create(struct qcow2 *q);
void qcow2_cache_destroy(struct qcow2_cache *cache);
/* The page that holds that place in the file; *bytes is valid until the next call. */
int qcow2_cache_get(struct qcow2 *q, uint64_t offset, enum qcow2_page_kind kind, uint8_t **bytes);
/* The page that was got last is changed. */
void qcow2_cache_changed(struct qcow2 *q);
int qcow2_cache_write(struct qcow2 *q, enum qcow2_page_kind kind);
/* Forgets a cluster's pages, which are not dirty or do not count any more. */
void qcow2_cache_drop(struct qcow2 *q, uint64_t offset);
/* Forgets everything; nothing is dirty. */
void qcow2_cache_reset(struct qcow2_cache *cache);
/* True: a commit should come before more is changed. */
bool qcow2_cache_is_full(const struct qcow2 *q);

/* qcow2_refcount.c: by number of the host cluster. */
int qcow2_refcount_get(struct qcow2 *q, uint64_t cluster, uint64_t *count);
uint64_t qcow2_refcount_most(const struct qcow2 *q);
uint64_t qcow2_refcount_decode(const struct qcow2 *q, const uint8_t *block, uint64_t n);
void qcow2_refcount_encode(const struct qcow2 *q, uint8_t *block, uint64_t n, uint64_t count);
/* Takes free clusters, in a row, as many as there are up to wanted; 0 is an error. */
int qcow2_allocate(struct qcow2 *q, uint64_t wanted, uint64_t *offset, uint64_t *got);
/* Takes one for a table: all zeros in the file, and not in the cache. */
int qcow2_allocate_table(struct qcow2 *q, uint64_t *offset);
/* Gives back what was taken and is used by nothing yet. */
void qcow2_give_back(struct qcow2 *q, uint64_t offset, uint64_t count);
/* With the next commit the clusters of an L2 entry lose a user. */
void qcow2_free_later(struct qcow2 *q, uint64_t entry, bool punch);
void qcow2_free_now(struct qcow2 *q);

/* qcow2_map.c: guest clusters, by number. */
enum qcow2_kind { QCOW2_IS_HOLE, QCOW2_IS_ZERO, QCOW2_IS_DATA, QCOW2_IS_PACKED };
struct qcow2_piece {
    enum qcow2_kind kind;
    uint64_t entry;
    uint64_t host;   /* DATA: where its first byte is */
    uint64_t length; /* bytes of the guest's that are alike, up to what was asked for */
};
/* What there is from offset on. */
int qcow2_look(struct qcow2 *q, uint64_t offset, uint64_t length, struct qcow2_piece *piece);
int qcow2_entry_get(struct qcow2 *q, uint64_t cluster, uint64_t *entry);
/* The cluster's L2 table may be changed after it. */
int qcow2_table_prepare(struct qcow2 *q, uint64_t cluster);
int qcow2_entry_set(struct qcow2 *q, uint64_t cluster, uint64_t entry);
/* Of an entry that is legal. False: it is not. */
bool qcow2_entry_kind(const struct qcow2 *q, uint64_t entry, enum qcow2_kind *kind);
/* Where the compressed bytes are. */
void qcow2_packed_place(const struct qcow2 *q, uint64_t entry, uint64_t *offset, uint64_t *bytes);
/* Whether the guest reads zeros there. */
bool qcow2_reads_zero(const struct qcow2 *q, enum qcow2_kind kind, uint64_t offset);

/* qcow2_read.c, qcow2_write.c, qcow2_zero.c: the functions of the format. */
int qcow2_read(void *state, void *bytes, size_t count, uint64_t offset);
int qcow2_read_at_hand(void *state, void *bytes, size_t count, uint64_t offset);
int qcow2_write(void *state, const void *bytes, size_t count, uint64_t offset);
int qcow2_discard(void *state, uint64_t offset, uint64_t length);
int qcow2_write_zeroes(void *state, uint64_t offset, uint64_t length, bool may_unmap);
uint64_t qcow2_next_data(void *state, uint64_t offset);
/* Before anything is changed. */
int qcow2_change(struct qcow2 *q);
/* True: what is written there would hit the image's own tables. */
bool qcow2_is_own(const struct qcow2 *q, uint64_t offset, uint64_t length);
/* A write to the file. */
int qcow2_put(struct qcow2 *q, const void *bytes, size_t count, uint64_t offset);
int qcow2_put_zeroes(struct qcow2 *q, uint64_t offset, uint64_t length, bool hole);

/* qcow2_unpack.c: a compressed cluster, into q->unpacked. */
int qcow2_unpack(struct qcow2 *q, uint64_t entry);
/* qcow2_zstd.c: false if it is not a cluster of so many bytes, or this build has no zstd. */
bool qcow2_zstd_is_there(void);
bool qcow2_zstd_unpack(const uint8_t *from, size_t count, uint8_t *to, size_t wanted);

/* qcow2_commit.c. */
int qcow2_commit(struct qcow2 *q);

/* qcow2_repair.c: counts all clusters anew, and writes what differs. */
bool qcow2_repair(struct qcow2 *q, struct error *err);

#endif
