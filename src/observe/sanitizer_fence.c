/* SPDX-License-Identifier: MIT */
/* Translations and code that are older than memory: which store made them so, and which fence was missing. A hart that uses
 * what it has changed itself has forgotten its fence. One that uses what another has changed may be about to hear of it (the
 * other's fence is under way), and one that faults may fence in its handler: they are told if no fence comes. */
#include <inttypes.h>
#include <stdio.h>

#include "mmu/tlb.h"
#include "observe/sanitizer_impl.h"

/* So many of a hart's own steps without a fence are enough; while code is patched other harts may be kept for longer. */
#define PATIENCE (UINT64_C(1) << 17)
#define PATIENCE_FOR_CODE (UINT64_C(1) << 20)

#define SBI_RFENCE 0x52464E43u
#define SBI_LEGACY_FENCE_I 5
#define SBI_LEGACY_SFENCE_VMA_ASID 7

static const char *const verbs[] = {[ACCESS_LOAD] = "load", [ACCESS_STORE] = "store", [ACCESS_FETCH] = "fetch"};

/* Whose fence it takes, by the stage whose entry is old. */
static const char *fence_of(const struct strict_finding *f)
{
    static const char *const fences[] = {[WALK_S] = "sfence.vma",
                                         [WALK_VS] = "sfence.vma in the guest (or hfence.vvma)",
                                         [WALK_G] = "hfence.gvma",
                                         [WALK_PMP] = "sfence.vma"};
    return f->kind == STRICT_USED_CODE ? "fence.i" : fences[f->stage];
}

/* The register whose write makes all that the stage has found old. */
static const char *csr_of(const struct strict_finding *f)
{
    static const char *const names[] = {
        [WALK_S] = "satp", [WALK_VS] = "vsatp", [WALK_G] = "hgatp", [WALK_PMP] = "a PMP register"};
    return names[f->stage];
}

static struct change later(struct change a, struct change b)
{
    return b.known && (!a.known || b.step > a.step) ? b : a;
}

static struct change change_of_entry(struct sanitizer *s, const struct hart *h, const struct walk_step *step)
{
    uint64_t pa = step->address;
    bool found = step->stage != WALK_VS || machine_translate(s->machine, h, SPACE_GUEST_PHYSICAL, pa, &pa);
    return found ? sanitizer_change(s, pa) : (struct change){.known = false};
}

/* What leads elsewhere now: the last store to an entry on the way, or the write of the register with the root. */
static struct change change_of_way(struct sanitizer *s, struct hart *h, const struct strict_finding *f)
{
    struct walk_trace trace;
    struct change change = s->hart[h->id].csr[f->stage];
    const struct tlb_bank *bank = f->type == ACCESS_FETCH ? h->code : h->data;
    walk_explain(h, &bank->context, f->va, f->type, &trace);
    for (unsigned i = 0; i < trace.count; i++)
        if (trace.step[i].stage == f->stage)
            change = later(change, change_of_entry(s, h, &trace.step[i]));
    return change;
}

/* The store, or the write of a CSR, that made it old. */
static struct change cause_of(struct sanitizer *s, struct hart *h, const struct strict_finding *f)
{
    if (f->kind == STRICT_USED_CODE)
        return sanitizer_change(s, f->pa);
    if (f->stage == WALK_PMP)
        return s->hart[h->id].csr[WALK_PMP];
    return f->old.address == f->now.address ? change_of_entry(s, h, &f->now) : change_of_way(s, h, f);
}

static bool is_csr(const struct change *change)
{
    return change->word < 4096;
}

static void say_change(struct sanitizer *s, const struct strict_finding *f, const struct change *cause)
{
    char at[SOURCE_BYTES];
    uint64_t now = machine_now_steps(s->machine);
    if (!cause->known)
        return;
    sanitizer_place(s, cause->pc, at);
    if (is_csr(cause))
        explain_line(s->e,
                     "%s was written with 0x%" PRIx64 " at pc %s on hart %u, step %" PRIu64 " (%" PRIu64 " before)",
                     csr_of(f), cause->value, at, (unsigned)cause->hart, cause->step, now - cause->step);
    else
        explain_line(s->e, "it was changed by the store at pc %s on hart %u, step %" PRIu64 " (%" PRIu64 " before)", at,
                     (unsigned)cause->hart, cause->step, now - cause->step);
}

/* The fence to add, and where. */
static void say_fence(struct sanitizer *s, const struct hart *h, const struct strict_finding *f,
                      const struct change *cause)
{
    char at[SOURCE_BYTES];
    const char *what = f->kind == STRICT_USED_CODE ? "instruction" : verbs[f->type];
    if (!cause->known) {
        explain_line(s->e, "missing: %s before this %s", fence_of(f), what);
        return;
    }
    sanitizer_place(s, cause->pc, at);
    bool other = cause->hart != h->id;
    char where[64] = "";
    if (other)
        snprintf(where, sizeof where, " on hart %u (by SBI's %s, or an interrupt)", (unsigned)h->id,
                 f->kind == STRICT_USED_CODE ? "remote_fence_i" : "remote_sfence_vma");
    explain_line(s->e, "missing: %s%s after the %s at %s%s, before this %s", fence_of(f), where,
                 is_csr(cause) ? "write" : "store", at, other ? " on its hart" : "", what);
}

static COLD void tell_code(struct sanitizer *s, const struct hart *h, const struct suspicion *use)
{
    const struct strict_finding *f = &use->finding;
    char at[SOURCE_BYTES];
    if (!sanitizer_begin(s, KIND_stale_code, h, use->pc, "pc %s in %s mode", sanitizer_place(s, use->pc, at),
                         explain_mode_name(h->priv, h->virt)))
        return;
    explain_line(s->e, "it fetched 0x%04" PRIx32 " from 0x%" PRIx64 ", where memory holds 0x%04" PRIx32 " by now",
                 f->old_bits, f->pa, f->now_bits);
    say_change(s, f, &use->change);
    say_fence(s, h, f, &use->change);
    explain_end(s->e, KIND_stale_code);
}

