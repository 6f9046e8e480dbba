/* SPDX-License-Identifier: MIT */
/* What strict mode remembers: shared by its files in cpu/ and mmu/, and by nobody else. */
#ifndef MICROVM_CPU_STRICT_STATE_H
#define MICROVM_CPU_STRICT_STATE_H

#include "cpu/strict.h"
#include "mmu/ram.h"
#include "mmu/strict_tlb.h"

/* A page of code that was written since it was fetched. */
struct strict_page;

struct strict_system {
    struct strict_options options;
    const struct strict_listener *listener;
    struct hart *harts;
    unsigned hart_count;
    struct ram *ram;
    struct code_cache *cache;
    struct strict_page *
        *pages; /* by number of the page of RAM, NULL where none was fetched from it; NULL: fetches see RAM */
    struct strict_page *first_page; /* of them */
    struct ram_stale_watcher watcher;
    uint16_t *table_stores; /* by number of the page: stores since it was last walked through */
};

/* A store since the hart's last fence. */
struct strict_store {
    uint64_t pa;
    uint8_t old[8], now[8]; /* the bytes before and after it */
    uint8_t size;
    bool held; /* taken back: RAM is as if it had not been made */
};

#define STRICT_STORES 64

struct strict {
    struct strict_system *system;
    struct strict_tlb tlb;
    uint64_t lr_steps;   /* by the hart, when it last executed LR */
    uint64_t pmp_fenced; /* the TLB banks' clock at the latest fence that made PMP's settings valid */
    bool pmp_waits;      /* they were changed since */
    struct strict_store stores[STRICT_STORES];
    unsigned store_count;
    bool holds; /* some of them back */
};

static inline bool strict_is(const struct strict *s, enum strict_trait trait)
{
    return s->system->options.traits >> trait & 1;
}

#endif
