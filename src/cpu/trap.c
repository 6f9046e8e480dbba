/* SPDX-License-Identifier: MIT */
#include "cpu/trap.h"

#include "base/compiler.h"
#include "cpu/csr.h"
#include "mmu/mmu.h"

/* A trap on its way into a mode. */
struct entry {
    uint64_t cause; /* as xcause shows it */
    uint64_t tval;
};

/* norm:mtvec_mode_direct_op, norm:mtvec_mode_vectored_op */
static uint64_t vector(uint64_t tvec, uint64_t cause)
{
    uint64_t base = tvec & TVEC_BASE;
    bool vectored = (cause & CAUSE_INTERRUPT) && (tvec & TVEC_MODE) == TVEC_VECTORED;
    return vectored ? base + 4 * (cause & ~CAUSE_INTERRUPT) : base;
}

/* norm:mstatus_xpie_xie_xpp_trap_op */
static void enter_m(struct hart *h, const struct entry *trap)
{
    uint64_t status = h->csr.mstatus;
    status = field_set(status, MSTATUS_MPP, h->priv);
    status = field_set(status, MSTATUS_MPIE, field_get(status, MSTATUS_MIE));
    h->csr.mstatus = status & ~MSTATUS_MIE;
    h->csr.mepc = h->pc;
    h->csr.mcause = trap->cause;
    h->csr.mtval = trap->tval;
    h->priv = PRIV_M;
    h->pc = vector(h->csr.mtvec, trap->cause);
}

static void enter_s(struct hart *h, const struct entry *trap)
{
    uint64_t status = h->csr.mstatus;
    status = field_set(status, MSTATUS_SPP, h->priv);
    status = field_set(status, MSTATUS_SPIE, field_get(status, MSTATUS_SIE));
    h->csr.mstatus = status & ~MSTATUS_SIE;
    h->csr.sepc = h->pc;
    h->csr.scause = trap->cause;
    h->csr.stval = trap->tval;
    h->priv = PRIV_S;
    h->pc = vector(h->csr.stvec, trap->cause);
}

/* A trap breaks the reservation: the manual leaves it open, a hart that a handler has used needs it so. */
static void enter(struct hart *h, bool delegated, const struct entry *trap)
{
    h->traps++;
    h->reservation.valid = false;
    if (delegated)
        enter_s(h, trap);
    else
        enter_m(h, trap);
    mmu_context_changed(h);
}

