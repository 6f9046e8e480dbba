/* SPDX-License-Identifier: MIT */
#include "mmu/strict_walk.h"

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/strict_state.h"
#include "mmu/context.h"
#include "mmu/pte.h"

void strict_begin(struct walk *w, uint64_t va)
{
    const struct strict *strict = w->h->strict;
    w->remembers = strict_is(strict, STRICT_stale_tlb);
    w->watches = w->remembers && strict->system->listener != NULL;
    w->va = va;
}

static struct strict_space space_of(const struct walk *w, const struct stage *s)
{
    uint16_t vmid = s->name == WALK_S ? 0 : (uint16_t)field_get(w->ctx->hgatp, HGATP_VMID);
    uint16_t asid = s->name == WALK_G ? 0 : (uint16_t)field_get(w->ctx->satp, SATP_ASID);
    return (struct strict_space){s->name, asid, vmid};
}

/* norm:sfence_vma_ordering_semantics: what is remembered may be any that was there since the fence. Where there is no room
 * for one more, all are dropped, and the banks must not know more. */
static void remember(struct walk *w, struct strict_space space, const struct pte *pte, uint64_t input)
{
    struct strict_entry entry = {
        .pte = pte->value,
        .address = pte->address,
        .space = space,
        .level = (uint8_t)pte->level,
        .global = pte->global,
    };
    if (!strict_tlb_add(&w->h->strict->tlb, &entry, input))
        mmu_flush_banks(w->h);
}

/* The walk has written A or D, or has found that the entry is another one: only memory counts for that, and what is remembered
 * follows. (Walks of the other stage came between: the entry may be elsewhere, or gone.) */
static void correct(struct walk *w, struct strict_space space, const struct pte *pte, uint64_t input,
                    enum walk_verdict verdict)
{
    struct strict_entry *known = strict_tlb_find(&w->h->strict->tlb, space, pte->level, input);
    if (known != NULL && verdict == WALK_CHANGED)
        strict_tlb_drop(&w->h->strict->tlb, known);
    else if (known != NULL)
        known->pte = pte->value;
}

enum walk_verdict strict_visit(struct walk *w, const struct stage *s, const struct request *req, struct pte *pte)
{
    struct strict_space space = space_of(w, s);
    const struct strict_entry *known = strict_tlb_find(&w->h->strict->tlb, space, pte->level, req->input);
    enum walk_verdict verdict = WALK_GRANTED;
    if (known != NULL) {
        *pte = (struct pte){known->pte, known->address, pte->level, known->global};
    } else {
        verdict = walk_read(w, s, pte);
        if (!walk_goes_on(verdict))
            return verdict;
        pte->global |= (pte->value & (PTE_V | PTE_G)) == (PTE_V | PTE_G);
        remember(w, space, pte, req->input);
    }
    verdict = walk_check(w, s, req, pte);
    if (verdict == WALK_CHANGED || verdict == WALK_LEAF_UPDATED)
        correct(w, space, pte, req->input, verdict);
    return verdict;
}

/* The last entry of the stage that the walk looked at. */
static struct walk_step last_step(const struct walk_trace *trace, enum walk_stage stage)
{
    for (unsigned i = trace->count; i-- > 0;)
        if (trace->step[i].stage == stage)
            return trace->step[i];
    return (struct walk_step){.stage = stage};
}

/* A cleared A bit alone is no difference: software that clears it to learn of the next access does not wait for all. */
static bool same(enum walk_verdict old, const struct mapped *to, enum walk_verdict now, const struct mapped *now_to)
{
    if (walk_goes_on(old) != walk_goes_on(now))
        return now == WALK_NOT_ACCESSED;
    return !walk_goes_on(old) || to->address == now_to->address;
}

void strict_compare(struct walk *w, const struct stage *s, const struct request *req, const struct pte *pte,
                    enum walk_verdict verdict, const struct mapped *out)
{
    struct walk_trace trace = {0};
    struct walk now = *w;
    now.trace = &trace;
    now.remembers = false;
    struct mapped now_to;
    enum walk_verdict now_verdict = walk_stage(&now, s, req, &now_to);
    if (same(verdict, out, now_verdict, &now_to))
        return;
    struct strict_finding finding = {
        .kind = STRICT_USED_TRANSLATION,
        .stage = s->name,
        .type = req->type,
        .va = w->va,
        .input = req->input,
        .had_worked = walk_goes_on(verdict),
        .old = {s->name, pte->level, pte->address, pte->value, verdict},
        .now = last_step(&trace, s->name),
    };
    const struct strict_listener *listener = w->h->strict->system->listener;
    listener->found(listener->owner, w->h, &finding);
}
