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

/* Of a page of guest RAM. A CODE page that is not STALE, one whose stores are heard and, while there is a keeper, one that is
 * not KEPT are in no store TLB. */
enum {
    RAM_PAGE_CODE = 1,     /* translated blocks were made from it; */
    RAM_PAGE_STALE = 2,    /* it was written since */
    RAM_PAGE_WATCHED = 4,  /* the environment wants to hear of each store */
    RAM_PAGE_KEPT = 8,     /* the keeper has what it held */
    RAM_PAGE_CHECKED = 16, /* it is a template's, and in use */
    RAM_PAGE_TABLE = 32,   /* strict mode has read page tables there, */
    RAM_PAGE_FETCHED = 64  /* or code, and wants to hear of each store */
};
#define RAM_PAGE_HEARD (RAM_PAGE_WATCHED | RAM_PAGE_TABLE | RAM_PAGE_FETCHED)

/* Who keeps what pages held before they are written, once for each page until it is set free by ram_release_page. False: it does not,
 * and is asked again. */
struct ram_keeper {
    void *owner;
    bool (*keep)(void *owner, uint32_t page, const uint8_t *bytes);
};

/* Who hears of writes to WATCHED pages, after them: those of devices, firmware and page walks; those of harts besides by cpu_env's
 * watched_store. */
struct ram_watcher {
    void *owner;
    void (*wrote)(void *owner, uint64_t pa, uint64_t length);
};

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
    uint32_t fences;                     /* how often the list was emptied: the code was made anew, as fence.i asks */
    const struct ram_keeper *keeper;     /* NULL: nobody */
    const struct ram_watcher *watcher;   /* NULL: nobody */
    const struct ram_template *template; /* mapped over the memfd (mmu/ram_template.h); NULL: none */
    const struct ram_stale_watcher *stale_watcher; /* NULL: blocks are all that is made from code */
    /* Who looks for reads of RAM that nobody has written keeps it: of each 8 bytes a bit for each that was; else NULL. */
    uint8_t *written;
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

/* The next run of pages, in bytes from the base, that may hold anything but zeros: *first is where to look from, and then where
 * it begins. False: there is none. */
bool ram_next_data(const struct ram *ram, uint64_t *first, uint64_t *end);

/* Whether a store TLB may hold the page of pa, which is RAM: one whose stores must be seen is in none. */
static inline bool ram_store_may_be_cached(const struct ram *ram, uint64_t pa)
{
    unsigned state = ram->page_state[(pa - ram->base) >> PAGE_SHIFT];
    return !(state & RAM_PAGE_HEARD) && (state & (RAM_PAGE_CODE | RAM_PAGE_STALE)) != RAM_PAGE_CODE;
}

/* For ram_will_write. */
void ram_keep(struct ram *ram, uint64_t pa, uint64_t length);

/* Must be called before every write to RAM that does not go through a hart's store TLB, and before a store TLB gets the page. */
static inline void ram_will_write(struct ram *ram, uint64_t pa, uint64_t length)
{
    if (ram->keeper != NULL)
        ram_keep(ram, pa, length);
}

/* The keeper's: the next write to the page is to be kept again. The harts' translations for stores must be dropped, too. */
static inline void ram_release_page(struct ram *ram, uint32_t page)
{
    ram->page_state[page] &= (uint8_t)~RAM_PAGE_KEPT;
}

/* Must be called for every write to RAM that does not go through a hart's store TLB (loaders, DMA, the page walker). */
void ram_wrote(struct ram *ram, uint64_t pa, uint64_t length);

/* Nobody needs what [pa, pa + length), which is RAM, holds: the host gets back what memory it can, and those pages hold zeros. A page of which
 * the range has but a part, or that the host cannot take back, stays as it is. Returns the bytes that the host has got. */
uint64_t ram_discard(struct ram *ram, uint64_t pa, uint64_t length);

/* Notes the range, which is RAM, in `written`, which must be there. */
void ram_note_written(struct ram *ram, uint64_t pa, uint64_t length);

#endif
