/* SPDX-License-Identifier: MIT */
#include "cpu/trap.h"

#include "base/compiler.h"
#include "cpu/csr.h"
#include "cpu/observer.h"
#include "mmu/mmu.h"

/* A trap on its way into a mode. */
struct entry {
    uint64_t cause; /* as xcause shows it */
    uint64_t tval;
    uint64_t tval2;
    uint64_t tinst;
    bool gva;
};

/* Who handles a trap. */
enum handler { HANDLER_M, HANDLER_HS, HANDLER_VS };

/* The registers and fields of a handler's mode. */
struct handler_csrs {
    uint64_t *status, *epc, *cause, *tval;
    const uint64_t *tvec;
    uint64_t ie, pie, pp; /* fields of status */
    uint8_t priv;
};

ALWAYS_INLINE struct handler_csrs csrs_of(struct hart *h, enum handler handler)
{
    struct csr_state *c = &h->csr;
    switch (handler) {
    case HANDLER_M:
        return (struct handler_csrs){&c->mstatus, &c->mepc,     &c->mcause,  &c->mtval, &c->mtvec,
                                     MSTATUS_MIE, MSTATUS_MPIE, MSTATUS_MPP, PRIV_M};
    case HANDLER_HS:
        return (struct handler_csrs){&c->mstatus, &c->sepc,     &c->scause,  &c->stval, &c->stvec,
                                     MSTATUS_SIE, MSTATUS_SPIE, MSTATUS_SPP, PRIV_S};
    default:
        return (struct handler_csrs){&c->vsstatus, &c->vsepc,    &c->vscause, &c->vstval, &c->vstvec,
                                     MSTATUS_SIE,  MSTATUS_SPIE, MSTATUS_SPP, PRIV_S};
    }
}

/* norm:mtvec_mode_direct_op, norm:mtvec_mode_vectored_op */
static uint64_t vector(uint64_t tvec, uint64_t cause)
{
    uint64_t base = tvec & TVEC_BASE;
    bool vectored = (cause & CAUSE_INTERRUPT) && (tvec & TVEC_MODE) == TVEC_VECTORED;
    return vectored ? base + 4 * (cause & ~CAUSE_INTERRUPT) : base;
}

/* norm:H_trap_m_csrwrites, norm:H_trap_hs_csrwrites: what is told of a trap out of a guest. VS-mode is told nothing. */
ALWAYS_INLINE void note_guest(struct hart *h, enum handler handler, const struct entry *trap)
{
    struct csr_state *c = &h->csr;
    if (handler == HANDLER_M) {
        c->mstatus = field_set(c->mstatus, MSTATUS_MPV, h->virt);
        c->mstatus = field_set(c->mstatus, MSTATUS_GVA, trap->gva);
        c->mtval2 = trap->tval2;
        c->mtinst = trap->tinst;
    }
    if (handler == HANDLER_HS) {
        c->hstatus = field_set(c->hstatus, HSTATUS_SPV, h->virt);
        c->hstatus = field_set(c->hstatus, HSTATUS_GVA, trap->gva);
        if (h->virt)
            c->hstatus = field_set(c->hstatus, HSTATUS_SPVP, h->priv);
        c->htval = trap->tval2;
        c->htinst = trap->tinst;
    }
}

/* Changes the mode; FP and translation follow. */
static void set_mode(struct hart *h, unsigned priv, bool virt)
{
    bool changes_virt = h->virt != virt;
    h->priv = (uint8_t)priv;
    h->virt = virt;
    if (changes_virt)
        csr_fp_changed(h);
    mmu_context_changed(h);
}

/* norm:mstatus_xpie_xie_xpp_trap_op, norm:H_trap_vs_csrwrites. A trap breaks the reservation: the manual leaves it open, a
 * hart that a handler has used needs it so. */
ALWAYS_INLINE void enter_as(struct hart *h, enum handler handler, const struct entry *trap)
{
    struct handler_csrs to = csrs_of(h, handler);
    h->traps++;
    h->reservation.valid = false;
    uint64_t status = field_set(*to.status, to.pp, h->priv);
    status = field_set(status, to.pie, field_get(status, to.ie));
    *to.status = status & ~to.ie;
    *to.epc = h->pc;
    *to.cause = trap->cause;
    *to.tval = trap->tval;
    note_guest(h, handler, trap);
    h->pc = vector(*to.tvec, trap->cause);
    set_mode(h, to.priv, handler == HANDLER_VS);
}

/* One body, compiled for each handler. */
static void enter(struct hart *h, enum handler handler, const struct entry *trap)
{
    switch (handler) {
    case HANDLER_M: enter_as(h, HANDLER_M, trap); return;
    case HANDLER_HS: enter_as(h, HANDLER_HS, trap); return;
    default: enter_as(h, HANDLER_VS, trap);
    }
}