static bool is_ecall(uint64_t cause)
{
    return cause >= CAUSE_ecall_from_u && cause <= CAUSE_ecall_from_m;
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
static bool traps_again_in_handler(const struct hart *h)
{
    const struct trap_record *last = &h->watch.last;
    uint64_t handler = (h->priv == PRIV_M ? h->csr.mtvec : h->csr.stvec) & ~UINT64_C(3);
    return h->priv != PRIV_U && last->pc == h->pc && last->cause == h->trap.cause && last->priv == h->priv &&
           h->pc - handler < HANDLER_BYTES;
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

/* Adds the interrupt that led straight to where the record's trap is taken. */
static void note_interrupt(const struct hart *h, struct trap_record *record)
{
    bool in_m = h->priv == PRIV_M;
    uint64_t cause = in_m ? h->csr.mcause : h->csr.scause;
    if (h->priv == PRIV_U || !(cause & CAUSE_INTERRUPT) || h->pc != vector(in_m ? h->csr.mtvec : h->csr.stvec, cause))
        return;
    record->interrupt = cause;
    record->interrupted_pc = in_m ? h->csr.mepc : h->csr.sepc;
}

/* Keeps what explains a hart that will never get on: the same trap with the same registers, over and over, or a handler
 * that traps before it returns. */
static void watch_trap(struct hart *h)
{
    struct trap_watch *w = &h->watch;
    uint64_t retired = hart_steps(h) - h->traps;
    bool nested = w->inside && retired - w->retired < HANDLER_INSTRUCTIONS;
    bool again = (nested && traps_again_in_handler(h)) || seen_before(w, digest(h));
    w->last = (struct trap_record){h->pc, h->trap.cause, h->trap.tval, h->x[1], h->csr.satp, h->priv, 0, 0};
    note_interrupt(h, &w->last);
    if (!nested)
        w->root = w->last;
    w->retired = retired;
    w->inside = true;
    w->repeats = again ? w->repeats + 1 : 0;
}

void trap_enter(struct hart *h)
{
    struct entry trap = {h->trap.cause, h->trap.tval};
    if (!is_ecall(h->trap.cause))
        watch_trap(h);
    /* norm:trap_never_trans_lower: M-mode handles its own. */
    enter(h, h->priv < PRIV_M && (h->csr.medeleg >> h->trap.cause & 1), &trap);
}

/* The code of the interrupt in `set`, which is not empty, that comes first: the rows of cause.def stand by priority. */
static unsigned highest(uint64_t set)
{
    static const uint8_t by_priority[] = {
#define CAUSE(code, id, name, delegable, tval)
#define INTERRUPT(code, id, name, delegable) code,
#include "cpu/cause.def"
#undef CAUSE
#undef INTERRUPT
    };
    unsigned i = 0;
    while (i + 1 < ARRAY_SIZE(by_priority) && !(set & BIT(by_priority[i])))
        i++;
    return by_priority[i];
}

/* norm:mstatus_xie_intr_en_dis: on for all higher modes, off for all lower, by xIE in the mode itself. */
static bool enabled_for(const struct hart *h, unsigned priv, uint64_t enable)
{
    return h->priv < priv || (h->priv == priv && (h->csr.mstatus & enable));
}

bool trap_take_interrupt(struct hart *h)
{
    uint64_t pending = csr_mip(h) & h->csr.mie;
    if (LIKELY(pending == 0))
        return false;
    uint64_t for_m = pending & ~h->csr.mideleg, for_s = pending & h->csr.mideleg;
    if (for_m != 0 && enabled_for(h, PRIV_M, MSTATUS_MIE)) {
        enter(h, false, &(struct entry){CAUSE_INTERRUPT | highest(for_m), 0});
        return true;
    }
    if (for_s != 0 && enabled_for(h, PRIV_S, MSTATUS_SIE)) {
        enter(h, true, &(struct entry){CAUSE_INTERRUPT | highest(for_s), 0});
        return true;
    }
    return false;
}

bool trap_wakes(const struct hart *h)
{
    return (csr_mip(h) & h->csr.mie) != 0;
}

/* norm:xret_clr_lr_resv permits it: a reservation does not outlive a return.
 * norm:mstatus_mprv_clr_mret_sret_less_priv */
static enum exec return_to(struct hart *h, uint64_t status, unsigned priv, uint64_t pc)
{
    h->csr.mstatus = priv == PRIV_M ? status : status & ~MSTATUS_MPRV;
    h->priv = (uint8_t)priv;
    h->pc = pc;
    h->reservation.valid = false;
    h->watch.inside = false;
    mmu_context_changed(h);
    return EXEC_LEAP;
}

/* norm:mstatus_xret_op; norm:xret_in_lower_mode */
enum exec trap_mret(struct hart *h, uint32_t insn)
{
    if (h->priv != PRIV_M)
        return hart_raise(h, CAUSE_illegal_instruction, insn);
    uint64_t status = h->csr.mstatus;
    unsigned priv = (unsigned)field_get(status, MSTATUS_MPP);
    status = field_set(status, MSTATUS_MIE, field_get(status, MSTATUS_MPIE)) | MSTATUS_MPIE;
    status = field_set(status, MSTATUS_MPP, hart_has(h, EXT_U) ? PRIV_U : PRIV_M);
    return return_to(h, status, priv, h->csr.mepc);
}

/* norm:sret_presence, norm:mstatus_tsr_op */
enum exec trap_sret(struct hart *h, uint32_t insn)
{
    uint64_t status = h->csr.mstatus;
    bool traps = h->priv == PRIV_S && (status & MSTATUS_TSR);
    if (h->priv < PRIV_S || traps || !hart_has(h, EXT_S))
        return hart_raise(h, CAUSE_illegal_instruction, insn);
    unsigned priv = (unsigned)field_get(status, MSTATUS_SPP);
    status = field_set(status, MSTATUS_SIE, field_get(status, MSTATUS_SPIE)) | MSTATUS_SPIE;
    return return_to(h, status & ~MSTATUS_SPP, priv, h->csr.sepc);
}

static const char *interrupt_name(uint64_t code)
{
    static const char *const names[] = {
#define CAUSE(code, id, name, delegable, tval)
#define INTERRUPT(code, id, name, delegable) [code] = name,
#include "cpu/cause.def"
#undef CAUSE
#undef INTERRUPT
    };
    return code < ARRAY_SIZE(names) && names[code] != NULL ? names[code] : "reserved cause";
}

static const char *exception_name(uint64_t code)
{
    static const char *const names[] = {
#define CAUSE(code, id, name, delegable, tval) [code] = name,
#define INTERRUPT(code, id, name, delegable)
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
