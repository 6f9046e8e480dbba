/* SPDX-License-Identifier: MIT */
/* The cache of pages of L2 tables and refcount blocks. */
#include "host/disk/qcow2_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NO_PAGE UINT32_MAX
/* One page of 4 KiB knows of 512 guest clusters: of the usual 64 KiB, this is enough for 128 GiB. */
#define MOST_BYTES (UINT32_C(1) << 24)
#define LEAST_PAGES 64u
#define PAGE_BYTES 4096u

/* For small images all there can be. A power of two. */
static uint32_t count_pages(const struct qcow2 *q, uint32_t page_bytes)
{
    uint64_t tables = q->l1.count * (q->cluster_bytes / page_bytes);
    uint32_t count = LEAST_PAGES;
    while (count < 2 * tables && count < MOST_BYTES / page_bytes)
        count *= 2;
    return count;
}

bool qcow2_cache_create(struct qcow2 *q)
{
    struct qcow2_cache *c = &q->cache;
    c->page_bytes = q->cluster_bytes < PAGE_BYTES ? (uint32_t)q->cluster_bytes : PAGE_BYTES;
    c->count = c->buckets = count_pages(q, c->page_bytes);
    c->last = NO_PAGE;
    c->pages = calloc(c->count, sizeof *c->pages);
    c->bytes = calloc(c->count, c->page_bytes);
    c->heads = calloc(c->buckets, sizeof *c->heads);
    for (unsigned i = 0; i < QCOW2_PAGE_KINDS; i++)
        c->dirty[i] = calloc(c->count, sizeof *c->dirty[i]);
    return c->pages != NULL && c->bytes != NULL && c->heads != NULL && c->dirty[0] != NULL && c->dirty[1] != NULL;
}

void qcow2_cache_destroy(struct qcow2_cache *c)
{
    free(c->pages);
    free(c->bytes);
    free(c->heads);
    for (unsigned i = 0; i < QCOW2_PAGE_KINDS; i++)
        free(c->dirty[i]);
}

/* Heads and links are numbers from 1, so that memory that was never used says "none". */
static uint32_t *head_of(struct qcow2_cache *c, uint64_t offset)
{
    return &c->heads[(offset / c->page_bytes * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (c->buckets - 1)];
}

static uint32_t find(struct qcow2_cache *c, uint64_t offset)
{
    if (c->last != NO_PAGE && c->pages[c->last].offset == offset)
        return c->last;
    for (uint32_t n = *head_of(c, offset); n != 0; n = c->pages[n - 1].next)
        if (c->pages[n - 1].offset == offset)
            return n - 1;
    return NO_PAGE;
}

static void forget(struct qcow2_cache *c, uint32_t n)
{
    uint32_t *link = head_of(c, c->pages[n].offset);
    while (*link != n + 1)
        link = &c->pages[*link - 1].next;
    *link = c->pages[n].next;
    c->pages[n].offset = 0;
    c->last = NO_PAGE;
}

/* A page that may be used anew: an unused one, or the next that is not dirty and was not used of late. */
static uint32_t take(struct qcow2_cache *c)
{
    for (uint32_t tries = 0; tries < 2 * c->count; tries++) {
        uint32_t n = c->hand;
        struct qcow2_page *page = &c->pages[n];
        c->hand = (c->hand + 1) % c->count;
        if (page->offset != 0 && (page->dirty || page->recent)) {
            page->recent = false;
            continue;
        }
        if (page->offset != 0)
            forget(c, n);
        return n;
    }
    return NO_PAGE;
}

static int load(struct qcow2 *q, uint64_t offset, enum qcow2_page_kind kind, uint32_t *n)
{
    struct qcow2_cache *c = &q->cache;
    *n = take(c);
    if (*n == NO_PAGE)
        return EIO;
    int error = disk_io_read_padded(&q->io, c->bytes + (size_t)*n * c->page_bytes, c->page_bytes, offset);
    if (error != 0)
        return error;
    uint32_t *head = head_of(c, offset);
    c->pages[*n] = (struct qcow2_page){.offset = offset, .next = *head, .kind = (uint8_t)kind};
    *head = *n + 1;
    return 0;
}

int qcow2_cache_get(struct qcow2 *q, uint64_t offset, enum qcow2_page_kind kind, uint8_t **bytes)
{
    struct qcow2_cache *c = &q->cache;
    uint64_t first = align_down(offset, c->page_bytes);
    uint32_t n = find(c, first);
    int error = n == NO_PAGE ? load(q, first, kind, &n) : 0;
    if (error != 0)
        return error;
    if (c->pages[n].kind != kind)
        return EIO; /* an image that uses one cluster as tables of both kinds */
    c->pages[n].recent = true;
    c->last = n;
    *bytes = c->bytes + (size_t)n * c->page_bytes + (offset - first);
    return 0;
}

void qcow2_cache_changed(struct qcow2 *q)
{
    struct qcow2_cache *c = &q->cache;
    struct qcow2_page *page = &c->pages[c->last];
    if (page->dirty)
        return;
    page->dirty = true;
    c->dirty[page->kind][c->dirty_count[page->kind]++] = c->last;
}

int qcow2_cache_write(struct qcow2 *q, enum qcow2_page_kind kind)
{
    struct qcow2_cache *c = &q->cache;
    while (c->dirty_count[kind] > 0) {
        uint32_t n = c->dirty[kind][c->dirty_count[kind] - 1];
        int error = qcow2_put(q, c->bytes + (size_t)n * c->page_bytes, c->page_bytes, c->pages[n].offset);
        if (error != 0)
            return error;
        c->pages[n].dirty = false;
        c->dirty_count[kind]--;
    }
    return 0;
}

static void make_clean(struct qcow2_cache *c, uint32_t n)
{
    struct qcow2_page *page = &c->pages[n];
    uint32_t *list = c->dirty[page->kind], *count = &c->dirty_count[page->kind];
    for (uint32_t i = 0; i < *count && page->dirty; i++) {
        if (list[i] != n)
            continue;
        list[i] = list[--*count];
        page->dirty = false;
    }
}

void qcow2_cache_drop(struct qcow2 *q, uint64_t offset)
{
    struct qcow2_cache *c = &q->cache;
    for (uint64_t at = offset; at < offset + q->cluster_bytes; at += c->page_bytes) {
        uint32_t n = find(c, at);
        if (n == NO_PAGE)
            continue;
        make_clean(c, n);
        forget(c, n);
    }
}

void qcow2_cache_reset(struct qcow2_cache *c)
{
    for (uint32_t n = 0; n < c->count; n++)
        c->pages[n].offset = 0;
    memset(c->heads, 0, c->buckets * sizeof *c->heads);
    c->last = NO_PAGE;
}

bool qcow2_cache_is_full(const struct qcow2 *q)
{
    const struct qcow2_cache *c = &q->cache;
    return c->dirty_count[QCOW2_PAGE_REFCOUNT] + c->dirty_count[QCOW2_PAGE_L2] > c->count / 2;
}
