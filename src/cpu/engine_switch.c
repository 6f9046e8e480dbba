/* SPDX-License-Identifier: MIT */
/* The portable engine: one switch over all rows. It is also the exact stepper's and the tail-call engine's slow path, so
 * that there is one full meaning of each instruction. FP is the software's. */
#include "cpu/engine.h"

#include <string.h>

#include "cpu/csr.h"
#include "cpu/exec/exec.h"
#include "cpu/rows.h"
#include "cpu/strict_fence.h"
#include "cpu/tinst.h"
#include "cpu/trap.h"
#include "mmu/mmu.h"

#define PC (h->pc)
#define RM rm
#define FL (&flags)
#define OP(name) name

/* norm:roundingmode_dynamic, norm:roundingmode_rsv: the mode to round in, or one above FP_RMM that is illegal. */
static unsigned rounding_mode(const struct hart *h, const struct op *op)
{
    return RM_FIELD == RM_DYNAMIC ? h->frm : RM_FIELD;
}

static bool fp_off(const struct hart *h)
{
    return !csr_fp_on(h);
}

/* The instruction at pc was decoded, so that its bits can be read again. */
static COLD enum exec illegal_at_pc(struct hart *h)
{
    uint32_t bits = 0;
    if (!mmu_fetch(h, h->pc, &bits))
        return EXEC_TRAP;
    return hart_raise(h, CAUSE_illegal_instruction, bits);
}

/* norm:mstatus_fs_vs_xs_dirty_op: an FP register or flag was written. */
static void fp_dirty(struct hart *h, uint32_t flags)
{
    h->fflags |= flags;
    csr_fp_dirty(h);
}

static enum exec jump(struct hart *h, const struct op *op, uint64_t target, unsigned length)
{
    if (!hart_has(h, EXT_C) && (target & 2))
        return hart_raise(h, CAUSE_instruction_address_misaligned, target);
    h->x[op->rd] = h->pc + length;
    h->pc = target;
    return EXEC_JUMP;
}

static enum exec branch(struct hart *h, const struct op *op, bool taken, unsigned length)
{
    uint64_t target = h->pc + (taken ? IMM : length);
    if (taken && !hart_has(h, EXT_C) && (target & 2))
        return hart_raise(h, CAUSE_instruction_address_misaligned, target);
    h->pc = target;
    return EXEC_JUMP;
}

/* What a class does with its row's expression; each ends the case. */
#define DO_ALU(expr)                                                                                                   \
    h->x[op->rd] = (uint64_t)(expr);                                                                                   \
    return EXEC_NEXT;
#define DO_PCREL(expr)                                                                                                 \
    h->x[op->rd] = (expr);                                                                                             \
    return EXEC_NEXT;
#define DO_LOAD(type)                                                                                                  \
    if (!mmu_load(h, A + IMM, sizeof(type), &value))                                                                   \
        return EXEC_TRAP;                                                                                              \
    h->x[op->rd] = (uint64_t)(int64_t)(type)value;                                                                     \
    return EXEC_NEXT;
#define DO_STORE(type) return mmu_store(h, A + IMM, sizeof(type), B) ? EXEC_NEXT : EXEC_TRAP;
#define DO_FLOAD(type)                                                                                                 \
    if (fp_off(h))                                                                                                     \
        return illegal_at_pc(h);                                                                                       \
    if (!mmu_load(h, A + IMM, sizeof(type), &value))                                                                   \
        return EXEC_TRAP;                                                                                              \
    h->f[op->rd] = sizeof(type) == 4 ? BOX((uint32_t)value) : value;                                                   \
    fp_dirty(h, 0);                                                                                                    \
    return EXEC_NEXT;
#define DO_FSTORE(type)                                                                                                \
    if (fp_off(h))                                                                                                     \
        return illegal_at_pc(h);                                                                                       \
    return mmu_store(h, A + IMM, sizeof(type), FB) ? EXEC_NEXT : EXEC_TRAP;
#define DO_BRANCH(condition) return branch(h, op, (condition), length);
#define DO_JAL(none) return jump(h, op, h->pc + IMM, length);
#define DO_JALR(none) return jump(h, op, (A + IMM) & ~UINT64_C(1), length);
/* FENCE: harts take turns, and memory is always up to date but in strict mode. */
#define DO_NOP(none)                                                                                                   \
    if (UNLIKELY(h->strict != NULL))                                                                                   \
        strict_fence(h, op);                                                                                           \
    return EXEC_NEXT;
