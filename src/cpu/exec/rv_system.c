/* SPDX-License-Identifier: MIT */
/* Environment calls, trap returns, WFI, fences and CSR instructions. */
#include "cpu/exec/exec.h"

#include "base/compiler.h"
#include "cpu/block.h"
#include "cpu/csr.h"
#include "cpu/fp/fp_state.h"
#include "cpu/observer.h"
#include "cpu/trap.h"
#include "mmu/mmu.h"

static uint32_t bits_of(const struct op *op)
{
    return (uint32_t)op->imm;
}

/* norm:mtval_ill_instr_exc_in_low_bits: the instruction's bits, a 16-bit one's zero-extended. */
static enum exec illegal(struct hart *h, const struct op *op)
{
    return hart_raise(h, CAUSE_illegal_instruction, bits_of(op));
}

/* norm:H_virtinst_xtval: a virtual instruction's trap value is the same. */
static enum exec refuse(struct hart *h, const struct op *op, bool is_virtual)
{
    return hart_raise(h, is_virtual ? CAUSE_virtual_instruction : CAUSE_illegal_instruction, bits_of(op));
}

enum exec exec_illegal(struct hart *h, const struct op *op)
{
    return illegal(h, op);
}

/* norm:ecall_op1, norm:H_cause_ecall. The built-in SBI serves HS-mode; a guest's calls are its hypervisor's. */
enum exec exec_ecall(struct hart *h, const struct op *op)
{
    (void)op;
    if (h->env.serve_ecall != NULL && h->env.serve_ecall(h->env.owner, h))
        return EXEC_END;
    if (h->priv == PRIV_M)
        return hart_raise(h, CAUSE_ecall_from_m, 0);
    if (h->priv == PRIV_U)
        return hart_raise(h, CAUSE_ecall_from_u, 0);
    if (h->virt)
        return hart_raise(h, CAUSE_ecall_from_vs, 0);
    if (h->env.ecall != NULL && h->env.ecall(h->env.owner, h))
        return EXEC_END;
    return hart_raise(h, CAUSE_ecall_from_s, 0);
}

/* norm:ebreak_op1; the pc is one of the two values the manual allows in xtval. */
enum exec exec_ebreak(struct hart *h, const struct op *op)
{
    (void)op;
    return hart_raise(h, CAUSE_breakpoint, h->pc);
}

typedef enum exec xret(struct hart *h, uint32_t insn);

static COLD enum exec return_observed(struct hart *h, const struct op *op, xret *function)
{
    struct observed_xret seen = {h->pc, h->priv, h->virt};
    enum exec done = function(h, bits_of(op));
    if (done == EXEC_LEAP)
        observer_xret(h, &seen);
    return done;
}

enum exec exec_mret(struct hart *h, const struct op *op)
{
    return LIKELY(h->observer == NULL) ? trap_mret(h, bits_of(op)) : return_observed(h, op, trap_mret);
}

enum exec exec_sret(struct hart *h, const struct op *op)
{
    return LIKELY(h->observer == NULL) ? trap_sret(h, bits_of(op)) : return_observed(h, op, trap_sret);
}

/* norm:wfi_op. In U mode, and in S mode under TW, the bounded time it may take is none: norm:mstatus_tw_op. So for guests:
 * norm:H_virtinst_vu_wfi_tw0, norm:vtw_virtinstr. */
enum exec exec_wfi(struct hart *h, const struct op *op)
{
    if (h->priv < PRIV_M && (h->csr.mstatus & MSTATUS_TW))
        return illegal(h, op);
    if (h->priv == PRIV_U && hart_has(h, EXT_S))
        return refuse(h, op, h->virt);
    if (h->virt && (h->csr.hstatus & HSTATUS_VTW))
        return refuse(h, op, true);
    if (!trap_wakes(h))
        h->wait = HART_WFI;
    return EXEC_END;
}

