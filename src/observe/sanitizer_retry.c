/* SPDX-License-Identifier: MIT */
/* What a board may refuse now and then, and software has to try again: an sc (whose result somebody must look at, and which never
 * succeeds if too much stands between it and its lr), and an access to a page whose A or D bit is clear, where hardware does
 * not set them. */
#include <inttypes.h>

#include "base/bits.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "observe/sanitizer_impl.h"

/* So many in a row at one place are no bad luck. */
#define FAILURES_MAX 4096
/* Of a hart's own steps: a handler has set the bit by then. */
#define PATIENCE (UINT64_C(1) << 17)

static COLD void tell_sc(struct sanitizer *s, const struct hart *h, uint64_t pc, const char *what)
{
    char at[SOURCE_BYTES];
    if (!sanitizer_begin(s, KIND_reservation_lost, h, pc, "pc %s", sanitizer_place(s, pc, at)))
        return;
    explain_line(s->e, "%s", what);
    explain_end(s->e, KIND_reservation_lost);
}

static bool reads(const struct sanitizer *s, const struct observed_insn *insn, unsigned reg)
{
    unsigned registers = s->registers[insn->id];
    return (registers & READS_RS1 && insn->op->rs1 == reg) || (registers & READS_RS2 && insn->op->rs2 == reg);
}

/* Whether the result of the sc before has been looked at. */
static void follow_result(struct sanitizer *s, const struct hart *h, const struct observed_insn *insn)
{
    struct lost_reservation *lost = &s->hart[h->id].lost;
    bool read = reads(s, insn, lost->result);
    bool overwritten = s->registers[insn->id] & WRITES_RD && insn->op->rd == lost->result;
    if (overwritten && !read)
        tell_sc(s, h, lost->pc, "the sc has failed, and its result was overwritten before anybody looked at it");
    if (overwritten || read)
        lost->result = 0;
}

/* Kernels end a reservation by an sc to somewhere else, which is to fail. */
static bool is_reserved(const struct lost_reservation *lost, const struct hart *h, const struct op *op)
{
    return lost->reserved && op->rd != op->rs1 && h->x[op->rs1] == lost->address;
}

static void note_sc(struct sanitizer *s, const struct hart *h, const struct observed_insn *insn)
{
    struct lost_reservation *lost = &s->hart[h->id].lost;
    bool failed = h->x[insn->op->rd] != 0 && is_reserved(lost, h, insn->op), seen = insn->op->rd != X_SINK;
    lost->reserved = false;
    lost->failures = failed && lost->pc == insn->pc ? lost->failures + 1 : failed;
    lost->pc = insn->pc;
    lost->result = failed && seen ? insn->op->rd : 0;
    if (failed && !seen)
        tell_sc(s, h, insn->pc, "the sc has failed, and its result goes to x0: nobody can know");
    else if (lost->failures == FAILURES_MAX)
        tell_sc(s, h, insn->pc, "the sc has failed there 4096 times in a row; it need never succeed");
}

void sanitizer_retry_insn(struct sanitizer *s, const struct hart *h, const struct observed_insn *insn)
{
    struct hart_shadow *shadow = &s->hart[h->id];
    if (UNLIKELY(shadow->lost.result != 0))
        follow_result(s, h, insn);
    if (UNLIKELY(insn->id == INSN_sc_w || insn->id == INSN_sc_d))
        note_sc(s, h, insn);
    if (LIKELY(insn->id != INSN_lr_w && insn->id != INSN_lr_d))
        return;
    shadow->lost.reserved = true;
    shadow->lost.address = shadow->load.va;
}

static bool is_clear(enum walk_verdict verdict)
{
    return verdict == WALK_NOT_ACCESSED || verdict == WALK_NOT_DIRTY;
}

/* The step that refuses the access for A or D; false: nothing does. */
static bool refused(struct hart *h, const struct refusal *refusal, struct walk_step *step)
{
    struct walk_trace trace;
    if (walk_explain(h, &refusal->context, refusal->va, refusal->type, &trace) || trace.count == 0)
        return false;
    *step = trace.step[trace.count - 1];
    return is_clear(step->verdict);
}

static COLD void tell_refusal(struct sanitizer *s, const struct hart *h, const struct refusal *refusal,
                              const struct walk_step *step)
{
    static const char *const verbs[] = {[ACCESS_LOAD] = "load", [ACCESS_STORE] = "store", [ACCESS_FETCH] = "fetch"};
    char at[SOURCE_BYTES], entry[WALK_STEP_TEXT_BYTES];
    if (!sanitizer_begin(s, KIND_accessed_dirty, h, refusal->pc, "%s at 0x%" PRIx64 " by pc %s", verbs[refusal->type],
                         refusal->va, sanitizer_place(s, refusal->pc, at)))
        return;
    walk_step_text(step, entry);
    explain_line(s->e, "%s", entry);
    explain_end(s->e, KIND_accessed_dirty);
}

static bool type_of(uint64_t cause, enum access_type *type)
{
    switch (cause) {
    case CAUSE_load_page_fault: *type = ACCESS_LOAD; return true;
    case CAUSE_store_page_fault: *type = ACCESS_STORE; return true;
    case CAUSE_instruction_page_fault: *type = ACCESS_FETCH; return true;
    default: return false;
    }
}

/* A page fault that was taken; of a guest its kernel's tables are not looked at. */
void sanitizer_retry_fault(struct sanitizer *s, struct hart *h, const struct observed_trap *trap)
{
    struct refusal *known = &s->hart[h->id].refusal;
    struct refusal refusal = {true, hart_steps(h), trap->epc, trap->tval, ACCESS_LOAD, {0}};
    struct walk_step step;
    if (!type_of(trap->cause, &refusal.type) || trap->from_virt || trap->from_priv == PRIV_M)
        return;
    refusal.context = (struct mmu_context){.satp = h->csr.satp,
                                           .priv = trap->from_priv,
                                           .sum = trap->from_priv == PRIV_S && (h->csr.mstatus & MSTATUS_SUM),
                                           .mxr = h->csr.mstatus & MSTATUS_MXR};
    if (!refused(h, &refusal, &step))
        return;
    if (known->open && known->pc == refusal.pc && known->va == refusal.va)
        tell_refusal(s, h, &refusal, &step);
    *known = refusal;
}

void sanitizer_retry_look(struct sanitizer *s, struct hart *h, bool over)
{
    struct refusal *refusal = &s->hart[h->id].refusal;
    struct walk_step step;
    if (LIKELY(!refusal->open) || h->csr.satp != refusal->context.satp)
        return;
    bool late = over || hart_steps(h) - refusal->since >= PATIENCE;
    bool still = refused(h, refusal, &step);
    refusal->open = still && !late;
    if (still && late)
        tell_refusal(s, h, refusal, &step);
}
