/* SPDX-License-Identifier: MIT */
/* Strict mode's address-translation cache: page-table entries of all levels as a hart has read them, valid or not, kept by
 * stage, ASID, VMID and the address they translate until a fence names them, whatever satp, vsatp and hgatp say meanwhile.
 *
 * The manual's cache holds the results of step 2 of the translation process, of which each PTE read is one; it permits
 * entries whose V is clear, and pointers (norm:sfence_vma_va_all_asid: a fence by address is for leaves alone). */
#ifndef MICROVM_MMU_STRICT_TLB_H
#define MICROVM_MMU_STRICT_TLB_H

#include "mmu/pte.h"
#include "mmu/walk.h"

struct mmu_fence;

/* When so many entries are there and another is to come, all are dropped. */
#define STRICT_TLB_ENTRIES 32768
#define STRICT_TLB_BUCKETS 16384

/* Which address space. What does not count at a stage is 0. */
struct strict_space {
    enum walk_stage stage;
    uint16_t asid;
    uint16_t vmid;
};

struct strict_entry {
    uint64_t page; /* the input without the bits below what the level's entries map */
    uint64_t pte;
    uint64_t address; /* of the entry */
    struct strict_space space;
    uint8_t level;
    bool global;
    bool live;
    uint32_t next; /* in its bucket: index + 1 */
};

struct strict_tlb {
    struct strict_entry *entries; /* in lazily backed memory, as the buckets */
    uint32_t *buckets;            /* index + 1 */
    uint32_t used;                /* places that were ever taken, the dead ones included */
    uint32_t live;
};

bool strict_tlb_create(struct strict_tlb *tlb);
void strict_tlb_destroy(struct strict_tlb *tlb);
void strict_tlb_empty(struct strict_tlb *tlb);

static inline bool strict_tlb_is_pointer(uint64_t pte)
{
    return (pte & (PTE_V | PTE_R | PTE_W | PTE_X)) == PTE_V;
}

/* The entry of this level for an input; NULL: none is remembered. Good until the next call that adds. */
struct strict_entry *strict_tlb_find(const struct strict_tlb *tlb, struct strict_space space, unsigned level,
                                     uint64_t input);

/* Remembers one that is not there yet. False: there was no room, and everything was dropped before. */
bool strict_tlb_add(struct strict_tlb *tlb, const struct strict_entry *entry, uint64_t input);

void strict_tlb_drop(struct strict_tlb *tlb, struct strict_entry *entry);

/* SFENCE.VMA with V=0 (VMID 0), HFENCE.VVMA; HFENCE.GVMA. What the fence does not name stays. */
void strict_tlb_fence(struct strict_tlb *tlb, enum walk_stage stage, uint16_t vmid, const struct mmu_fence *fence);
void strict_tlb_fence_guest(struct strict_tlb *tlb, const struct mmu_fence *fence);

#endif
