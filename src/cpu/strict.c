/* SPDX-License-Identifier: MIT */
#include "cpu/strict.h"

#include <stdlib.h>

#include "base/compiler.h"
#include "base/lazy_memory.h"
#include "base/splitmix.h"
#include "cpu/block.h"
#include "cpu/strict_fence.h"
#include "cpu/strict_fetch.h"
#include "cpu/strict_state.h"
#include "mmu/pmp.h"
#include "mmu/tlb.h"

static size_t table_stores_bytes(const struct strict_system *system)
{
    return (system->ram->size >> PAGE_SHIFT) * sizeof *system->table_stores;
}

static bool make_hart(struct strict_system *system, struct hart *h)
{
    struct strict *strict = calloc(1, sizeof *strict);
    if (strict == NULL)
        return false;
    strict->system = system;
    h->strict = strict;
    hart_watch_accesses(h);
    return strict_tlb_create(&strict->tlb);
}

struct strict_system *strict_create(const struct strict_options *options, struct hart *harts, unsigned count,
                                    struct code_cache *cache)
{
    struct strict_system *system = calloc(1, sizeof *system);
    if (system == NULL)
        return NULL;
    *system = (struct strict_system){
        .options = *options, .harts = harts, .hart_count = count, .ram = harts[0].ram, .cache = cache};
    system->table_stores = lazy_alloc(table_stores_bytes(system));
    bool made = system->table_stores != NULL && strict_fetch_create(system);
    for (unsigned i = 0; made && i < count; i++)
        made = make_hart(system, &harts[i]);
    if (made)
        return system;
    strict_destroy(system);
    return NULL;
}

void strict_destroy(struct strict_system *system)
{
    if (system == NULL)
        return;
    for (unsigned i = 0; i < system->hart_count; i++) {
        struct strict *strict = system->harts[i].strict;
        if (strict != NULL)
            strict_tlb_destroy(&strict->tlb);
        free(strict);
        system->harts[i].strict = NULL;
    }
    strict_fetch_destroy(system);
    lazy_free(system->table_stores, table_stores_bytes(system));
    free(system);
}

void strict_listen(struct strict_system *system, const struct strict_listener *listener)
{
    system->listener = listener;
    strict_fetch_forget(system);
    for (unsigned i = 0; i < system->hart_count; i++)
        mmu_flush_banks(&system->harts[i]);
}

void strict_forget(struct strict_system *system)
{
    strict_pass_turn(system, NULL, NULL);
    strict_fetch_forget(system);
    for (unsigned i = 0; i < system->hart_count; i++) {
        struct hart *h = &system->harts[i];
        mmu_flush_all(h);
        h->strict->store_count = 0;
        h->strict->lr_steps = 0;
    }
}

bool strict_has(const struct hart *h, enum strict_trait trait)
{
    return h->strict != NULL && strict_is(h->strict, trait);
}

/* Of the steps between LR and SC in a constrained loop there are at most 14: norm:constrained_lrsc_loop_size,
 * norm:constrained_lrsc_instruction_set (no jumps back between the two). */
#define LRSC_STEPS_MAX 16
/* SC may fail in every second stretch of so many steps, in which a loop of 16 instructions comes round four times, and of
 * those in one of eight: norm:constrained_lrsc_forward_progress_sc holds, since what failed there succeeds behind it. */
#define STRETCH_STEPS 64
#define LOST_STRETCHES 8

void strict_reserved(struct hart *h)
{
    h->strict->lr_steps = hart_steps(h);
}

/* norm:unconstrained_lrsc_no_progress: what is no constrained loop may fail for ever. */
bool strict_loses_reservation(const struct hart *h)
{
    const struct strict *strict = h->strict;
    if (!strict_is(strict, STRICT_reservations))
        return false;
    uint64_t now = hart_steps(h), stretch = now / STRETCH_STEPS;
    if (now - strict->lr_steps >= LRSC_STEPS_MAX)
        return true;
    uint64_t dice = strict->system->options.seed ^ stretch ^ h->id << 56;
    return stretch % 2 == 0 && splitmix_below(&dice, LOST_STRETCHES) == 0;
}

void strict_fence_all(struct hart *h)
{
    strict_sfence(h, &(struct mmu_fence){0});
    strict_fence_i(h);
    strict_tlb_empty(&h->strict->tlb);
}

void strict_sfence(struct hart *h, const struct mmu_fence *fence)
{
    strict_tlb_fence(&h->strict->tlb, WALK_S, 0, fence);
    if (fence->has_address || fence->has_id)
        return;
    h->strict->pmp_fenced = h->tlb->clock;
    if (h->strict->pmp_waits) {
        h->strict->pmp_waits = false;
        pmp_update(h);
        mmu_flush_banks(h);
    }
}

void strict_hfence_vvma(struct hart *h, uint64_t vmid, const struct mmu_fence *fence)
{
    strict_tlb_fence(&h->strict->tlb, WALK_VS, (uint16_t)vmid, fence);
}

void strict_hfence_gvma(struct hart *h, const struct mmu_fence *fence)
{
    strict_tlb_fence_guest(&h->strict->tlb, fence);
}

/* A bank that was selected since the latest fence, for a mode that PMP binds: what it led to may be remembered. */
static bool has_run_below_m(const struct hart *h)
{
    for (unsigned i = 0; i < h->tlb->used; i++) {
        const struct tlb_bank *bank = &h->tlb->banks[i];
        if (bank->context.priv != PRIV_M && bank->last_used > h->strict->pmp_fenced)
            return true;
    }
    return false;
}

/* norm:pmp_sfence_required. Translations may be made early and for any address, and PMP's answers kept with them: once
 * something has run below M mode, any of them may be an old one. */
bool strict_delays_pmp(struct hart *h)
{
    if (!strict_is(h->strict, STRICT_stale_tlb))
        return false;
    h->strict->pmp_waits |= has_run_below_m(h);
    return h->strict->pmp_waits;
}
