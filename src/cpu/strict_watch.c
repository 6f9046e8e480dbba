/* SPDX-License-Identifier: MIT */
/* For whoever listens: stores to page tables. Each empties the harts' banks, so that the next access asks
 * strict mode, which then compares what it remembers with what the tables have become. A page that is written often and walked no more is let go. */
#include "cpu/strict_fence.h"

#include "cpu/strict_state.h"
#include "mmu/ram.h"
#include "mmu/tlb.h"

#define STORES_MAX 1024

void strict_watch_table(struct hart *h, const void *place)
{
    const struct strict_system *system = h->strict->system;
    uint64_t page = (uint64_t)((const uint8_t *)place - system->ram->host) >> PAGE_SHIFT;
    system->table_stores[page] = 0;
    if (system->ram->page_state[page] & RAM_PAGE_TABLE)
        return;
    system->ram->page_state[page] |= RAM_PAGE_TABLE;
    for (unsigned i = 0; i < system->hart_count; i++)
        tlb_drop_stores_to(system->harts[i].tlb, system->ram->host + (page << PAGE_SHIFT));
}

static void table_stored(const struct strict_system *system, uint64_t page)
{
    if (++system->table_stores[page] >= STORES_MAX || system->listener == NULL)
        system->ram->page_state[page] &= (uint8_t)~RAM_PAGE_TABLE;
    for (unsigned i = 0; i < system->hart_count; i++)
        mmu_flush_banks(&system->harts[i]);
}

void strict_stored(struct hart *h, uint64_t pa, unsigned size)
{
    struct strict_system *system = h->strict->system;
    uint64_t page = (pa - system->ram->base) >> PAGE_SHIFT;
    unsigned state = system->ram->page_state[page];
    if (state & RAM_PAGE_TABLE)
        table_stored(system, page);
    if (system->listener != NULL && system->listener->stored != NULL)
        system->listener->stored(system->listener->owner, h, pa, size);
}
