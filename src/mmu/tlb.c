/* SPDX-License-Identifier: MIT */
#include "mmu/tlb.h"

#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/lazy_memory.h"
#include "cpu/block.h"

bool tlb_create(struct tlb *tlb)
{
    *tlb = (struct tlb){.banks = lazy_alloc(TLB_BANKS * sizeof(struct tlb_bank))};
    return tlb->banks != NULL;
}

void tlb_destroy(struct tlb *tlb)
{
    lazy_free(tlb->banks, TLB_BANKS * sizeof(struct tlb_bank));
    *tlb = (struct tlb){0};
}

static void forget_ranges(struct tlb_bank *bank)
{
    bank->large_low = UINT64_MAX;
    bank->large_high = 0;
    memset(bank->code_pages, 0, sizeof bank->code_pages);
    if (bank->context.virt)
        memset(bank->guest_pages, 0, sizeof bank->guest_pages);
    bank->guest_low = UINT64_MAX;
    bank->guest_high = 0;
}

static void bank_open(struct tlb_bank *bank)
{
    memset(bank->entry, 0xff, sizeof bank->entry);
    for (unsigned i = 0; i < JUMP_ENTRIES; i++)
        bank->jump[i] = &block_none;
    forget_ranges(bank);
    bank->tables_generation = 1;
    for (unsigned type = 0; type < 3; type++)
        bank->victim_generation[type] = 1;
}

static void empty_jumps(struct tlb_bank *bank)
{
    for (unsigned i = 0; i < bank->jump_log.count; i++)
        bank->jump[bank->jump_log.slot[i]] = &block_none;
    bank->jump_log.count = 0;
    memset(bank->code_pages, 0, sizeof bank->code_pages);
}

static bool is_empty(const struct tlb_bank *bank)
{
    return (bank->log[0].count | bank->log[1].count | bank->log[2].count | bank->jump_log.count) == 0;
}

void tlb_empty(struct tlb_bank *bank)
{
    if (is_empty(bank))
        return;
    bank->tables_generation++;
    for (unsigned type = 0; type < 3; type++) {
        for (unsigned i = 0; i < bank->log[type].count; i++)
            bank->entry[type][bank->log[type].slot[i]].tag = TLB_NO_TAG;
        bank->log[type].count = 0;
        bank->victim_generation[type]++;
    }
    empty_jumps(bank);
    forget_ranges(bank);
}

static bool same_context(const struct mmu_context *a, const struct mmu_context *b)
{
    return a->satp == b->satp && a->hgatp == b->hgatp && a->priv == b->priv && a->virt == b->virt && a->sum == b->sum &&
           a->mxr == b->mxr && a->mxr_both == b->mxr_both && a->exec_read == b->exec_read;
}

static struct tlb_bank *bank_to_reuse(struct tlb *tlb)
{
    if (tlb->used < TLB_BANKS) {
        struct tlb_bank *fresh = &tlb->banks[tlb->used++];
        bank_open(fresh);
        return fresh;
    }
    struct tlb_bank *oldest = &tlb->banks[0];
    for (unsigned i = 1; i < TLB_BANKS; i++)
        if (tlb->banks[i].last_used < oldest->last_used)
            oldest = &tlb->banks[i];
    tlb_empty(oldest);
    return oldest;
}

static unsigned context_slot(const struct mmu_context *ctx)
{
    unsigned flags =
        ctx->priv | ctx->virt << 2 | ctx->sum << 3 | ctx->mxr << 4 | ctx->mxr_both << 5 | ctx->exec_read << 6;
    uint64_t mix = (ctx->satp * 3 ^ ctx->hgatp * 5 ^ (uint64_t)flags << 32) * UINT64_C(0x9e3779b97f4a7c15);
    return (unsigned)(mix >> 56) % TLB_CONTEXT_SLOTS;
}

