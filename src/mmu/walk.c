/* SPDX-License-Identifier: MIT */
#include "mmu/walk.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/compiler.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "mmu/pmp.h"
#include "mmu/pte.h"
#include "mmu/ram.h"
#include "mmu/tlb.h"

#define NAPOT_BITS 4     /* log2 of the pages in the one NAPOT size there is: 64 KiB */
#define NAPOT_PATTERN 8u /* what the low bits of its PPN hold */

/* norm:H_trap_xtinst_guestpage, norm:H_trap_xtinst_guestpage_rw */
#define TINST_TABLE_READ 0x3000
#define TINST_TABLE_WRITE 0x3020

/* One stage of translation. */
struct stage {
    enum walk_stage name;
    unsigned levels;    /* 0: bare, the output is the input */
    unsigned root_bits; /* by which the root's index is wider than the other tables' */
    uint64_t root_ppn;
    bool sign_extends; /* the input is a virtual address: the bits above repeat the top one; else they are 0 */
    bool adue;         /* hardware sets A and D */
    bool pbmte;
    bool napot;
};

/* What an access asks of a stage. */
struct request {
    uint64_t input; /* virtual or guest physical address */
    enum access_type type;
    bool user;
    bool sum;
    bool mxr;
    bool exec_read;
};

/* One access on its way through the stages. */
struct walk {
    struct hart *h;
    const struct mmu_context *ctx;
    struct stage first;
    struct stage second;      /* only where ctx->virt */
    struct walk_trace *trace; /* NULL: nobody looks on, and the tables may be changed */
    /* Of a guest page fault. */
    bool guest_fault;
    uint64_t gpa;
    uint64_t tinst;
};

/* The entry last read, and where it is. */
struct pte {
    uint64_t value;
    uint64_t address;
    unsigned level;
};

/* What a stage made of an address. */
struct mapped {
    uint64_t address;
    unsigned bits; /* log2 of the range that the leaf maps */
};

enum effect { EFFECT_ON, EFFECT_PAGE, EFFECT_ACCESS };

static const struct {
    uint8_t effect;
    const char *text;
} verdicts[] = {
#define VERDICT(id, effect, text) {EFFECT_##effect, text},
#include "mmu/verdict.def"
#undef VERDICT
};

static bool goes_on(enum walk_verdict verdict)
{
    return verdicts[verdict].effect == EFFECT_ON;
}

static COLD void write_down(struct walk_trace *trace, struct walk_step step)
{
    if (trace->count < WALK_STEPS_MAX)
        trace->step[trace->count++] = step;
}

