/* SPDX-License-Identifier: MIT */
/* Code in pages that may be written, too. In U mode it is told at the first instruction. A kernel may begin with one mapping
 * for all and tell code from data later, as Linux does: what it executes is told from when it first enters U mode, or when it
 * powers off if it never does. */
#include <inttypes.h>

#include "base/bits.h"
#include "mmu/context.h"
#include "mmu/pte.h"
#include "observe/sanitizer_impl.h"

/* The first stage's leaf for code at va; false: there is none, or nothing is translated. */
static bool leaf_of(struct hart *h, const struct mmu_context *ctx, uint64_t va, struct walk_step *leaf)
{
    struct walk_trace trace;
    bool found = false;
    if (pte_levels(ctx->satp) == 0)
        return false;
    walk_explain(h, ctx, va, ACCESS_FETCH, &trace);
    for (unsigned i = 0; i < trace.count; i++) {
        const struct walk_step *step = &trace.step[i];
        if (step->stage != (ctx->virt ? WALK_VS : WALK_S))
            continue;
        *leaf = *step;
        found = true;
    }
    return found;
}

static bool is_open(const struct walk_step *leaf)
{
    return (leaf->pte & (PTE_V | PTE_W | PTE_X)) == (PTE_V | PTE_W | PTE_X);
}

static COLD void tell(struct sanitizer *s, const struct hart *h, const struct open_code *code,
                      const struct walk_step *leaf)
{
    char at[SOURCE_BYTES], entry[WALK_STEP_TEXT_BYTES];
    if (!sanitizer_begin(s, KIND_writable_code, h, code->pc & ~(PAGE_BYTES - 1), "pc %s in %s mode",
                         sanitizer_place(s, code->pc, at), explain_mode_name(code->context.priv, code->context.virt)))
        return;
    walk_step_text(leaf, entry);
    explain_line(s->e, "%s, with W and X", entry);
    explain_line(s->e,
                 "missing: the W bit (0x4) of that entry has to go, or its X bit (0x8) where the page holds data");
    explain_end(s->e, KIND_writable_code);
}

void sanitizer_code_ends(struct sanitizer *s)
{
    struct open_code *code = &s->open_code;
    struct walk_step leaf;
    if (!code->open)
        return;
    struct hart *h = machine_hart(s->machine, code->hart);
    code->open = false;
    code->context.satp = code->context.virt ? h->csr.vsatp : h->csr.satp;
    if (leaf_of(h, &code->context, code->pc, &leaf) && is_open(&leaf))
        tell(s, h, code, &leaf);
}

static void enter_user(struct sanitizer *s)
{
    s->open_code.open = false;
    s->user_seen = true;
    for (unsigned i = 0; i < machine_hart_count(s->machine); i++)
        sanitizer_code_forget(&s->hart[i]);
}

static void look(struct sanitizer *s, struct hart *h, uint64_t pc)
{
    struct walk_step leaf;
    struct open_code code = {true, (unsigned)h->id, pc, mmu_code_context(h)};
    if (!leaf_of(h, &code.context, pc, &leaf) || !is_open(&leaf))
        return;
    if (s->user_seen)
        tell(s, h, &code, &leaf);
    else
        s->open_code = code;
}

void sanitizer_code_insn(struct sanitizer *s, struct hart *h, const struct observed_insn *insn)
{
    if (h->priv == PRIV_M || insn->priv != h->priv || insn->virt != h->virt)
        return;
    struct hart_shadow *shadow = &s->hart[h->id];
    uint64_t page = (insn->pc >> PAGE_SHIFT) + 1, satp = h->virt ? h->csr.vsatp : h->csr.satp;
    struct checked_page *checked = &shadow->checked[(page ^ satp >> 44) & (CODE_PAGES - 1)];
    if (LIKELY(checked->page == page && checked->satp == satp))
        return;
    if (h->priv == PRIV_U && !s->user_seen)
        enter_user(s);
    *checked = (struct checked_page){page, satp};
    look(s, h, insn->pc);
}

/* Behind a fence pages may have other rights. */
void sanitizer_code_forget(struct hart_shadow *shadow)
{
    for (unsigned i = 0; i < CODE_PAGES; i++)
        shadow->checked[i].page = 0;
}
