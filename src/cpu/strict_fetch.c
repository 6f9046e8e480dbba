/* SPDX-License-Identifier: MIT */
/* A page that code is fetched from is copied at that moment, as it is for all harts. While it is not written, RAM holds the
 * same and blocks are made from it as ever. The first store makes it stale: its blocks go, each hart executes what the
 * copy holds, one instruction after the other, until its own fence.i gives it a copy of what RAM holds then; once all harts
 * see what RAM holds the page is forgotten. norm:fence_i_op */
#include "cpu/strict_fetch.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/lazy_memory.h"
#include "cpu/block.h"
#include "cpu/strict_fence.h"
#include "cpu/strict_state.h"
#include "mmu/ram.h"
#include "mmu/tlb.h"

#define MAX_HARTS 64

struct strict_page {
    struct strict_page *next, **link; /* among all of them, and what points here */
    uint64_t number;
    uint64_t fenced; /* bit n: hart n has a copy of its own */
    uint8_t copy[1 + MAX_HARTS]
                [PAGE_BYTES]; /* as first fetched; and by hart. Only so many as there are harts are there. */
};

static size_t table_bytes(const struct ram *ram)
{
    return (ram->size >> PAGE_SHIFT) * sizeof(struct strict_page *);
}

static uint8_t *ram_page(const struct strict_system *system, uint64_t page)
{
    return system->ram->host + (page << PAGE_SHIFT);
}

static bool is_stale(const struct strict_system *system, uint64_t page)
{
    return system->ram->page_state[page] & RAM_PAGE_STALE;
}

static void went_stale(void *owner, uint64_t page)
{
    struct strict_system *system = owner;
    code_cache_drop_page(system->cache, page);
    for (unsigned i = 0; i < system->hart_count; i++)
        system->harts[i].look = true; /* whoever runs may be within one of its blocks */
}

static void forget(struct strict_system *system, uint64_t page)
{
    struct strict_page *noted = system->pages[page];
    if (noted == NULL)
        return;
    *noted->link = noted->next;
    if (noted->next != NULL)
        noted->next->link = noted->link;
    free(noted);
    system->pages[page] = NULL;
    system->ram->page_state[page] &= (uint8_t) ~(RAM_PAGE_CODE | RAM_PAGE_STALE);
}

void strict_fetch_forget(struct strict_system *system)
{
    if (system->pages == NULL)
        return;
    while (system->first_page != NULL)
        forget(system, system->first_page->number);
    system->ram->stale_count = 0;
    code_cache_flush(system->cache);
}

/* The page as it is now becomes what all harts fetch. Without memory for that it is an ordinary one. */
static struct strict_page *note(struct strict_system *system, uint64_t page)
{
    struct strict_page *noted = system->pages[page];
    if (noted != NULL)
        return noted;
    noted = malloc(offsetof(struct strict_page, copy) + (1 + system->hart_count) * PAGE_BYTES);
    if (noted == NULL)
        return NULL;
    noted->next = system->first_page;
    noted->link = &system->first_page;
    if (noted->next != NULL)
        noted->next->link = &noted->next;
    system->first_page = noted;
    noted->number = page;
    noted->fenced = 0;
    memcpy(noted->copy[0], ram_page(system, page), PAGE_BYTES);
    system->pages[page] = noted;
    code_cache_mark(system->cache, system->ram->base + (page << PAGE_SHIFT));
    return noted;
}

static const uint8_t *seen_by(const struct strict_page *noted, unsigned hart)
{
    return noted->copy[noted->fenced >> hart & 1 ? 1 + hart : 0];
}

static uint64_t page_of(const struct strict_system *system, uint64_t pa)
{
    return (pa - system->ram->base) >> PAGE_SHIFT;
}

bool strict_fetches_from_ram(struct hart *h, uint64_t pa)
{
    struct strict_system *system = h->strict->system;
    if (system->pages == NULL)
        return true;
    uint64_t page = page_of(system, pa);
    return note(system, page) == NULL || !is_stale(system, page);
}

static COLD void tell(struct hart *h, uint64_t pa, uint16_t old, uint16_t now)
{
    const struct strict_listener *listener = h->strict->system->listener;
    struct strict_finding finding = {.kind = STRICT_USED_CODE,
                                     .type = ACCESS_FETCH,
                                     .va = h->pc,
                                     .had_worked = true,
                                     .pa = pa,
                                     .old_bits = old,
                                     .now_bits = now};
    if (listener != NULL)
        listener->found(listener->owner, h, &finding);
}

uint16_t strict_fetch(struct hart *h, uint64_t pa)
{
    struct strict_system *system = h->strict->system;
    uint64_t page = page_of(system, pa), offset = pa & (PAGE_BYTES - 1);
    uint16_t now, seen;
    memcpy(&now, ram_page(system, page) + offset, sizeof now);
    if (system->pages == NULL || note(system, page) == NULL || !is_stale(system, page))
        return now;
    memcpy(&seen, seen_by(system->pages[page], (unsigned)h->id) + offset, sizeof seen);
    if (seen != now)
        tell(h, pa, seen, now);
    return seen;
}

static bool all_see(const struct strict_system *system, const struct strict_page *noted, const uint8_t *now)
{
    for (unsigned i = 0; i < system->hart_count; i++)
        if (memcmp(seen_by(noted, i), now, PAGE_BYTES) != 0)
            return false;
    return true;
}

/* True: the page is as RAM has it for all harts, and forgotten. */
static bool fence_page(struct strict_system *system, unsigned hart, uint64_t page)
{
    struct strict_page *noted = system->pages[page];
    const uint8_t *now = ram_page(system, page);
    if (noted != NULL) {
        memcpy(noted->copy[1 + hart], now, PAGE_BYTES);
        noted->fenced |= BIT(hart);
    }
    bool done = noted == NULL || all_see(system, noted, now);
    if (done)
        forget(system, page);
    return done;
}

void strict_fence_i(struct hart *h)
{
    struct strict_system *system = h->strict->system;
    struct ram *ram = system->ram;
    if (system->pages == NULL) {
        code_cache_fence(system->cache);
        return;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < ram->stale_count; i++)
        if (!fence_page(system, (unsigned)h->id, ram->stale[i]))
            ram->stale[kept++] = ram->stale[i];
    ram->stale_count = kept;
    ram->fences++;
}

static void fence_all(void *owner)
{
    struct strict_system *system = owner;
    for (unsigned i = 0; i < system->hart_count; i++)
        strict_fence_i(&system->harts[i]);
}

bool strict_fetch_create(struct strict_system *system)
{
    if (!(system->options.traits & STRICT_BIT(stale_fetch)))
        return true;
    system->pages = lazy_alloc(table_bytes(system->ram));
    system->watcher = (struct ram_stale_watcher){system, went_stale, fence_all};
    system->ram->stale_watcher = &system->watcher;
    return system->pages != NULL;
}

void strict_fetch_destroy(struct strict_system *system)
{
    if (system->pages == NULL)
        return;
    strict_fetch_forget(system);
    system->ram->stale_watcher = NULL;
    lazy_free(system->pages, table_bytes(system->ram));
}