#define DO_AMO32(expr)                                                                                                 \
    {                                                                                                                  \
        uint8_t *host = mmu_atomic(h, A, 4, ACCESS_STORE, &pa);                                                        \
        if (host == NULL)                                                                                              \
            return EXEC_TRAP;                                                                                          \
        uint32_t OLD, new_value;                                                                                       \
        memcpy(&OLD, host, 4);                                                                                         \
        new_value = (uint32_t)(expr);                                                                                  \
        memcpy(host, &new_value, 4);                                                                                   \
        mmu_atomic_stored(h, A, pa, 4);                                                                                \
        h->x[op->rd] = SX32(OLD);                                                                                      \
        return EXEC_NEXT;                                                                                              \
    }
#define DO_AMO64(expr)                                                                                                 \
    {                                                                                                                  \
        uint8_t *host = mmu_atomic(h, A, 8, ACCESS_STORE, &pa);                                                        \
        if (host == NULL)                                                                                              \
            return EXEC_TRAP;                                                                                          \
        uint64_t OLD, new_value;                                                                                       \
        memcpy(&OLD, host, 8);                                                                                         \
        new_value = (uint64_t)(expr);                                                                                  \
        memcpy(host, &new_value, 8);                                                                                   \
        mmu_atomic_stored(h, A, pa, 8);                                                                                \
        h->x[op->rd] = OLD;                                                                                            \
        return EXEC_NEXT;                                                                                              \
    }
#define DO_FPF_RM(expr)                                                                                                \
    rm = rounding_mode(h, op);                                                                                         \
    if (fp_off(h) || rm > FP_RMM)                                                                                      \
        return illegal_at_pc(h);                                                                                       \
    h->f[op->rd] = (expr);                                                                                             \
    fp_dirty(h, flags);                                                                                                \
    return EXEC_NEXT;
#define DO_FPF_ANY(expr) DO_FPF_RM(expr)
#define DO_FPF(expr)                                                                                                   \
    if (fp_off(h))                                                                                                     \
        return illegal_at_pc(h);                                                                                       \
    h->f[op->rd] = (expr);                                                                                             \
    fp_dirty(h, flags);                                                                                                \
    return EXEC_NEXT;
#define DO_FPX_RM(expr)                                                                                                \
    rm = rounding_mode(h, op);                                                                                         \
    if (fp_off(h) || rm > FP_RMM)                                                                                      \
        return illegal_at_pc(h);                                                                                       \
    h->x[op->rd] = (uint64_t)(expr);                                                                                   \
    if (flags)                                                                                                         \
        fp_dirty(h, flags);                                                                                            \
    return EXEC_NEXT;
#define DO_FPX(expr)                                                                                                   \
    if (fp_off(h))                                                                                                     \
        return illegal_at_pc(h);                                                                                       \
    h->x[op->rd] = (uint64_t)(expr);                                                                                   \
    if (flags)                                                                                                         \
        fp_dirty(h, flags);                                                                                            \
    return EXEC_NEXT;
#define DO_SYS(function) return function(h, op);

ALWAYS_INLINE enum exec execute(struct hart *h, unsigned id, const struct op *op, unsigned length)
{
    uint64_t value, pa;
    uint32_t flags = 0;
    unsigned rm;
    switch (id) {
#define INSN(id, mnemonic, format, pattern, ext, class, expr, tag)                                                     \
    case INSN_##id:                                                                                                    \
        DO_##class(expr)
#include "cpu/insn.def"
#undef INSN
    default: return exec_illegal(h, op);
    }
}

/* The same, with a trap's record made complete. */
ALWAYS_INLINE enum exec perform(struct hart *h, unsigned id, const struct op *op, unsigned length)
{
    enum exec done = execute(h, id, op, length);
    if (UNLIKELY(done == EXEC_TRAP))
        tinst_complete(h, id, op, length);
    return done;
}

enum exec exec_insn(struct hart *h, unsigned id, const struct op *op, unsigned length)
{
    return perform(h, id, op, length);
}

void engine_set_nothing(struct op *op, unsigned id)
{
    (void)id;
    op->run = NULL;
}

/* Runs the block's ops one after the other, as far as the steps left go; pc and left are exact at each of them. */
static void run_block(struct hart *h, const struct block *block)
{
    for (unsigned i = 0; i < block->op_count && h->left > 0; i++) {
        unsigned length = block->place[i].length;
        if (length == 0)
            continue;
        enum exec done = perform(h, block->place[i].id, &block->ops[i], length);
        if (LIKELY(done == EXEC_NEXT)) {
            h->pc += length;
            h->left--;
        } else {
            engine_settle(h, done, length);
            if (h->pc != block->pc + block->place[i].offset + length)
                return;
        }
        if (UNLIKELY(h->look))
            return;
    }
}

const struct engine engine_switch = {.ops = {.set = engine_set_nothing}, .run = run_block, .run_some = run_block};
