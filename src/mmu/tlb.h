/* SPDX-License-Identifier: MIT */
/* Cached translations, in banks by context. The layout of a bank is open because the engine's handlers index it.
 *
 * An entry is a tag and what to add to a guest virtual address to get the host's. Load, store and fetch have arrays of
 * their own, so that permission is presence. A tag that is not page-aligned never matches: the slow path then decides
 * (devices, pages with translated code, watched pages, D not yet set). */
#ifndef MICROVM_MMU_TLB_H
#define MICROVM_MMU_TLB_H

#include <stddef.h>

#include "mmu/ram.h"
#include "mmu/walk.h"

#define TLB_ENTRIES 1024
#define TLB_VICTIMS 256
#define TLB_BANKS                                                                                                      \
    64 /* a hypervisor's guests with a few address spaces each, three banks (U, S, S under SUM) to a space */
#define TLB_CONTEXT_SLOTS 256
#define GUEST_TABLES 256
#define GUEST_PAGE_BITS 16384
#define JUMP_ENTRIES 4096
#define TLB_NO_TAG UINT64_MAX

struct block;

struct tlb_entry {
    uint64_t tag;
    uint64_t addend;
};

/* An entry whose place another one took, good for one generation. */
struct tlb_victim {
    struct tlb_entry entry;
    uint64_t generation;
};

/* Which slots of an array are in use, so that emptying it costs what filling it cost. */
struct tlb_log {
    uint16_t count;
    uint16_t slot[JUMP_ENTRIES];
};

/* A last-level page table found by its walk, good for one generation. */
struct table_slot {
    uint64_t key; /* the input address without the bits that the table maps */
    uint64_t generation;
    const _Atomic uint64_t *table;
};

#define TABLE_SLOTS 64

struct tlb_bank {
    struct tlb_entry entry[3][TLB_ENTRIES]; /* by enum access_type */
    const struct block *jump[JUMP_ENTRIES]; /* blocks by virtual pc */
    struct mmu_context context;
    uint64_t last_used;
    uint64_t large_low, large_high;         /* the range that holds all pages larger than 4 KiB among the entries */
    uint64_t code_pages[JUMP_ENTRIES / 64]; /* hashed set of the pages that `jump` speaks of */
    struct tlb_log log[3];
    struct tlb_log jump_log;
    /* Of two-stage translation: the hashed set of guest physical pages that entries lead through, and the range that holds
     * all second-stage leaves larger than 4 KiB. */
    uint64_t guest_pages[GUEST_PAGE_BITS / 64];
    uint64_t guest_low, guest_high;
    struct tlb_victim victim[3][TLB_VICTIMS]; /* as entry */
    uint64_t victim_generation[3];            /* never 0 */
    struct table_slot tables[2][TABLE_SLOTS]; /* by stage */
    uint64_t tables_generation;               /* never 0 */
};

/* A page of first-stage tables, as the second stage places it. */
struct guest_table {
    uint64_t hgatp;
    uint64_t gpa;  /* of the page */
    uint8_t *host; /* NULL: none */
};

/* A hart's banks. */
struct tlb {
    struct tlb_bank *banks;          /* TLB_BANKS of them, in lazily backed memory */
    unsigned used;                   /* banks that have a context */
    uint64_t clock;                  /* for the choice of the bank to give up */
    uint8_t slot[TLB_CONTEXT_SLOTS]; /* the bank last found for a context, by its hash */
    bool has_guest_tables;
    struct guest_table guest_table[GUEST_TABLES];
};

bool tlb_create(struct tlb *tlb);
void tlb_destroy(struct tlb *tlb);

/* The bank for ctx: the one it had, or the least recently used one, emptied. Who holds a bank over a later call keeps it
 * from being the one by tlb_keep. */
struct tlb_bank *tlb_bank_for(struct tlb *tlb, const struct mmu_context *ctx);

static inline void tlb_keep(struct tlb *tlb, struct tlb_bank *bank)
{
    bank->last_used = ++tlb->clock;
}

void tlb_fill(struct tlb_bank *bank, enum access_type type, uint64_t va, const uint8_t *host_page, unsigned page_bits);

/* Puts the entry for the page of va back if it is among the victims. */
bool tlb_restore(struct tlb_bank *bank, enum access_type type, uint64_t va);

/* With an entry just filled through two stages: the guest physical address, and log2 of the range its leaf maps. */
void tlb_note_guest(struct tlb_bank *bank, uint64_t gpa, unsigned guest_bits);

void tlb_fill_jump(struct tlb_bank *bank, uint64_t pc, const struct block *block);

void tlb_empty(struct tlb_bank *bank);

/* Drops what the bank holds for va, larger pages that may cover it included. */
void tlb_drop_address(struct tlb_bank *bank, uint64_t va);

/* Drops what the bank holds for a guest physical address: all of it, if there is anything. */
void tlb_drop_guest(struct tlb_bank *bank, uint64_t gpa);

/* The host address of gpa in a page of first-stage tables that was read before, or NULL. */
uint8_t *tlb_guest_table(const struct tlb *tlb, uint64_t hgatp, uint64_t gpa);
void tlb_fill_guest_table(struct tlb *tlb, uint64_t hgatp, uint64_t gpa, uint8_t *host);
void tlb_forget_guest_tables(struct tlb *tlb);

/* Drops every store entry that leads to the host page: it is to be written by the slow path from now on. */
void tlb_drop_stores_to(struct tlb *tlb, const uint8_t *host_page);

static inline struct table_slot *tlb_table_slot(struct table_slot *tables, uint64_t input)
{
    return &tables[input >> (PAGE_SHIFT + 9) & (TABLE_SLOTS - 1)];
}

/* For inspection: the virtual page of the n-th slot (below TLB_ENTRIES) and where the host has it. False: the slot is empty. */
bool tlb_slot_peek(const struct tlb_bank *bank, enum access_type type, unsigned n, uint64_t *va, const uint8_t **host);

/* The slot of the page of va. */
static inline const struct tlb_entry *tlb_slot(const struct tlb_bank *bank, enum access_type type, uint64_t va)
{
    size_t offset = (va >> (PAGE_SHIFT - 4)) & ((TLB_ENTRIES - 1) << 4);
    return (const struct tlb_entry *)((const char *)bank->entry[type] + offset);
}

/* The host address for [va, va + size), or NULL: not cached, or not within one page. */
static inline uint8_t *tlb_lookup(const struct tlb_bank *bank, enum access_type type, uint64_t va, unsigned size)
{
    const struct tlb_entry *entry = tlb_slot(bank, type, va);
    return entry->tag == ((va + size - 1) & ~(PAGE_BYTES - 1)) ? (uint8_t *)(va + entry->addend) : NULL;
}

static inline unsigned jump_slot(uint64_t pc)
{
    return (unsigned)(pc >> 1 ^ pc >> 13) & (JUMP_ENTRIES - 1);
}

#endif
