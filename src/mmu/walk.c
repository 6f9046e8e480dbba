/* SPDX-License-Identifier: MIT */
#include "mmu/walk.h"

#include <stdatomic.h>

#include "base/compiler.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "mmu/pmp.h"
#include "mmu/ram.h"

/* norm:Sv39_pte_sz and what Svnapot and Svpbmt add. */
#define PTE_V BIT(0)
#define PTE_R BIT(1)
#define PTE_W BIT(2)
#define PTE_X BIT(3)
#define PTE_U BIT(4)
#define PTE_A BIT(6)
#define PTE_D BIT(7)
#define PTE_PPN BITS(53, 10)
#define PTE_RESERVED BITS(60, 54)
#define PTE_PBMT BITS(62, 61)
#define PTE_N BIT(63)
#define PTE_BYTES 8

#define VPN_BITS 9
#define NAPOT_BITS 4     /* log2 of the pages in the one NAPOT size there is: 64 KiB */
#define NAPOT_PATTERN 8u /* what the low bits of its PPN hold */

/* One stage of translation. The second stage will be another instance, whose root is 4 times as wide. */
struct stage {
    unsigned levels;
    unsigned root_bits; /* by which the root's index is wider than the other tables' */
    uint64_t root_ppn;
    bool sign_extends; /* the input is a virtual address: the bits above repeat the top one; else they are 0 */
    bool adue;         /* hardware sets A and D */
    bool pbmte;
    bool napot;
};

/* Whose access it is and what it asks of the leaf. */
struct request {
    const struct mmu_context *ctx;
    enum access_type type;
    uint64_t va;
};

enum outcome { WALK_DONE, WALK_PAGE_FAULT, WALK_ACCESS_FAULT, WALK_AGAIN };

/* The tables' entry last read, and where it is. */
struct pte {
    uint64_t value;
    uint64_t pa;
    unsigned level;
};

/* The levels of a satp MODE; 0 for Bare and the reserved ones. */
static unsigned levels_of(unsigned mode)
{
    switch (mode) {
    case SATP_SV39: return 3;
    case SATP_SV48: return 4;
    case SATP_SV57: return 5;
    default: return 0;
    }
}

bool walk_mode_supported(const struct hart *h, unsigned mode)
{
    switch (mode) {
    case SATP_BARE: return true;
    case SATP_SV39: return hart_has(h, EXT_sv39);
    case SATP_SV48: return hart_has(h, EXT_sv48);
    case SATP_SV57: return hart_has(h, EXT_sv57);
    default: return false;
    }
}

static unsigned input_bits(const struct stage *s)
{
    return PAGE_SHIFT + VPN_BITS * s->levels + s->root_bits;
}

/* norm:Sv39_va_signext and its like */
static bool address_is_canonical(const struct stage *s, uint64_t va)
{
    unsigned bits = input_bits(s);
    return s->sign_extends ? (uint64_t)sign_extend(va, bits) == va : va >> bits == 0;
}

static uint64_t index_at(const struct stage *s, uint64_t va, unsigned level)
{
    unsigned bits = VPN_BITS + (level == s->levels - 1 ? s->root_bits : 0);
    return va >> (PAGE_SHIFT + VPN_BITS * level) & (BIT(bits) - 1);
}

/* A PTE's place in RAM if the walker may access it in this way, else NULL. norm:pmp_check_pagetable_access: as S-mode.
 * With two stages this is where the first one's tables go through the second. */
static _Atomic uint64_t *pte_at(struct hart *h, uint64_t pa, enum access_type type)
{
    if (!pmp_allows(h, pa, PTE_BYTES, type, PRIV_S))
        return NULL;
    return (_Atomic uint64_t *)(void *)ram_at(h->ram, pa, PTE_BYTES);
}

