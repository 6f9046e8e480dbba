/* SPDX-License-Identifier: MIT */
/* What pages of guest RAM held, in a pool of bounded size. Pages of zeros take no room. */
#ifndef MICROVM_MACHINE_KEPT_PAGES_H
#define MICROVM_MACHINE_KEPT_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "mmu/ram.h"

struct page_pool;

/* limit_bytes: the most that all pages together may take. NULL: out of memory. */
struct page_pool *page_pool_create(uint64_t limit_bytes);
void page_pool_destroy(struct page_pool *pool);

/* Of the pages in use. */
uint64_t page_pool_bytes(const struct page_pool *pool);

struct kept_page {
    uint32_t number;
    uint32_t place; /* in the pool; PAGE_OF_ZEROS: none */
};
#define PAGE_OF_ZEROS UINT32_MAX

/* A list of pages, each at most once. */
struct kept_pages {
    struct kept_page *pages;
    uint32_t count, capacity;
};

/* Adds a page. False: the pool is full, or there is no memory. */
bool kept_pages_add(struct kept_pages *kept, struct page_pool *pool, uint32_t number, const uint8_t *bytes);

/* What the page held: PAGE_BYTES; NULL: zeros. */
const uint8_t *kept_page_bytes(const struct page_pool *pool, const struct kept_page *page);

/* Takes those of `newer` that `kept` has not; the others are given up, and newer is empty then. marks: a zero for each page of RAM,
 * before and after. False: no memory; nothing has changed. */
bool kept_pages_merge(struct kept_pages *kept, struct kept_pages *newer, struct page_pool *pool, uint8_t *marks);

/* Gives all pages back to the pool, and the list's memory. */
void kept_pages_clear(struct kept_pages *kept, struct page_pool *pool);

#endif
