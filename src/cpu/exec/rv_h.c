/* SPDX-License-Identifier: MIT */
/* The hypervisor's instructions: loads and stores with a guest's eyes, and the fences for its two stages. */
#include "cpu/exec/exec.h"

#include "base/compiler.h"
#include "cpu/alu.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "mmu/mmu.h"

static COLD enum exec refuse(struct hart *h, const struct op *op, unsigned cause)
{
    return hart_raise(h, cause, (uint32_t)op->imm);
}

enum size { BYTE = 1, HALF = 2, WORD = 4, DOUBLE = 8 };

/* EXEC_NEXT if the mode may use HLV, HLVX and HSV. norm:hlsv_mode, norm:hlsv_virtinst, norm:hlsv_illegalinst */
static enum exec check_access(struct hart *h, const struct op *op)
{
    if (h->virt)
        return refuse(h, op, CAUSE_virtual_instruction);
    if (h->priv == PRIV_U && !(h->csr.hstatus & HSTATUS_HU))
        return refuse(h, op, CAUSE_illegal_instruction);
    return EXEC_NEXT;
}

static enum exec load(struct hart *h, const struct op *op, enum size size, bool execute, uint64_t *value)
{
    enum exec allowed = check_access(h, op);
    if (allowed != EXEC_NEXT)
        return allowed;
    return mmu_guest_load(h, h->x[op->rs1], size, execute, value) ? EXEC_NEXT : EXEC_TRAP;
}

static enum exec load_unsigned(struct hart *h, const struct op *op, enum size size, bool execute)
{
    uint64_t value;
    enum exec done = load(h, op, size, execute, &value);
    if (done == EXEC_NEXT)
        h->x[op->rd] = value;
    return done;
}

static enum exec load_signed(struct hart *h, const struct op *op, enum size size)
{
    uint64_t value;
    enum exec done = load(h, op, size, false, &value);
    if (done == EXEC_NEXT)
        h->x[op->rd] = (uint64_t)sign_extend(value, size * 8);
    return done;
}

/* A store to a device may have consequences: h->look says so to the engine. */
static enum exec store(struct hart *h, const struct op *op, enum size size)
{
    enum exec allowed = check_access(h, op);
    if (allowed != EXEC_NEXT)
        return allowed;
    return mmu_guest_store(h, h->x[op->rs1], size, h->x[op->rs2]) ? EXEC_NEXT : EXEC_TRAP;
}

enum exec exec_hlv_b(struct hart *h, const struct op *op)
{
    return load_signed(h, op, BYTE);
}

enum exec exec_hlv_bu(struct hart *h, const struct op *op)
{
    return load_unsigned(h, op, BYTE, false);
}

enum exec exec_hlv_h(struct hart *h, const struct op *op)
{
    return load_signed(h, op, HALF);
}

enum exec exec_hlv_hu(struct hart *h, const struct op *op)
{
    return load_unsigned(h, op, HALF, false);
}

enum exec exec_hlvx_hu(struct hart *h, const struct op *op)
{
    return load_unsigned(h, op, HALF, true);
}

enum exec exec_hlv_w(struct hart *h, const struct op *op)
{
    return load_signed(h, op, WORD);
}

enum exec exec_hlv_wu(struct hart *h, const struct op *op)
{
    return load_unsigned(h, op, WORD, false);
}

enum exec exec_hlvx_wu(struct hart *h, const struct op *op)
{
    return load_unsigned(h, op, WORD, true);
}

enum exec exec_hlv_d(struct hart *h, const struct op *op)
{
    return load_unsigned(h, op, DOUBLE, false);
}

enum exec exec_hsv_b(struct hart *h, const struct op *op)
{
    return store(h, op, BYTE);
}

enum exec exec_hsv_h(struct hart *h, const struct op *op)
{
    return store(h, op, HALF);
}

enum exec exec_hsv_w(struct hart *h, const struct op *op)
{
    return store(h, op, WORD);
}

enum exec exec_hsv_d(struct hart *h, const struct op *op)
{
    return store(h, op, DOUBLE);
}

/* EXEC_NEXT if the mode may fence guests. norm:hfence-vvma_hfence-gvma_exceptions, norm:hfence-vvma_tvm; TVM concerns
 * G-stage fences in HS mode. */
static enum exec check_fence(struct hart *h, const struct op *op, bool tvm_counts)
{
    if (h->virt)
        return refuse(h, op, CAUSE_virtual_instruction);
    bool traps = tvm_counts && h->priv == PRIV_S && (h->csr.mstatus & MSTATUS_TVM);
    if (h->priv == PRIV_U || traps)
        return refuse(h, op, CAUSE_illegal_instruction);
    return EXEC_NEXT;
}

static struct mmu_fence operands(const struct hart *h, const struct op *op)
{
    return (struct mmu_fence){op->rs1 != 0, op->rs2 != 0, h->x[op->rs1], h->x[op->rs2]};
}

enum exec exec_hfence_vvma(struct hart *h, const struct op *op)
{
    enum exec allowed = check_fence(h, op, false);
    if (allowed != EXEC_NEXT)
        return allowed;
    struct mmu_fence fence = operands(h, op);
    mmu_hfence_vvma(h, mmu_vmid(h), &fence);
    return EXEC_NEXT;
}

/* The address comes shifted: norm:hfence-gvma_op. */
enum exec exec_hfence_gvma(struct hart *h, const struct op *op)
{
    enum exec allowed = check_fence(h, op, true);
    if (allowed != EXEC_NEXT)
        return allowed;
    struct mmu_fence fence = operands(h, op);
    fence.address <<= 2;
    mmu_hfence_gvma(h, &fence);
    return EXEC_NEXT;
}