/* norm:Sv39_pte_future_rsv, norm:Sv39_pte_svpbmt_rsv, norm:Sv39_pte_svnapot_rsv: what makes any PTE invalid. */
static bool pte_is_valid(const struct stage *s, uint64_t pte)
{
    if (!(pte & PTE_V) || (pte & (PTE_R | PTE_W)) == PTE_W || (pte & PTE_RESERVED))
        return false;
    if ((pte & PTE_N) && !s->napot)
        return false;
    /* norm:Svpbmt_leaf_pte_pbmt_reserved_3_fault */
    uint64_t pbmt = field_get(pte, PTE_PBMT);
    return s->pbmte ? pbmt != 3 : pbmt == 0;
}

/* norm:Svpbmt_nonleaf_pte_pbmt_must_be_zero; A, D, U and N are reserved in pointers too. */
static bool pointer_is_valid(uint64_t pte)
{
    return !(pte & (PTE_A | PTE_D | PTE_U | PTE_N | PTE_PBMT));
}

/* norm:Sv39_superpage_align_fault, norm:Svnapot_reserved_encoding_fault */
static bool leaf_is_aligned(const struct pte *pte)
{
    uint64_t ppn = field_get(pte->value, PTE_PPN);
    if (pte->value & PTE_N)
        return pte->level == 0 && (ppn & (BIT(NAPOT_BITS) - 1)) == NAPOT_PATTERN;
    return is_aligned(ppn, BIT(VPN_BITS * pte->level));
}

/* norm:mstatus_sum_op: S-mode reaches U pages under SUM, and never to execute. */
static bool user_bit_allows(const struct request *req, uint64_t pte)
{
    if (req->ctx->priv == PRIV_U)
        return pte & PTE_U;
    return !(pte & PTE_U) || (req->ctx->sum && req->type != ACCESS_FETCH);
}

/* norm:mstatus_mxr_op, norm:load_page_fault_no_r, norm:store_page_fault_no_w, norm:fetch_page_fault_no_x */
static bool permission_allows(const struct request *req, uint64_t pte)
{
    if (req->type == ACCESS_STORE)
        return pte & PTE_W;
    if (req->type == ACCESS_FETCH || req->ctx->exec_read)
        return pte & PTE_X;
    return pte & (req->ctx->mxr ? PTE_R | PTE_X : PTE_R);
}

/* norm:Svadu_hw_update_a_d_bits, norm:svade_access_ad_bit_clear. WALK_AGAIN: the PTE has changed meanwhile. */
static enum outcome update_accessed(struct hart *h, const struct stage *s, const struct request *req, struct pte *pte)
{
    uint64_t want = pte->value | PTE_A | (req->type == ACCESS_STORE ? PTE_D : 0);
    if (want == pte->value)
        return WALK_DONE;
    if (!s->adue)
        return WALK_PAGE_FAULT;
    _Atomic uint64_t *place = pte_at(h, pte->pa, ACCESS_STORE);
    if (place == NULL)
        return WALK_ACCESS_FAULT;
    uint64_t seen = pte->value;
    if (!atomic_compare_exchange_strong(place, &seen, want))
        return WALK_AGAIN;
    pte->value = want;
    ram_wrote(h->ram, pte->pa, PTE_BYTES);
    return WALK_DONE;
}

static enum outcome check_leaf(struct hart *h, const struct stage *s, const struct request *req, struct pte *pte)
{
    if (!leaf_is_aligned(pte) || !user_bit_allows(req, pte->value) || !permission_allows(req, pte->value))
        return WALK_PAGE_FAULT;
    return update_accessed(h, s, req, pte);
}

