/* SPDX-License-Identifier: MIT */
/* Guest RAM: one host mapping, lazily backed, with a note for each page that holds translated code. */
#ifndef MICROVM_MMU_RAM_H
#define MICROVM_MMU_RAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"

#define PAGE_SHIFT 12
#define PAGE_BYTES UINT64_C(4096)

/* Of a page of guest RAM. CODE: translated blocks were made from it; STALE: it was written since; WATCHED: the
 * environment wants to hear of each store; CHECKED: it is a template's, and in use. A CODE page that is not STALE and
 * a WATCHED page are in no store TLB. */
enum { RAM_PAGE_CODE = 1, RAM_PAGE_STALE = 2, RAM_PAGE_WATCHED = 4, RAM_PAGE_CHECKED = 16 };

struct ram {
    uint64_t base;
    uint64_t size; /* bytes, a multiple of PAGE_BYTES */
    uint8_t *host;
    int fd;              /* the memfd behind host */
    uint8_t *page_state; /* RAM_PAGE_* bits, one byte a page */
    uint32_t *stale;     /* numbers of the STALE pages */
    uint32_t stale_count;
    uint32_t fences;                     /* how often the list was emptied: the code was made anew, as fence.i asks */
    const struct ram_template *template; /* mapped over the memfd (mmu/ram_template.h); NULL: none */
};

bool ram_create(struct ram *ram, uint64_t base, uint64_t size_bytes, struct error *err);
void ram_destroy(struct ram *ram);

/* Whether [pa, pa + length) is RAM; touches none of it. */
static inline bool ram_contains(const struct ram *ram, uint64_t pa, uint64_t length)
{
    return length <= ram->size && pa - ram->base <= ram->size - length;
}

/* For ram_at: whether the pages of a template hold what they should. False: its owner has been told. */
bool ram_check_pages(const struct ram *ram, uint64_t offset, uint64_t length);

/* The host address of [pa, pa + length), or NULL if any of it is not RAM, or is a page of a template that is broken. */
static inline uint8_t *ram_at(const struct ram *ram, uint64_t pa, uint64_t length)
{
    uint64_t offset = pa - ram->base;
    if (!ram_contains(ram, pa, length) || (UNLIKELY(ram->template != NULL) && !ram_check_pages(ram, offset, length)))
        return NULL;
    return ram->host + offset;
}

/* The next run of pages, in bytes from the base, that may hold anything but zeros: *first is where to look from, and
 * then where
 * it begins. False: there is none. */
bool ram_next_data(const struct ram *ram, uint64_t *first, uint64_t *end);

/* Whether a store TLB may hold the page of pa, which is RAM: one whose stores must be seen is in none. */
static inline bool ram_store_may_be_cached(const struct ram *ram, uint64_t pa)
{
    unsigned state = ram->page_state[(pa - ram->base) >> PAGE_SHIFT];
    return !(state & RAM_PAGE_WATCHED) && (state & (RAM_PAGE_CODE | RAM_PAGE_STALE)) != RAM_PAGE_CODE;
}

/* Must be called for every write to RAM that does not go through a hart's store TLB (loaders, DMA, the page walker). */
void ram_wrote(struct ram *ram, uint64_t pa, uint64_t length);

#endif