/* Tells the onlooker, if there is one, and returns the verdict. */
static enum walk_verdict say(const struct walk *w, const struct stage *s, const struct pte *pte,
                             enum walk_verdict verdict)
{
    if (UNLIKELY(w->trace != NULL))
        write_down(w->trace, (struct walk_step){s->name, pte->level, pte->address, pte->value, verdict});
    return verdict;
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

/* norm:Sv39_va_signext, norm:hgatp_mode_sv39x4 and their like */
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

static enum walk_verdict translate(struct walk *w, const struct stage *s, const struct request *req,
                                   struct mapped *out);

/* A first-stage table's place in guest physical memory, found by the second stage. norm:H_vm_gpapriv: a load or store of its
 * own, at user level; MXR is for explicit loads. */
static enum walk_verdict through_guest(struct walk *w, uint64_t gpa, enum access_type type, uint64_t *pa)
{
    struct request req = {.input = gpa, .type = type, .user = true};
    struct mapped at;
    enum walk_verdict verdict = translate(w, &w->second, &req, &at);
    *pa = at.address;
    if (goes_on(verdict) || verdicts[verdict].effect == EFFECT_ACCESS)
        return verdict;
    w->guest_fault = true;
    w->gpa = gpa;
    w->tinst = type == ACCESS_STORE ? TINST_TABLE_WRITE : TINST_TABLE_READ;
    return verdict;
}

/* A PTE's place in RAM if the walker may access it in this way. norm:pmp_check_pagetable_access: as S-mode. */
static enum walk_verdict pte_in_ram(struct hart *h, uint64_t pa, enum access_type type, _Atomic uint64_t **place)
{
    if (!pmp_allows(h, pa, PTE_BYTES, type, PRIV_S))
        return WALK_PMP_REFUSES;
    *place = (_Atomic uint64_t *)(void *)ram_at(h->ram, pa, PTE_BYTES);
    return *place == NULL ? WALK_NO_MEMORY : WALK_GRANTED;
}

/* A first-stage PTE for reading. Guest tables are few and read often, so their pages have a cache of their own, beside the
 * banks: the onlooker does not use it. */
static enum walk_verdict guest_pte_for_reading(struct walk *w, uint64_t gpa, _Atomic uint64_t **place)
{
    struct tlb *tlb = w->h->tlb;
    uint8_t *host = w->trace == NULL ? tlb_guest_table(tlb, w->ctx->hgatp, gpa) : NULL;
    if (LIKELY(host != NULL)) {
        *place = (_Atomic uint64_t *)(void *)host;
        return WALK_GRANTED;
    }
    uint64_t pa;
    enum walk_verdict verdict = through_guest(w, gpa, ACCESS_LOAD, &pa);
    if (!goes_on(verdict))
        return verdict;
    verdict = pte_in_ram(w->h, pa, ACCESS_LOAD, place);
    if (goes_on(verdict) && w->trace == NULL && pmp_page_uniform(w->h, pa))
        tlb_fill_guest_table(tlb, w->ctx->hgatp, gpa, (uint8_t *)*place);
    return verdict;
}

/* norm:H_vm_gstagetrans: what would bypass translation goes through the second stage alone. */
static enum walk_verdict pte_for_reading(struct walk *w, const struct stage *s, uint64_t address,
                                         _Atomic uint64_t **place)
{
    if (s->name == WALK_VS)
        return guest_pte_for_reading(w, address, place);
    return pte_in_ram(w->h, address, ACCESS_LOAD, place);
}

static enum walk_verdict pte_for_writing(struct walk *w, const struct stage *s, uint64_t address, uint64_t *pa,
                                         _Atomic uint64_t **place)
{
    *pa = address;
    if (s->name == WALK_VS) {
        enum walk_verdict verdict = through_guest(w, address, ACCESS_STORE, pa);
        if (!goes_on(verdict))
            return verdict;
    }
    return pte_in_ram(w->h, *pa, ACCESS_STORE, place);
}

/* norm:Sv39_pte_future_rsv, norm:Sv39_pte_svpbmt_rsv, norm:Sv39_pte_svnapot_rsv: what makes any PTE invalid.
 * norm:Svpbmt_leaf_pte_pbmt_reserved_3_fault. The G bit says nothing here: norm:H_vm_gpa_g. */
static bool reserved(const struct stage *s, uint64_t pte)
{
    if ((pte & (PTE_R | PTE_W)) == PTE_W || (pte & PTE_RESERVED) || ((pte & PTE_N) && !s->napot))
        return true;
    uint64_t pbmt = field_get(pte, PTE_PBMT);
    return s->pbmte ? pbmt == 3 : pbmt != 0;
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
    if (req->user)
        return pte & PTE_U;
    return !(pte & PTE_U) || (req->sum && req->type != ACCESS_FETCH);
}

/* norm:mstatus_mxr_op, norm:hlsv_u_op, norm:load_page_fault_no_r, norm:store_page_fault_no_w,
 * norm:fetch_page_fault_no_x */
static enum walk_verdict permission(const struct request *req, uint64_t pte)
{
    if (req->type == ACCESS_STORE)
        return pte & PTE_W ? WALK_LEAF : WALK_NOT_WRITABLE;
    if (req->type == ACCESS_FETCH || req->exec_read)
        return pte & PTE_X ? WALK_LEAF : WALK_NOT_EXECUTABLE;
    return pte & (req->mxr ? PTE_R | PTE_X : PTE_R) ? WALK_LEAF : WALK_NOT_READABLE;
}

/* norm:Svadu_hw_update_a_d_bits, norm:svade_access_ad_bit_clear */
static enum walk_verdict update_accessed(struct walk *w, const struct stage *s, const struct request *req,
                                         struct pte *pte)
{
    uint64_t want = pte->value | PTE_A | (req->type == ACCESS_STORE ? PTE_D : 0);
    if (want == pte->value)
        return WALK_LEAF;
    if (!s->adue)
        return pte->value & PTE_A ? WALK_NOT_DIRTY : WALK_NOT_ACCESSED;
    uint64_t pa, seen = pte->value;
    _Atomic uint64_t *place;
    enum walk_verdict verdict = pte_for_writing(w, s, pte->address, &pa, &place);
    if (!goes_on(verdict))
        return verdict;
    if (w->trace != NULL)
        return WALK_LEAF_UPDATED;
    ram_will_write(w->h->ram, pa, PTE_BYTES);
    if (!atomic_compare_exchange_strong(place, &seen, want))
        return WALK_CHANGED;
    pte->value = want;
    ram_wrote(w->h->ram, pa, PTE_BYTES);
    return WALK_LEAF_UPDATED;
}

static enum walk_verdict check_leaf(struct walk *w, const struct stage *s, const struct request *req, struct pte *pte)
{
    if (!leaf_is_aligned(pte))
        return WALK_MISALIGNED;
    if (!user_bit_allows(req, pte->value))
        return req->user ? WALK_NOT_USER : WALK_USER;
    enum walk_verdict verdict = permission(req, pte->value);
    return goes_on(verdict) ? update_accessed(w, s, req, pte) : verdict;
}

static enum walk_verdict check_pte(struct walk *w, const struct stage *s, const struct request *req, struct pte *pte)
{
    if (!(pte->value & PTE_V))
        return WALK_NOT_VALID;
    if (reserved(s, pte->value))
        return WALK_RESERVED;
    if (pte->value & (PTE_R | PTE_X))
        return check_leaf(w, s, req, pte);
    if (!pointer_is_valid(pte->value))
        return WALK_RESERVED;
    return pte->level == 0 ? WALK_NO_LEAF : WALK_POINTER;
}

/* Reads the entry of one level and decides what it is. */
static enum walk_verdict visit(struct walk *w, const struct stage *s, const struct request *req, uint64_t table,
                               struct pte *pte)
{
    _Atomic uint64_t *place;
    pte->address = table + PTE_BYTES * index_at(s, req->input, pte->level);
    pte->value = 0;
    enum walk_verdict verdict = pte_for_reading(w, s, pte->address, &place);
    if (goes_on(verdict)) {
        pte->value = atomic_load_explicit(place, memory_order_relaxed);
        verdict = check_pte(w, s, req, pte);
    }
    return say(w, s, pte, verdict);
}

/* norm:Svnapot_implicit_read_ppn_subst: below the mapping's size the bits are the input's. */
static struct mapped mapped_by(const struct pte *pte, uint64_t input)
{
    unsigned bits = PAGE_SHIFT + (pte->value & PTE_N ? NAPOT_BITS : VPN_BITS * pte->level);
    uint64_t offset = BIT(bits) - 1, base = field_get(pte->value, PTE_PPN) << PAGE_SHIFT;
    return (struct mapped){(base & ~offset) | (input & offset), bits};
}

/* norm:Sv39_LEVELS, norm:H_vm_gpatrans: the algorithm of the manual's translation process, for one stage. */
static enum walk_verdict translate(struct walk *w, const struct stage *s, const struct request *req, struct mapped *out)
{
    *out = (struct mapped){req->input, 64};
    if (s->levels == 0)
        return WALK_GRANTED;
    struct pte pte = {.level = s->levels - 1};
    if (!address_is_canonical(s, req->input))
        return say(w, s, &pte, WALK_OUTSIDE);
    uint64_t table = s->root_ppn << PAGE_SHIFT;
    enum walk_verdict verdict;
    for (;;) {
        verdict = visit(w, s, req, table, &pte);
        if (verdict != WALK_POINTER && verdict != WALK_CHANGED)
            break;
        if (verdict == WALK_CHANGED)
            continue;
        table = field_get(pte.value, PTE_PPN) << PAGE_SHIFT;
        pte.level--;
    }
    *out = mapped_by(&pte, req->input);
    return verdict;
}

static struct stage first_stage(const struct hart *h, const struct mmu_context *ctx)
{
    /* norm:menvcfg_adue_henvcfg_adue_rdonly0, norm:menvcfg_pbmte_henvcfg_pbmte_rdonly0 */
    uint64_t envcfg = ctx->virt ? h->csr.menvcfg & h->csr.henvcfg : h->csr.menvcfg;
    return (struct stage){
        .name = ctx->virt ? WALK_VS : WALK_S,
        .levels = pte_levels(ctx->satp),
        .root_ppn = field_get(ctx->satp, SATP_PPN),
        .sign_extends = true,
        .adue = envcfg & ENVCFG_ADUE,
        .pbmte = envcfg & ENVCFG_PBMTE,
        .napot = hart_has(h, EXT_svnapot),
    };
}

/* norm:hgatp_mode_x4; norm:hgatp_ppn_op: the root is aligned to its size. */
static struct stage second_stage(const struct hart *h, uint64_t hgatp)
{
    return (struct stage){
        .name = WALK_G,
        .levels = pte_levels(hgatp),
        .root_bits = GUEST_ROOT_BITS,
        .root_ppn = align_down(field_get(hgatp, HGATP_PPN), BIT(GUEST_ROOT_BITS)),
        .adue = h->csr.menvcfg & ENVCFG_ADUE,
        .pbmte = h->csr.menvcfg & ENVCFG_PBMTE,
        .napot = hart_has(h, EXT_svnapot),
    };
}

/* norm:H_vm_twostage: the guest physical address of the access itself becomes a supervisor physical one. */
static enum walk_verdict second_half(struct walk *w, enum access_type type, struct translation *out)
{
    const struct mmu_context *ctx = w->ctx;
    struct mapped at;
    /* norm:vsstatus_mxr_vm, norm:sstatus_mxr_vm */
    struct request req = {
        .input = out->gpa, .type = type, .user = true, .mxr = ctx->mxr_both, .exec_read = ctx->exec_read};
    enum walk_verdict verdict = translate(w, &w->second, &req, &at);
    out->pa = at.address;
    out->guest_bits = at.bits;
    if (verdicts[verdict].effect == EFFECT_PAGE) {
        w->guest_fault = true;
        w->gpa = out->gpa;
    }
    return verdict;
}

static enum walk_verdict walk(struct walk *w, uint64_t va, enum access_type type, struct translation *out)
{
    const struct mmu_context *ctx = w->ctx;
    *out = (struct translation){va, va, 64, 64};
    if (ctx->priv == PRIV_M)
        return WALK_GRANTED;
    struct request req = {
        va, type, .user = ctx->priv == PRIV_U, .sum = ctx->sum, .mxr = ctx->mxr, .exec_read = ctx->exec_read};
    struct mapped at;
    w->first = first_stage(w->h, ctx);
    if (ctx->virt)
        w->second = second_stage(w->h, ctx->hgatp);
    enum walk_verdict verdict = translate(w, &w->first, &req, &at);
    *out = (struct translation){at.address, at.address, at.bits, 64};
    return goes_on(verdict) && ctx->virt ? second_half(w, type, out) : verdict;
}

static unsigned cause_of(const struct walk *w, enum walk_verdict verdict, enum access_type type)
{
    static const uint8_t page_fault[] = {
        [ACCESS_LOAD] = CAUSE_load_page_fault,
        [ACCESS_STORE] = CAUSE_store_page_fault,
        [ACCESS_FETCH] = CAUSE_instruction_page_fault,
    };
    static const uint8_t guest_page_fault[] = {
        [ACCESS_LOAD] = CAUSE_load_guest_page_fault,
        [ACCESS_STORE] = CAUSE_store_guest_page_fault,
        [ACCESS_FETCH] = CAUSE_instruction_guest_page_fault,
    };
    static const uint8_t access_fault[] = {
        [ACCESS_LOAD] = CAUSE_load_access_fault,
        [ACCESS_STORE] = CAUSE_store_access_fault,
        [ACCESS_FETCH] = CAUSE_instruction_access_fault,
    };
    if (verdicts[verdict].effect == EFFECT_ACCESS)
        return access_fault[type];
    return (w->guest_fault ? guest_page_fault : page_fault)[type];
}

/* norm:htval_trapval, norm:mtval2_trapval_vstrans; norm:H_vm_gpapriv: always for the original access type. */
bool walk_translate(struct hart *h, const struct mmu_context *ctx, uint64_t va, enum access_type type,
                    struct translation *out)
{
    struct walk w = {.h = h, .ctx = ctx};
    enum walk_verdict verdict = walk(&w, va, type, out);
    if (goes_on(verdict))
        return true;
    hart_raise(h, cause_of(&w, verdict, type), va);
    h->trap.gva = ctx->virt;
    if (w.guest_fault) {
        h->trap.tval2 = w.gpa >> 2;
        h->trap.tinst = w.tinst;
    }
    return false;
}

bool walk_explain(struct hart *h, const struct mmu_context *ctx, uint64_t va, enum access_type type,
                  struct walk_trace *out)
{
    struct translation to;
    struct walk w = {.h = h, .ctx = ctx, .trace = out};
    out->count = 0;
    if (!goes_on(walk(&w, va, type, &to)))
        return false;
    bool granted = pmp_allows(h, to.pa, 1, type, ctx->priv) &&
                   (!ctx->exec_read || pmp_allows(h, to.pa, 1, ACCESS_FETCH, ctx->priv));
    write_down(out, (struct walk_step){WALK_PMP, 0, to.pa, 0, granted ? WALK_GRANTED : WALK_PMP_REFUSES});
    return granted;
}

void walk_step_text(const struct walk_step *step, char out[WALK_STEP_TEXT_BYTES])
{
    static const char *const names[] = {[WALK_S] = "S", [WALK_VS] = "VS", [WALK_G] = "G", [WALK_PMP] = "PMP"};
    const char *verdict = verdicts[step->verdict].text;
    if (step->stage == WALK_PMP)
        snprintf(out, WALK_STEP_TEXT_BYTES, "PMP at 0x%llx: %s", (unsigned long long)step->address, verdict);
    else
        snprintf(out, WALK_STEP_TEXT_BYTES, "%s level %u, entry at 0x%llx = 0x%llx: %s", names[step->stage],
                 step->level, (unsigned long long)step->address, (unsigned long long)step->pte, verdict);
}