/* Reads the PTE of one level and decides what it is. WALK_AGAIN: a pointer to the next level, in *table. */
static enum outcome read_level(struct hart *h, const struct stage *s, const struct request *req, uint64_t *table,
                               struct pte *pte)
{
    pte->pa = *table + PTE_BYTES * index_at(s, req->va, pte->level);
    _Atomic uint64_t *place = pte_at(h, pte->pa, ACCESS_LOAD);
    if (place == NULL)
        return WALK_ACCESS_FAULT;
    pte->value = atomic_load_explicit(place, memory_order_relaxed);
    if (!pte_is_valid(s, pte->value))
        return WALK_PAGE_FAULT;
    if (pte->value & (PTE_R | PTE_X))
        return WALK_DONE;
    if (!pointer_is_valid(pte->value) || pte->level == 0)
        return WALK_PAGE_FAULT;
    *table = field_get(pte->value, PTE_PPN) << PAGE_SHIFT;
    return WALK_AGAIN;
}

/* norm:Sv39_LEVELS: the algorithm of the manual's translation process, steps 2 to 9. */
static enum outcome walk(struct hart *h, const struct stage *s, const struct request *req, struct pte *pte)
{
    uint64_t table = s->root_ppn << PAGE_SHIFT;
    pte->level = s->levels - 1;
    enum outcome found = WALK_AGAIN;
    while (found == WALK_AGAIN) {
        found = read_level(h, s, req, &table, pte);
        if (found == WALK_AGAIN)
            pte->level--;
        if (found == WALK_DONE)
            found = check_leaf(h, s, req, pte); /* may ask to read this level once more */
    }
    return found;
}

/* norm:Svnapot_implicit_read_ppn_subst: below the mapping's size the bits are the input's. */
static struct translation translated(const struct pte *pte, uint64_t va)
{
    unsigned bits = PAGE_SHIFT + (pte->value & PTE_N ? NAPOT_BITS : VPN_BITS * pte->level);
    uint64_t offset = BIT(bits) - 1, pa = field_get(pte->value, PTE_PPN) << PAGE_SHIFT;
    pa = (pa & ~offset) | (va & offset);
    return (struct translation){.pa = pa, .gpa = pa, .page_bits = bits};
}

static unsigned cause_of(enum outcome outcome, enum access_type type)
{
    static const uint8_t page_fault[] = {
        [ACCESS_LOAD] = CAUSE_load_page_fault,
        [ACCESS_STORE] = CAUSE_store_page_fault,
        [ACCESS_FETCH] = CAUSE_instruction_page_fault,
    };
    static const uint8_t access_fault[] = {
        [ACCESS_LOAD] = CAUSE_load_access_fault,
        [ACCESS_STORE] = CAUSE_store_access_fault,
        [ACCESS_FETCH] = CAUSE_instruction_access_fault,
    };
    return (outcome == WALK_PAGE_FAULT ? page_fault : access_fault)[type];
}

static bool fault(struct hart *h, const struct request *req, enum outcome outcome)
{
    hart_raise(h, cause_of(outcome, req->type), req->va);
    h->trap.gva = req->ctx->virt;
    return false;
}

static struct stage first_stage(const struct hart *h, uint64_t atp)
{
    return (struct stage){
        .levels = levels_of((unsigned)field_get(atp, SATP_MODE)),
        .root_ppn = field_get(atp, SATP_PPN),
        .sign_extends = true,
        .adue = h->csr.menvcfg & ENVCFG_ADUE,
        .pbmte = h->csr.menvcfg & ENVCFG_PBMTE,
        .napot = hart_has(h, EXT_svnapot),
    };
}

bool walk_translate(struct hart *h, const struct mmu_context *ctx, uint64_t va, enum access_type type,
                    struct translation *out)
{
    struct stage s = first_stage(h, ctx->satp);
    struct request req = {ctx, type, va};
    if (ctx->priv == PRIV_M || s.levels == 0) {
        *out = (struct translation){.pa = va, .gpa = va, .page_bits = 64};
        return true;
    }
    if (!address_is_canonical(&s, va))
        return fault(h, &req, WALK_PAGE_FAULT);
    struct pte pte;
    enum outcome outcome = walk(h, &s, &req, &pte);
    if (outcome != WALK_DONE)
        return fault(h, &req, outcome);
    *out = translated(&pte, va);
    return true;
}