static bool is_ecall(uint64_t cause)
{
    return cause >= CAUSE_ecall_from_u && cause <= CAUSE_ecall_from_m;
}

/* The handler that the hart's own mode is. */
static enum handler own_handler(const struct hart *h)
{
    if (h->priv == PRIV_M)
        return HANDLER_M;
    return h->virt ? HANDLER_VS : HANDLER_HS;
}

static uint64_t own_satp(const struct hart *h)
{
    return h->virt ? h->csr.vsatp : h->csr.satp;
}

static uint64_t digest(const struct hart *h)
{
    uint64_t value = h->trap.cause ^ h->pc * 3 ^ h->trap.tval * 5;
    for (unsigned i = 1; i < 32; i++)
        value = (value ^ h->x[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return value;
}

/* A trap so many instructions after the latest is not blamed on that one's handler. */
#define HANDLER_INSTRUCTIONS 1000
#define HANDLER_BYTES 4096

/* True if this trap and the latest came from one place in the handler that serves them: it pushes registers onto a stack
 * outside memory, say. Each time the registers differ then. */
static bool traps_again_in_handler(struct hart *h)
{
    const struct trap_record *last = &h->watch.last;
    return h->priv != PRIV_U && last->pc == h->pc && last->cause == h->trap.cause && last->priv == h->priv &&
           h->pc - (*csrs_of(h, own_handler(h)).tvec & TVEC_BASE) < HANDLER_BYTES;
}

/* True if the same trap with the same registers is one of the latest. */
static bool seen_before(struct trap_watch *w, uint64_t state)
{
    for (unsigned i = 0; i < TRAP_WATCH_STATES; i++) {
        if (w->seen[i] == state)
            return true;
    }
    w->seen[w->next] = state;
    w->next = (w->next + 1) % TRAP_WATCH_STATES;
    return false;
}

/* Adds the interrupt or ecall that led straight to where the record's trap is taken. */
static void note_interrupt(struct hart *h, struct trap_record *record)
{
    struct handler_csrs own = csrs_of(h, own_handler(h));
    bool unwatched = (*own.cause & CAUSE_INTERRUPT) || is_ecall(*own.cause);
    if (h->priv == PRIV_U || !unwatched || h->pc != vector(*own.tvec, *own.cause))
        return;
    record->interrupt = *own.cause;
    record->interrupted_pc = *own.epc;
}

/* Keeps what explains a hart that will never get on: the same trap with the same registers, over and over, or a handler
 * that traps before it returns. */
static void watch_trap(struct hart *h)
{
    struct trap_watch *w = &h->watch;
    uint64_t retired = hart_steps(h) - h->traps;
    bool nested = w->inside && retired - w->retired < HANDLER_INSTRUCTIONS;
    bool again = (nested && traps_again_in_handler(h)) || seen_before(w, digest(h));
    w->last = (struct trap_record){
        .pc = h->pc,
        .cause = h->trap.cause,
        .tval = h->trap.tval,
        .ra = h->x[1],
        .sp = h->x[2],
        .satp = own_satp(h),
        .priv = h->priv,
        .virt = h->virt,
    };
    note_interrupt(h, &w->last);
    w->root_again = nested && (w->root_again || (w->last.pc == w->root.pc && w->last.cause == w->root.cause));
    if (!nested)
        w->root = w->last;
    w->retired = retired;
    w->inside = true;
    w->repeats = again ? w->repeats + 1 : 0;
}

/* The latest trap has not returned after so many others: its handler went on to something else for good. */
#define AGAIN_NESTED_MOST 4096

/* The hart stands where the watched trap came from. */
static bool stands_there(const struct hart *h)
{
    const struct trap_again *a = &h->again;
    return h->pc == a->pc && h->priv == a->priv && h->virt == a->virt && own_satp(h) == a->satp;
}

static void watch_from_here(struct hart *h, uint64_t cause)
{
    struct trap_again *a = &h->again;
    *a = (struct trap_again){a->left, 1, 0, h->pc, cause, own_satp(h), 1, 0, h->priv, h->virt};
}

/* A trap that came straight behind an xRET, as it seems, or while one is watched. An interrupt is no progress for what traps by
 * itself, but the other way round the instruction was reached. */
static COLD void watch_again(struct hart *h, uint64_t cause)
{
    struct trap_again *a = &h->again;
    bool watched = a->count != 0, at_once = !watched || hart_steps(h) - h->traps == a->returned;
    if (watched && a->depth != 0 && ++a->nested < AGAIN_NESTED_MOST) {
        a->depth++;
        return;
    }
    bool stays = watched && a->depth == 0 && at_once && stands_there(h);
    if (stays && (cause == a->cause || (cause & ~a->cause & CAUSE_INTERRUPT))) {
        a->count += cause == a->cause;
        a->depth = 1;
        a->nested = 0;
    } else if (at_once) {
        watch_from_here(h, cause);
    } else {
        a->count = 0;
    }
}

/* On the way into each trap; h still stands where it came from. */
ALWAYS_INLINE void note_again(struct hart *h, uint64_t cause)
{
    if (UNLIKELY(h->left == h->again.left || h->again.count != 0))
        watch_again(h, cause);
}

/* The return of the watched trap's own handler leads back, or elsewhere: then somebody gets on. */
static COLD void return_again(struct hart *h)
{
    struct trap_again *a = &h->again;
    a->returned = hart_steps(h) - h->traps + 1;
    if (a->depth == 0 || (--a->depth == 0 && !stands_there(h)))
        a->count = 0;
}

/* Causes whose tval is an address of the mode that traps: norm:mstatus_gva_op, norm:hstatus_gva_op. */
static bool tval_is_address(uint64_t cause)
{
    enum { ADDRESS = 1, PC = 1, INSN = 0, ZERO = 0 };
    static const uint8_t is_address[64] = {
#define CAUSE(code, id, name, ext, medeleg, hedeleg, tval) [code] = tval,
#define INTERRUPT(code, id, name, ext, delegation)
#include "cpu/cause.def"
#undef CAUSE
#undef INTERRUPT
    };
    return is_address[cause & 63];
}

/* norm:H_trap_deleg, norm:trap_never_trans_lower */
static enum handler handler_of(const struct hart *h, uint64_t cause)
{
    if (h->priv == PRIV_M || !(h->csr.medeleg >> cause & 1))
        return HANDLER_M;
    return h->virt && (h->csr.hedeleg >> cause & 1) ? HANDLER_VS : HANDLER_HS;
}

void trap_enter(struct hart *h)
{
    const struct trap *t = &h->trap;
    struct entry trap = {t->cause, t->tval, t->tval2, t->tinst, t->gva || (h->virt && tval_is_address(t->cause))};
    if (!is_ecall(t->cause))
        watch_trap(h);
    note_again(h, t->cause);
    enter(h, handler_of(h, t->cause), &trap);
    if (UNLIKELY(h->observer != NULL))
        observer_trap(h);
}

/* The code of the interrupt in `set`, which is not empty, that comes first: the rows of cause.def stand by priority. */
static unsigned highest(uint64_t set)
{
    static const uint8_t by_priority[] = {
#define CAUSE(code, id, name, ext, medeleg, hedeleg, tval)
#define INTERRUPT(code, id, name, ext, delegation) code,
#include "cpu/cause.def"
#undef CAUSE
#undef INTERRUPT
    };
    unsigned i = 0;
    while (i + 1 < ARRAY_SIZE(by_priority) && !(set & BIT(by_priority[i])))
        i++;
    return by_priority[i];
}

/* norm:mstatus_xie_intr_en_dis, norm:hideleg_hs: on in all modes below the handler's, off in all above, by xIE in its own. */
static bool enabled_for(const struct hart *h, enum handler handler)
{
    switch (handler) {
    case HANDLER_M: return h->priv < PRIV_M || (h->csr.mstatus & MSTATUS_MIE);
    case HANDLER_HS: return h->virt || h->priv == PRIV_U || (h->priv == PRIV_S && (h->csr.mstatus & MSTATUS_SIE));
    default: return h->virt && (h->priv == PRIV_U || (h->csr.vsstatus & MSTATUS_SIE));
    }
}

/* norm:hideleg_trans: VS-mode gets the VS-level interrupts under the supervisor's codes, one below their own. */
static uint64_t code_for(enum handler handler, unsigned code)
{
    bool translated = handler == HANDLER_VS && code != IRQ_counter_overflow;
    return CAUSE_INTERRUPT | (translated ? code - 1 : code);
}

bool trap_take_interrupt(struct hart *h)
{
    uint64_t pending = csr_mip(h) & h->csr.mie;
    if (LIKELY(pending == 0))
        return false;
    uint64_t delegated = pending & h->csr.mideleg;
    const uint64_t sets[] = {
        [HANDLER_M] = pending & ~h->csr.mideleg,
        [HANDLER_HS] = delegated & ~h->csr.hideleg,
        [HANDLER_VS] = delegated & h->csr.hideleg,
    };
    for (enum handler to = HANDLER_M; to <= HANDLER_VS; to++) {
        if (sets[to] == 0 || !enabled_for(h, to))
            continue;
        uint64_t cause = code_for(to, highest(sets[to]));
        note_again(h, cause);
        enter(h, to, &(struct entry){.cause = cause});
        if (UNLIKELY(h->observer != NULL))
            observer_trap(h);
        return true;
    }
    return false;
}

bool trap_wakes(const struct hart *h)
{
    return (csr_mip(h) & h->csr.mie) != 0;
}

/* A mode to return to. */
struct mode {
    unsigned priv;
    bool virt;
};

/* norm:xret_clr_lr_resv permits it: a reservation does not outlive a return.
 * norm:mstatus_mprv_clr_mret_sret_less_priv */
static enum exec return_to(struct hart *h, struct mode mode, uint64_t pc)
{
    if (mode.priv != PRIV_M)
        h->csr.mstatus &= ~MSTATUS_MPRV;
    h->pc = pc;
    h->reservation.valid = false;
    h->watch.inside = false;
    h->again.left = h->left - 1;
    set_mode(h, mode.priv, mode.virt);
    if (UNLIKELY(h->again.count != 0))
        return_again(h);
    return EXEC_LEAP;
}

/* norm:mstatus_xret_op, norm:mret_h; norm:xret_in_lower_mode */
enum exec trap_mret(struct hart *h, uint32_t insn)
{
    if (h->priv != PRIV_M)
        return hart_raise(h, CAUSE_illegal_instruction, insn);
    uint64_t status = h->csr.mstatus;
    unsigned priv = (unsigned)field_get(status, MSTATUS_MPP);
    bool virt = priv != PRIV_M && (status & MSTATUS_MPV);
    status = field_set(status, MSTATUS_MIE, field_get(status, MSTATUS_MPIE)) | MSTATUS_MPIE;
    status = field_set(status, MSTATUS_MPP, hart_has(h, EXT_U) ? PRIV_U : PRIV_M);
    h->csr.mstatus = status & ~MSTATUS_MPV;
    return return_to(h, (struct mode){priv, virt}, h->csr.mepc);
}

/* What a supervisor's return does to its own status: xIE and xPP. Gives the privilege to return to. */
static unsigned leave_handler(uint64_t *status)
{
    unsigned priv = (unsigned)field_get(*status, MSTATUS_SPP);
    *status = field_set(*status, MSTATUS_SIE, field_get(*status, MSTATUS_SPIE)) | MSTATUS_SPIE;
    *status &= ~MSTATUS_SPP;
    return priv;
}

/* norm:sret_v1 */
static enum exec sret_in_guest(struct hart *h, uint32_t insn)
{
    /* norm:H_virtinst_vu_sret_sfence, norm:H_virtinst_vs_sret_vtsr1 */
    if (h->priv == PRIV_U || (h->csr.hstatus & HSTATUS_VTSR))
        return hart_raise(h, CAUSE_virtual_instruction, insn);
    return return_to(h, (struct mode){leave_handler(&h->csr.vsstatus), true}, h->csr.vsepc);
}

/* norm:sret_presence, norm:mstatus_tsr_op; norm:sret_v0 */
enum exec trap_sret(struct hart *h, uint32_t insn)
{
    if (h->virt)
        return sret_in_guest(h, insn);
    bool traps = h->priv == PRIV_S && (h->csr.mstatus & MSTATUS_TSR);
    if (h->priv < PRIV_S || traps || !hart_has(h, EXT_S))
        return hart_raise(h, CAUSE_illegal_instruction, insn);
    bool virt = h->csr.hstatus & HSTATUS_SPV;
    h->csr.hstatus &= ~HSTATUS_SPV;
    return return_to(h, (struct mode){leave_handler(&h->csr.mstatus), virt}, h->csr.sepc);
}

static const char *interrupt_name(uint64_t code)
{
    static const char *const names[] = {
#define CAUSE(code, id, name, ext, medeleg, hedeleg, tval)
#define INTERRUPT(code, id, name, ext, delegation) [code] = name,
#include "cpu/cause.def"
#undef CAUSE
#undef INTERRUPT
    };
    return code < ARRAY_SIZE(names) && names[code] != NULL ? names[code] : "reserved cause";
}

static const char *exception_name(uint64_t code)
{
    static const char *const names[] = {
#define CAUSE(code, id, name, ext, medeleg, hedeleg, tval) [code] = name,
#define INTERRUPT(code, id, name, ext, delegation)
#include "cpu/cause.def"
#undef CAUSE
#undef INTERRUPT
    };
    return code < ARRAY_SIZE(names) && names[code] != NULL ? names[code] : "reserved cause";
}

const char *trap_cause_name(uint64_t mcause)
{
    return mcause & CAUSE_INTERRUPT ? interrupt_name(mcause & ~CAUSE_INTERRUPT) : exception_name(mcause);
}
