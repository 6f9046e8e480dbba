/* SPDX-License-Identifier: MIT */
/* What walk.c says in full, for the cases that need no more than reading PTEs. The last level's tables are remembered, so that
 * the next page near by costs one read for each stage; fences forget them. */
#include "mmu/refill.h"

#include <stdatomic.h>

#include "base/compiler.h"
#include "cpu/debug.h"
#include "mmu/pte.h"
#include "mmu/tlb.h"

#define SPECIAL (PTE_RESERVED | PTE_PBMT | PTE_N)
#define TABLE_BITS (PAGE_SHIFT + VPN_BITS) /* of the range that one last-level table maps */

/* A stage, and what its leaf must look like: (pte & mask) == value. */
struct quick {
    struct tlb_bank *bank;
    struct table_slot *tables;
    unsigned levels;
    unsigned root_bits;
    bool sign_extends;
    bool through_guest; /* the tables' addresses are guest physical */
    uint64_t root_ppn;
    uint64_t mask, value;
};

struct quick_leaf {
    uint64_t address; /* of the byte asked for */
    unsigned bits;    /* log2 of the range that the leaf maps */
};

/* Permission, and A and D as they are to be after the access. W without R is reserved. */
static void want(struct quick *q, enum access_type type, bool user, bool any_user)
{
    static const uint64_t bits[] = {
        [ACCESS_LOAD] = PTE_R,
        [ACCESS_STORE] = PTE_R | PTE_W | PTE_D,
        [ACCESS_FETCH] = PTE_R | PTE_X,
    };
    q->value = PTE_V | PTE_A | bits[type] | (user ? PTE_U : 0);
    q->mask = SPECIAL | PTE_V | PTE_A | bits[type] | (any_user ? 0 : PTE_U);
}

/* A table's page on the host; NULL: not to be had quickly. */
static const _Atomic uint64_t *table_at(const struct hart *h, const struct quick *q, uint64_t ppn)
{
    uint64_t address = ppn << PAGE_SHIFT;
    if (q->through_guest)
        return (const _Atomic uint64_t *)(const void *)tlb_guest_table(h->tlb, q->bank->context.hgatp, address);
    return (const _Atomic uint64_t *)(const void *)ram_at(h->ram, address, PAGE_BYTES);
}

static bool is_canonical(const struct quick *q, uint64_t input)
{
    unsigned bits = PAGE_SHIFT + VPN_BITS * q->levels + q->root_bits;
    return q->sign_extends ? (uint64_t)sign_extend(input, bits) == input : input >> bits == 0;
}

static bool is_pointer(uint64_t pte)
{
    return (pte & (SPECIAL | PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D)) == PTE_V;
}

/* Judges a leaf. */
static bool take_leaf(const struct quick *q, uint64_t pte, unsigned level, uint64_t input, struct quick_leaf *out)
{
    unsigned bits = PAGE_SHIFT + VPN_BITS * level;
    uint64_t offset = BIT(bits) - 1, base = field_get(pte, PTE_PPN) << PAGE_SHIFT;
    if ((pte & q->mask) != q->value || (base & offset))
        return false;
    *out = (struct quick_leaf){base | (input & offset), bits};
    return true;
}

/* From the root down. */
static bool walk_down(const struct hart *h, const struct quick *q, uint64_t input, struct quick_leaf *out)
{
    if (!is_canonical(q, input))
        return false;
    uint64_t ppn = q->root_ppn;
    unsigned root_bits = q->root_bits;
    for (unsigned level = q->levels - 1;; level--, root_bits = 0) {
        uint64_t index = input >> (PAGE_SHIFT + VPN_BITS * level) & (BIT(VPN_BITS + root_bits) - 1);
        uint64_t within = index & (BIT(VPN_BITS) - 1);
        const _Atomic uint64_t *table = table_at(h, q, ppn + (index >> VPN_BITS));
        if (table == NULL)
            return false;
        uint64_t pte = atomic_load_explicit(&table[within], memory_order_relaxed);
        if (level == 0 || !is_pointer(pte)) {
            bool taken = take_leaf(q, pte, level, input, out);
            if (taken && level == 0)
                *tlb_table_slot(q->tables, input) =
                    (struct table_slot){input >> TABLE_BITS, q->bank->tables_generation, table};
            return taken;
        }
        ppn = field_get(pte, PTE_PPN);
    }
}

static bool translate(const struct hart *h, const struct quick *q, uint64_t input, struct quick_leaf *out)
{
    *out = (struct quick_leaf){input, 64};
    if (q->levels == 0)
        return true;
    const struct table_slot *slot = tlb_table_slot(q->tables, input);
    if (LIKELY(slot->key == input >> TABLE_BITS && slot->generation == q->bank->tables_generation)) {
        uint64_t index = input >> PAGE_SHIFT & (BIT(VPN_BITS) - 1);
        return take_leaf(q, atomic_load_explicit(&slot->table[index], memory_order_relaxed), 0, input, out);
    }
    return walk_down(h, q, input, out);
}

static bool first_stage(const struct hart *h, struct tlb_bank *bank, uint64_t va, enum access_type type,
                        struct quick_leaf *out)
{
    const struct mmu_context *ctx = &bank->context;
    struct quick q = {
        .bank = bank,
        .tables = bank->tables[0],
        .levels = pte_levels(ctx->satp),
        .sign_extends = true,
        .through_guest = ctx->virt,
        .root_ppn = field_get(ctx->satp, SATP_PPN),
    };
    want(&q, type, ctx->priv == PRIV_U, ctx->sum && type != ACCESS_FETCH);
    return translate(h, &q, va, out);
}

static bool second_stage(const struct hart *h, struct tlb_bank *bank, uint64_t gpa, enum access_type type,
                         struct quick_leaf *out)
{
    uint64_t hgatp = bank->context.hgatp;
    struct quick q = {
        .bank = bank,
        .tables = bank->tables[1],
        .levels = pte_levels(hgatp),
        .root_bits = GUEST_ROOT_BITS,
        .root_ppn = align_down(field_get(hgatp, HGATP_PPN), BIT(GUEST_ROOT_BITS)),
    };
    want(&q, type, true, false);
    return translate(h, &q, gpa, out);
}

bool mmu_refill(struct hart *h, struct tlb_bank *bank, uint64_t va, enum access_type type)
{
    const struct mmu_context *ctx = &bank->context;
    struct quick_leaf at = {va, 64}, guest;
    if (UNLIKELY(h->points != NULL) && debug_watches_page(h->points, type, va))
        return false;
    if (tlb_restore(bank, type, va))
        return true;
    bool open = h->pmp.ram_open || (ctx->priv == PRIV_M && h->pmp.count == 0);
    if (!open || ctx->exec_read || UNLIKELY(h->walks_told))
        return false;
    if (ctx->priv != PRIV_M && !first_stage(h, bank, va, type, &at))
        return false;
    guest = at;
    if (ctx->virt && !second_stage(h, bank, guest.address, type, &at))
        return false;
    uint8_t *page = ram_at(h->ram, align_down(at.address, PAGE_BYTES), PAGE_BYTES);
    if (page == NULL || (type == ACCESS_STORE && !ram_store_may_be_cached(h->ram, at.address)))
        return false;
    if (type == ACCESS_STORE)
        ram_will_write(h->ram, at.address, 1);
    tlb_fill(bank, type, va, page, guest.bits);
    if (ctx->virt)
        tlb_note_guest(bank, guest.address, at.bits);
    return true;
}
