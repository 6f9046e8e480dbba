/* SPDX-License-Identifier: MIT */
/* Guest RAM: one host mapping, lazily backed, with a note for each page that holds translated code. */
#ifndef MICROVM_MMU_RAM_H
#define MICROVM_MMU_RAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define PAGE_SHIFT 12
#define PAGE_BYTES UINT64_C(4096)

/* Of a page of guest RAM. CODE: translated blocks were made from it; STALE: it was written since; WATCHED: the
 * environment wants to hear of each store; TABLE, FETCHED: so does strict mode, which has read page tables or code there.
 * A CODE page that is not STALE and one whose stores are heard are in no store TLB. */
enum { RAM_PAGE_CODE = 1, RAM_PAGE_STALE = 2, RAM_PAGE_WATCHED = 4, RAM_PAGE_TABLE = 16, RAM_PAGE_FETCHED = 32 };
#define RAM_PAGE_HEARD (RAM_PAGE_WATCHED | RAM_PAGE_TABLE | RAM_PAGE_FETCHED)

/* Who keeps code as it was before it was written (strict mode). */
struct ram_stale_watcher {
    void *owner;
    void (*went_stale)(void *owner, uint64_t page); /* number of the page, whose bytes have changed */
    void (*fence_all)(void *owner);                 /* nothing is to be stale for anybody */
};

struct ram {
    uint64_t base;
    uint64_t size; /* bytes, a multiple of PAGE_BYTES */
    uint8_t *host;
    int fd;              /* the memfd behind host */
    uint8_t *page_state; /* RAM_PAGE_* bits, one byte a page */
    uint32_t *stale;     /* numbers of the STALE pages */
    uint32_t stale_count;
    const struct ram_stale_watcher *stale_watcher; /* NULL: blocks are all that is made from code */
    uint32_t fences; /* how often the list was emptied: the code was made anew, as fence.i asks */
};

bool ram_create(struct ram *ram, uint64_t base, uint64_t size_bytes, struct error *err);
void ram_destroy(struct ram *ram);

/* The host address of [pa, pa + length), or NULL if any of it is not RAM. */
static inline uint8_t *ram_at(const struct ram *ram, uint64_t pa, uint64_t length)
{
    uint64_t offset = pa - ram->base;
    return length <= ram->size && offset <= ram->size - length ? ram->host + offset : (uint8_t *)0;
}

/* Whether a store TLB may hold the page of pa, which is RAM: one whose stores must be seen is in none. */
static inline bool ram_store_may_be_cached(const struct ram *ram, uint64_t pa)
{
    unsigned state = ram->page_state[(pa - ram->base) >> PAGE_SHIFT];
    return !(state & RAM_PAGE_HEARD) && (state & (RAM_PAGE_CODE | RAM_PAGE_STALE)) != RAM_PAGE_CODE;
}

/* Must be called for every write to RAM that does not go through a hart's store TLB (loaders, DMA, the page walker). */
void ram_wrote(struct ram *ram, uint64_t pa, uint64_t length);

#endif