static struct tlb_bank *find_bank(struct tlb *tlb, const struct mmu_context *ctx)
{
    for (unsigned i = 0; i < tlb->used; i++)
        if (same_context(&tlb->banks[i].context, ctx))
            return &tlb->banks[i];
    struct tlb_bank *bank = bank_to_reuse(tlb);
    bank->context = *ctx;
    return bank;
}

struct tlb_bank *tlb_bank_for(struct tlb *tlb, const struct mmu_context *ctx)
{
    uint8_t *slot = &tlb->slot[context_slot(ctx)];
    struct tlb_bank *bank = &tlb->banks[*slot];
    if (UNLIKELY(*slot >= tlb->used || !same_context(&bank->context, ctx))) {
        bank = find_bank(tlb, ctx);
        *slot = (uint8_t)(bank - tlb->banks);
    }
    tlb_keep(tlb, bank);
    return bank;
}

/* Pages that share a slot of the bank differ in the bits above it. */
static struct tlb_victim *victim_slot(struct tlb_bank *bank, enum access_type type, uint64_t va)
{
    uint64_t page = va >> PAGE_SHIFT;
    return &bank->victim[type][(page ^ page / TLB_ENTRIES) % TLB_VICTIMS];
}

/* Puts an entry in its slot; the one that was there becomes a victim. */
static void put(struct tlb_bank *bank, enum access_type type, struct tlb_entry entry)
{
    struct tlb_entry *at = (struct tlb_entry *)tlb_slot(bank, type, entry.tag);
    if (at->tag == TLB_NO_TAG)
        bank->log[type].slot[bank->log[type].count++] = (uint16_t)(at - bank->entry[type]);
    else if (at->tag != entry.tag && is_aligned(at->tag, PAGE_BYTES))
        *victim_slot(bank, type, at->tag) = (struct tlb_victim){*at, bank->victim_generation[type]};
    *at = entry;
}

bool tlb_restore(struct tlb_bank *bank, enum access_type type, uint64_t va)
{
    struct tlb_victim *victim = victim_slot(bank, type, va);
    if (victim->generation != bank->victim_generation[type] || victim->entry.tag != (va & ~(PAGE_BYTES - 1)))
        return false;
    struct tlb_entry entry = victim->entry;
    victim->generation = 0;
    put(bank, type, entry);
    return true;
}

void tlb_fill(struct tlb_bank *bank, enum access_type type, uint64_t va, const uint8_t *host_page, unsigned page_bits)
{
    uint64_t page = va & ~(PAGE_BYTES - 1);
    put(bank, type, (struct tlb_entry){page, (uint64_t)host_page - page});
    if (page_bits <= PAGE_SHIFT || page_bits >= 64)
        return;
    uint64_t low = align_down(va, BIT(page_bits)), high = low + (BIT(page_bits) - 1);
    bank->large_low = low < bank->large_low ? low : bank->large_low;
    bank->large_high = high > bank->large_high ? high : bank->large_high;
}

static unsigned guest_page_slot(uint64_t gpa)
{
    return (unsigned)(gpa >> PAGE_SHIFT ^ gpa >> 30) & (GUEST_PAGE_BITS - 1);
}

void tlb_note_guest(struct tlb_bank *bank, uint64_t gpa, unsigned guest_bits)
{
    if (guest_bits <= PAGE_SHIFT || guest_bits >= 64) {
        bank->guest_pages[guest_page_slot(gpa) / 64] |= BIT(guest_page_slot(gpa) % 64);
        return;
    }
    uint64_t low = align_down(gpa, BIT(guest_bits)), high = low + (BIT(guest_bits) - 1);
    bank->guest_low = low < bank->guest_low ? low : bank->guest_low;
    bank->guest_high = high > bank->guest_high ? high : bank->guest_high;
}

void tlb_drop_guest(struct tlb_bank *bank, uint64_t gpa)
{
    bool noted = bank->guest_pages[guest_page_slot(gpa) / 64] & BIT(guest_page_slot(gpa) % 64);
    if (noted || (gpa >= bank->guest_low && gpa <= bank->guest_high))
        tlb_empty(bank);
}