static void say_entry(struct sanitizer *s, const char *whose, const struct walk_step *step)
{
    char text[WALK_STEP_TEXT_BYTES];
    walk_step_text(step, text);
    explain_line(s->e, "%s: %s", whose, text);
}

static COLD void tell_translation(struct sanitizer *s, const struct hart *h, const struct suspicion *use)
{
    const struct strict_finding *f = &use->finding;
    char at[SOURCE_BYTES];
    if (!sanitizer_begin(s, KIND_stale_translation, h, use->pc, "%s at 0x%" PRIx64 " by pc %s%s", verbs[f->type], f->va,
                         sanitizer_place(s, use->pc, at),
                         f->had_worked ? "" : ", which faulted though it is allowed by now"))
        return;
    say_entry(s, "the hart remembers", &f->old);
    say_entry(s, "memory says now", &f->now);
    say_change(s, f, &use->change);
    say_fence(s, h, f, &use->change);
    explain_end(s->e, KIND_stale_translation);
}

static void tell(struct sanitizer *s, const struct hart *h, const struct suspicion *use)
{
    if (use->finding.kind == STRICT_USED_CODE)
        tell_code(s, h, use);
    else
        tell_translation(s, h, use);
}

/* Whether the hart that uses it can be blamed at once: it has changed it itself, or faults there again. */
static bool is_certain(const struct hart *h, const struct suspicion *use, const struct suspicion *doubt)
{
    const struct strict_finding *f = &use->finding, *before = &doubt->finding;
    if (f->had_worked)
        return use->change.known && use->change.hart == h->id;
    return doubt->open && !before->had_worked && doubt->pc == use->pc && before->va == f->va && before->type == f->type;
}

void sanitizer_found(void *owner, struct hart *h, const struct strict_finding *f)
{
    struct sanitizer *s = owner;
    struct hart_shadow *shadow = &s->hart[h->id];
    struct suspicion *doubt = f->kind == STRICT_USED_CODE ? &shadow->stale_code : &shadow->stale;
    struct suspicion use = {true, hart_steps(h), h->pc, *f, cause_of(s, h, f)};
    if (is_certain(h, &use, doubt))
        tell(s, h, &use);
    else if (!doubt->open)
        *doubt = use;
}

/* norm:pmp_sfence_required: an instruction below M mode whose accesses PMP may still judge as before. */
void sanitizer_pmp_used(struct sanitizer *s, struct hart *h, const struct observed_insn *insn)
{
    struct hart_shadow *shadow = &s->hart[h->id];
    const struct change *change = &shadow->csr[WALK_PMP];
    struct strict_finding pmp = {.kind = STRICT_USED_TRANSLATION, .stage = WALK_PMP, .type = ACCESS_FETCH};
    char at[SOURCE_BYTES];
    shadow->pmp_waits = false;
    if (!sanitizer_begin(s, KIND_stale_translation, h, change->pc, "pc %s in %s mode goes by PMP as it was",
                         sanitizer_place(s, insn->pc, at), explain_mode_name(insn->priv, insn->virt)))
        return;
    say_change(s, &pmp, change);
    say_fence(s, h, &pmp, change);
    explain_end(s->e, KIND_stale_translation);
}

/* Behind a fence pages may have other rights, too. */
static void fenced(struct hart_shadow *shadow, bool code)
{
    if (code)
        shadow->stale_code.open = false;
    else
        shadow->stale.open = shadow->pmp_waits = false;
    if (!code)
        sanitizer_code_forget(shadow);
}

void sanitizer_fenced(struct sanitizer *s, const struct hart *h, unsigned id)
{
    fenced(&s->hart[h->id], id == INSN_fence_i);
}

/* By an SBI call: the harts that it names. */
void sanitizer_fence_called(struct sanitizer *s, const struct hart *h)
{
    enum { A0 = 10, A1, A6 = 16, A7 };
    uint64_t eid = h->x[A7], fid = h->x[A6], mask = h->x[A0], base = h->x[A1];
    bool legacy = eid >= SBI_LEGACY_FENCE_I && eid <= SBI_LEGACY_SFENCE_VMA_ASID;
    if (eid != SBI_RFENCE && !legacy)
        return;
    bool all = legacy || base == UINT64_MAX;
    for (unsigned i = 0; i < machine_hart_count(s->machine); i++)
        if (all || (i - base < 64 && mask >> (i - base) & 1))
            fenced(&s->hart[i], legacy ? eid == SBI_LEGACY_FENCE_I : fid == 0);
}

static void look_at(struct sanitizer *s, struct hart *h, struct suspicion *doubt, uint64_t patience, bool over)
{
    if (LIKELY(!doubt->open) || (!over && hart_steps(h) - doubt->since < patience))
        return;
    doubt->open = false;
    tell(s, h, doubt);
}

void sanitizer_fence_look(struct sanitizer *s, struct hart *h, bool over)
{
    look_at(s, h, &s->hart[h->id].stale, PATIENCE, over);
    look_at(s, h, &s->hart[h->id].stale_code, PATIENCE_FOR_CODE, over);
}

bool sanitizer_fence_waits(const struct sanitizer *s)
{
    for (unsigned i = 0; i < machine_hart_count(s->machine); i++)
        if (s->hart[i].stale.open || s->hart[i].stale_code.open)
            return true;
    return false;
}