/* norm:fence_i_op; with the harts taking turns in one thread a local fence serves all, but in strict mode. */
enum exec exec_fence_i(struct hart *h, const struct op *op)
{
    (void)op;
    code_fence_i(h);
    return EXEC_END;
}

/* norm:mstatus_tvm_warl_op, norm:hstatus_vtvm_op: S mode under TVM and VS mode under VTVM may not, U modes never. */
static bool may_fence(const struct hart *h)
{
    if (h->priv == PRIV_S)
        return h->virt ? !(h->csr.hstatus & HSTATUS_VTVM) : !(h->csr.mstatus & MSTATUS_TVM);
    return h->priv == PRIV_M;
}

/* norm:hfence-vvma_hfence-gvma_op: in a guest it concerns vsatp's tables. */
enum exec exec_sfence_vma(struct hart *h, const struct op *op)
{
    if (!may_fence(h))
        return refuse(h, op, h->virt);
    bool has_va = op->rs1 != 0, has_asid = op->rs2 != 0;
    if (h->virt)
        mmu_hfence_vvma(h, mmu_vmid(h), &(struct mmu_fence){has_va, has_asid, h->x[op->rs1], h->x[op->rs2]});
    else
        mmu_sfence(h, has_va, h->x[op->rs1], has_asid, h->x[op->rs2]);
    return EXEC_END;
}

/* norm:Svinval_sfence_w_inval_inval_s_vs_mode: TVM does not concern these two, and invalidation by SINVAL.VMA is immediate,
 * so there is nothing left to order. */
enum exec exec_sfence_order(struct hart *h, const struct op *op)
{
    return h->priv == PRIV_U ? refuse(h, op, h->virt) : EXEC_NEXT;
}

enum csr_verb { VERB_WRITE, VERB_SET, VERB_CLEAR };

/* One read-modify-write. norm:csrrw_rs1_x0, norm:csrrs_csrrc_rs1_x0: whether it writes depends on the fields, never on the
 * values. */
static enum exec access(struct hart *h, const struct op *op, enum csr_verb verb, uint64_t operand, bool writes)
{
    unsigned number = bits_of(op) >> 20;
    enum csr_access allowed = csr_check(h, number, writes);
    if (allowed != CSR_OK)
        return refuse(h, op, allowed == CSR_VIRTUAL);
    if (number <= CSR_fcsr)
        fp_flags_collect(h);
    uint64_t old = csr_get(h, number);
    bool effect = false;
    if (writes) {
        uint64_t base = verb == VERB_WRITE ? 0 : csr_modify_base(h, number, old);
        uint64_t value = verb == VERB_CLEAR ? base & ~operand : base | operand;
        csr_set(h, number, value, &effect);
        if (UNLIKELY(h->observer != NULL))
            observer_csr_write(h, number, value);
        if (number <= CSR_fcsr)
            fp_mode_changed(h);
    }
    h->x[op->rd] = old;
    return effect ? EXEC_END : EXEC_NEXT;
}

enum exec exec_csrrw(struct hart *h, const struct op *op)
{
    return access(h, op, VERB_WRITE, h->x[op->rs1], true);
}

enum exec exec_csrrs(struct hart *h, const struct op *op)
{
    return access(h, op, VERB_SET, h->x[op->rs1], op->rs1 != 0);
}

enum exec exec_csrrc(struct hart *h, const struct op *op)
{
    return access(h, op, VERB_CLEAR, h->x[op->rs1], op->rs1 != 0);
}

/* In the immediate forms the rs1 field is the operand. */
enum exec exec_csrrwi(struct hart *h, const struct op *op)
{
    return access(h, op, VERB_WRITE, op->rs1, true);
}

enum exec exec_csrrsi(struct hart *h, const struct op *op)
{
    return access(h, op, VERB_SET, op->rs1, op->rs1 != 0);
}

enum exec exec_csrrci(struct hart *h, const struct op *op)
{
    return access(h, op, VERB_CLEAR, op->rs1, op->rs1 != 0);
}
