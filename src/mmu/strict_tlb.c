/* SPDX-License-Identifier: MIT */
#include "mmu/strict_tlb.h"

#include <string.h>

#include "base/bits.h"
#include "base/lazy_memory.h"
#include "mmu/context.h"
#include "mmu/pte.h"
#include "mmu/ram.h"

#define LEVELS 5
#define NAPOT_PAGES 16

bool strict_tlb_create(struct strict_tlb *tlb)
{
    *tlb = (struct strict_tlb){0};
    tlb->entries = lazy_alloc(STRICT_TLB_ENTRIES * sizeof *tlb->entries);
    tlb->buckets = lazy_alloc(STRICT_TLB_BUCKETS * sizeof *tlb->buckets);
    return tlb->entries != NULL && tlb->buckets != NULL;
}

void strict_tlb_destroy(struct strict_tlb *tlb)
{
    lazy_free(tlb->entries, STRICT_TLB_ENTRIES * sizeof *tlb->entries);
    lazy_free(tlb->buckets, STRICT_TLB_BUCKETS * sizeof *tlb->buckets);
    *tlb = (struct strict_tlb){0};
}

/* Entries of one bucket may differ in ASID and VMID: a fence for all of them finds them together. */
static unsigned bucket_of(enum walk_stage stage, unsigned level, uint64_t page)
{
    uint64_t mixed = (page ^ level << 2 ^ (unsigned)stage) * UINT64_C(0x9e3779b97f4a7c15);
    return (unsigned)(mixed >> 40) % STRICT_TLB_BUCKETS;
}

void strict_tlb_empty(struct strict_tlb *tlb)
{
    for (uint32_t i = 0; i < tlb->used; i++) {
        const struct strict_entry *entry = &tlb->entries[i];
        tlb->buckets[bucket_of(entry->space.stage, entry->level, entry->page)] = 0;
    }
    tlb->used = tlb->live = 0;
}

void strict_tlb_drop(struct strict_tlb *tlb, struct strict_entry *entry)
{
    entry->live = false;
    tlb->live--;
}

static uint64_t page_at(unsigned level, uint64_t input)
{
    return input >> (PAGE_SHIFT + VPN_BITS * level);
}

static bool is_for(const struct strict_entry *entry, struct strict_space space, unsigned level, uint64_t page)
{
    return entry->live && entry->page == page && entry->level == level && entry->space.stage == space.stage &&
           entry->space.vmid == space.vmid && (entry->global || entry->space.asid == space.asid);
}

struct strict_entry *strict_tlb_find(const struct strict_tlb *tlb, struct strict_space space, unsigned level,
                                     uint64_t input)
{
    uint64_t page = page_at(level, input);
    uint32_t at = tlb->buckets[bucket_of(space.stage, level, page)];
    while (at != 0 && !is_for(&tlb->entries[at - 1], space, level, page))
        at = tlb->entries[at - 1].next;
    return at == 0 ? NULL : &tlb->entries[at - 1];
}

/* A dead entry of the bucket, or a new one at its front. */
static struct strict_entry *take_place(struct strict_tlb *tlb, uint32_t *bucket)
{
    for (uint32_t at = *bucket; at != 0; at = tlb->entries[at - 1].next)
        if (!tlb->entries[at - 1].live)
            return &tlb->entries[at - 1];
    struct strict_entry *fresh = &tlb->entries[tlb->used++];
    fresh->next = *bucket;
    *bucket = tlb->used;
    return fresh;
}

bool strict_tlb_add(struct strict_tlb *tlb, const struct strict_entry *entry, uint64_t input)
{
    bool room = tlb->used < STRICT_TLB_ENTRIES;
    if (!room)
        strict_tlb_empty(tlb);
    uint64_t page = page_at(entry->level, input);
    struct strict_entry *place = take_place(tlb, &tlb->buckets[bucket_of(entry->space.stage, entry->level, page)]);
    uint32_t next = place->next;
    *place = *entry;
    place->page = page;
    place->live = true;
    place->next = next;
    tlb->live++;
    return room;
}

/* A fence in terms of entries. */
struct drop {
    enum walk_stage stage;
    bool one_vmid, one_asid;
    uint16_t vmid, asid;
    bool has_address;
};

/* norm:sfence_vma_asid_only, norm:sfence_vma_va_asid: global mappings stay; norm:sfence_vma_va_all_asid: pointers do. */
static bool is_named(const struct strict_entry *entry, const struct drop *drop)
{
    if (!entry->live || entry->space.stage != drop->stage)
        return false;
    if (drop->has_address && strict_tlb_is_pointer(entry->pte))
        return false;
    if (drop->one_vmid && entry->space.vmid != drop->vmid)
        return false;
    return !drop->one_asid || (!entry->global && entry->space.asid == drop->asid);
}

static void drop_page(struct strict_tlb *tlb, const struct drop *drop, unsigned level, uint64_t page, uint64_t mask)
{
    uint32_t at = tlb->buckets[bucket_of(drop->stage, level, page)];
    for (; at != 0; at = tlb->entries[at - 1].next) {
        struct strict_entry *entry = &tlb->entries[at - 1];
        if (entry->page == page && entry->level == level && (entry->pte & mask) == mask && is_named(entry, drop))
            strict_tlb_drop(tlb, entry);
    }
}

/* The leaves of any level that map the address; of a NAPOT range those of its other pages, too. */
static void drop_address(struct strict_tlb *tlb, const struct drop *drop, uint64_t address)
{
    for (unsigned level = 0; level < LEVELS; level++)
        drop_page(tlb, drop, level, page_at(level, address), 0);
    uint64_t first = align_down(page_at(0, address), NAPOT_PAGES);
    for (uint64_t page = first; page < first + NAPOT_PAGES; page++)
        drop_page(tlb, drop, 0, page, PTE_N);
}

static void drop_entries(struct strict_tlb *tlb, const struct drop *drop, uint64_t address)
{
    if (drop->has_address) {
        drop_address(tlb, drop, address);
        return;
    }
    for (uint32_t i = 0; i < tlb->used; i++)
        if (is_named(&tlb->entries[i], drop))
            strict_tlb_drop(tlb, &tlb->entries[i]);
    if (tlb->live == 0)
        strict_tlb_empty(tlb);
}

void strict_tlb_fence(struct strict_tlb *tlb, enum walk_stage stage, uint16_t vmid, const struct mmu_fence *fence)
{
    struct drop drop = {
        .stage = stage,
        .one_vmid = true,
        .vmid = vmid,
        .one_asid = fence->has_id,
        .asid = (uint16_t)(fence->id & field_get(SATP_ASID, SATP_ASID)),
        .has_address = fence->has_address,
    };
    drop_entries(tlb, &drop, fence->address);
}

void strict_tlb_fence_guest(struct strict_tlb *tlb, const struct mmu_fence *fence)
{
    struct drop drop = {
        .stage = WALK_G,
        .one_vmid = fence->has_id,
        .vmid = (uint16_t)(fence->id & field_get(HGATP_VMID, HGATP_VMID)),
        .has_address = fence->has_address,
    };
    drop_entries(tlb, &drop, fence->address);
}