static unsigned guest_table_slot(uint64_t gpa)
{
    return (unsigned)(gpa >> PAGE_SHIFT) % GUEST_TABLES;
}

uint8_t *tlb_guest_table(const struct tlb *tlb, uint64_t hgatp, uint64_t gpa)
{
    const struct guest_table *table = &tlb->guest_table[guest_table_slot(gpa)];
    bool hit = table->host != NULL && table->hgatp == hgatp && table->gpa == align_down(gpa, PAGE_BYTES);
    return hit ? table->host + (gpa & (PAGE_BYTES - 1)) : NULL;
}

void tlb_fill_guest_table(struct tlb *tlb, uint64_t hgatp, uint64_t gpa, uint8_t *host)
{
    uint64_t offset = gpa & (PAGE_BYTES - 1);
    tlb->guest_table[guest_table_slot(gpa)] = (struct guest_table){hgatp, gpa - offset, host - offset};
    tlb->has_guest_tables = true;
}

void tlb_forget_guest_tables(struct tlb *tlb)
{
    for (unsigned i = 0; i < tlb->used; i++)
        if (tlb->banks[i].context.virt)
            tlb->banks[i].tables_generation++;
    if (!tlb->has_guest_tables)
        return;
    memset(tlb->guest_table, 0, sizeof tlb->guest_table);
    tlb->has_guest_tables = false;
}

/* The place of the page of pc in code_pages. */
static unsigned code_page_slot(uint64_t pc)
{
    return (unsigned)(pc >> PAGE_SHIFT) & (JUMP_ENTRIES - 1);
}

void tlb_fill_jump(struct tlb_bank *bank, uint64_t pc, const struct block *block)
{
    unsigned slot = jump_slot(pc), page = code_page_slot(pc);
    if (bank->jump[slot] == &block_none)
        bank->jump_log.slot[bank->jump_log.count++] = (uint16_t)slot;
    bank->jump[slot] = block;
    bank->code_pages[page / 64] |= BIT(page % 64);
}

void tlb_drop_address(struct tlb_bank *bank, uint64_t va)
{
    bank->tables_generation++;
    if (va >= bank->large_low && va <= bank->large_high) {
        tlb_empty(bank);
        return;
    }
    for (unsigned type = 0; type < 3; type++) {
        /* The slot stays in the log: a second entry there must not be logged twice, so leave a tag that never matches. */
        struct tlb_entry *entry = (struct tlb_entry *)tlb_slot(bank, type, va);
        if (entry->tag == (va & ~(PAGE_BYTES - 1)))
            entry->tag = TLB_NO_TAG - 1;
        if (victim_slot(bank, type, va)->entry.tag == (va & ~(PAGE_BYTES - 1)))
            victim_slot(bank, type, va)->generation = 0;
    }
    unsigned page = code_page_slot(va);
    if (bank->code_pages[page / 64] & BIT(page % 64))
        empty_jumps(bank);
}

void tlb_drop_stores_to(struct tlb *tlb, const uint8_t *host_page)
{
    for (unsigned b = 0; b < tlb->used; b++) {
        struct tlb_bank *bank = &tlb->banks[b];
        bank->victim_generation[ACCESS_STORE]++;
        for (unsigned i = 0; i < bank->log[ACCESS_STORE].count; i++) {
            struct tlb_entry *entry = &bank->entry[ACCESS_STORE][bank->log[ACCESS_STORE].slot[i]];
            if (entry->tag + entry->addend == (uint64_t)host_page)
                entry->tag = TLB_NO_TAG - 1;
        }
    }
}

bool tlb_slot_peek(const struct tlb_bank *bank, enum access_type type, unsigned n, uint64_t *va, const uint8_t **host)
{
    const struct tlb_entry *entry = &bank->entry[type][n];
    *va = entry->tag;
    *host = (const uint8_t *)(uintptr_t)(entry->tag + entry->addend);
    return is_aligned(entry->tag, PAGE_BYTES);
}
