/* SPDX-License-Identifier: MIT */
/* The fast engine: each op's handler does its work and jumps to the next op's handler; a block's last one jumps to the
 * next block. hart, op, steps left and TLB bank stay in host registers throughout. What is rare or long (a TLB miss, a
 * device, a system instruction, a trap) goes to `slow`, which has the switch engine execute the op. */
#include "cpu/engine.h"

#include "cpu/block_count.h"
#include "cpu/csr_handler.h"
#include "cpu/fp/fp_state.h"
#include "cpu/handler.h"
#include "cpu/pair.h"
#include "mmu/refill.h"

#define PC (block_of(op)->pc + block_of(op)->place[op->index].offset)
#define FL (&flags)

/* Makes pc and left exact for C code that looks at them: as before op's instruction. */
ALWAYS_INLINE const struct op_place *stand_at(struct hart *h, const struct op *op, int64_t left)
{
    const struct block *block = block_of(op);
    const struct op_place *place = &block->place[op->index];
    h->pc = block->pc + place->offset;
    h->left = left + (block->steps - place->step);
    return place;
}

/* Enters the block that starts at pc if the jump table knows it. */
static NOINLINE void go(struct hart *h, const struct op *op, int64_t left, struct tlb_bank *tlb)
{
    uint64_t pc = h->pc;
    const struct block *block = h->code->jump[jump_slot(pc)];
    if (UNLIKELY(block->pc != pc || block->steps > left)) {
        h->left = left;
        return;
    }
    op = block->ops;
    left -= block->steps;
    TAIL op->run(h, op, left, tlb);
}

NOINLINE void slow(struct hart *h, const struct op *op, int64_t left, struct tlb_bank *tlb)
{
    const struct op_place *place = stand_at(h, op, left);
    enum exec done = exec_insn(h, place->id, op, place->length);
    if (UNLIKELY(done != EXEC_NEXT || h->look)) {
        if (UNLIKELY(h->observer != NULL)) /* who counts blocks observes, too */
            block_count_exit(block_of(op), place->step + (done != EXEC_TRAP));
        engine_settle(h, done, place->length);
        if (h->look && !engine_look(h))
            return;
        TAIL go(h, op, h->left, h->data);
    }
    op++;
    TAIL op->run(h, op, left, tlb);
}

/* An entry that is there already did not fit: the access crosses a page. */
#define DEFINE_MISS(access)                                                                                            \
    NOINLINE void miss_##access(struct hart *h, const struct op *op, int64_t left, struct tlb_bank *tlb)               \
    {                                                                                                                  \
        uint64_t va = A + IMM;                                                                                         \
        bool there = tlb_slot(tlb, ACCESS_OF_##access, va)->tag == (va & ~(PAGE_BYTES - 1));                           \
        if (there || !mmu_refill(h, tlb, va, ACCESS_OF_##access))                                                      \
            TAIL slow(h, op, left, tlb);                                                                               \
        TAIL op->run(h, op, left, tlb);                                                                                \
    }
DEFINE_MISS(load)
DEFINE_MISS(store)

/* The paths out of a block's last op when the next block is not linked (left is then far below zero) or the budget does
 * not cover it. */
NOINLINE void leave_taken(struct hart *h, const struct op *op, int64_t left, struct tlb_bank *tlb)
{
    const struct block *block = block_of(op);
    struct link *link = block_link(op);
    left += link->taken->steps;
    h->pc = PC + IMM;
    if (link->taken == &block_unlinked && (h->pc ^ block->pc) >> PAGE_SHIFT == 0) {
        h->link = &link->taken;
        h->link_page = block->pa >> PAGE_SHIFT;
        h->left = left;
        return;
    }
    TAIL go(h, op, left, tlb);
}

NOINLINE void leave_fall(struct hart *h, const struct op *op, int64_t left, struct tlb_bank *tlb)
{
    const struct block *block = block_of(op);
    struct link *link = block_link(op);
    left += link->fall->steps;
    h->pc = block->pc + block->bytes;
    if (link->fall == &block_unlinked && (h->pc ^ block->pc) >> PAGE_SHIFT == 0) {
        h->link = &link->fall;
        h->link_page = block->pa >> PAGE_SHIFT;
        h->left = left;
        return;
    }
    TAIL go(h, op, left, tlb);
}

HANDLER(pseudo_fall)
{
    FOLLOW(fall);
}

/* Blocks are made as if FP were ready; where it is not (FS not dirty, an odd rounding mode) the stepper does each of the
 * FP instructions. */
HANDLER(pseudo_fp_enter)
{
    if (LIKELY(h->fp_ready)) {
        NEXT;
    }
    block_count_exit(block_of(op), stand_at(h, op, left)->step);
    engine_step(h);
}

HANDLER(pseudo_count)
{
    block_counts(op)->at[0]++;
    NEXT;
}

/* An AMO's address must be aligned: a misaligned one changes the tag that is looked for. */
#define TLB_HIT_ALIGNED(type)                                                                                          \
    const struct tlb_entry *entry = tlb_slot(tlb, ACCESS_STORE, va);                                                   \
    if (UNLIKELY(entry->tag != (va & (~(PAGE_BYTES - 1) | (sizeof(type) - 1)))))                                       \
        TAIL slow(h, op, left, tlb);                                                                                   \
    char *host = (char *)(va + entry->addend)

#define DEFINE_ALU(id, expr)                                                                                           \
    HANDLER(do_##id)                                                                                                   \
    {                                                                                                                  \
        h->x[op->rd] = (uint64_t)(expr);                                                                               \
        NEXT;                                                                                                          \
    }
/* finish() has put the offset behind the block's pc where other rows have a register. */
#define DEFINE_PCREL(id, none)                                                                                         \
    HANDLER(do_##id)                                                                                                   \
    {                                                                                                                  \
        h->x[op->rd] = PC_OF_AUIPC(op) + IMM;                                                                          \
        NEXT;                                                                                                          \
    }
#define DEFINE_LOAD(id, type)                                                                                          \
    HANDLER(do_##id)                                                                                                   \
    {                                                                                                                  \
        uint64_t va = A + IMM;                                                                                         \
        TLB_HIT(load, type);                                                                                           \
        type value;                                                                                                    \
        memcpy(&value, host, sizeof value);                                                                            \
        h->x[op->rd] = (uint64_t)(int64_t)value;                                                                       \
        NEXT;                                                                                                          \
    }
#define DEFINE_STORE(id, type)                                                                                         \
    HANDLER(do_##id)                                                                                                   \
    {                                                                                                                  \
        uint64_t va = A + IMM;                                                                                         \
        TLB_HIT(store, type);                                                                                          \
        type value = (type)B;                                                                                          \
        memcpy(host, &value, sizeof value);                                                                            \
        NEXT;                                                                                                          \
    }
#define DEFINE_FLOAD(id, type)                                                                                         \
    HANDLER(do_##id)                                                                                                   \
    {                                                                                                                  \
        uint64_t va = A + IMM;                                                                                         \
        TLB_HIT(load, type);                                                                                           \
        type value;                                                                                                    \
        memcpy(&value, host, sizeof value);                                                                            \
        h->f[op->rd] = sizeof value == 4 ? BOX((uint32_t)value) : value;                                               \
        NEXT;                                                                                                          \
    }
#define DEFINE_FSTORE(id, type)                                                                                        \
    HANDLER(do_##id)                                                                                                   \
    {                                                                                                                  \
        uint64_t va = A + IMM;                                                                                         \
        TLB_HIT(store, type);                                                                                          \
        type value = (type)FB;                                                                                         \
        memcpy(host, &value, sizeof value);                                                                            \
        NEXT;                                                                                                          \
    }
/* A target that IALIGN forbids goes the slow way: it traps. */
#define DEFINE_BRANCH(id, condition)                                                                                   \
    HANDLER(do_##id)                                                                                                   \
    {                                                                                                                  \
        BRANCH(condition);                                                                                             \
    }
#define DEFINE_JAL(id, none)                                                                                           \
    HANDLER(do_##id)                                                                                                   \
    {                                                                                                                  \
        CALL;                                                                                                          \
    }
#define DEFINE_JALR(id, none)                                                                                          \
    HANDLER(do_##id)                                                                                                   \
    {                                                                                                                  \
        JUMP(A + IMM);                                                                                                 \
    }
#define DEFINE_NOP(id, none)                                                                                           \
    HANDLER(do_##id)                                                                                                   \
    {                                                                                                                  \
        NEXT;                                                                                                          \
    }
#define DEFINE_AMO(id, type, expr)                                                                                     \
    HANDLER(do_##id)                                                                                                   \
    {                                                                                                                  \
        uint64_t va = A;                                                                                               \
        TLB_HIT_ALIGNED(type);                                                                                         \
        u##type OLD, new_value;                                                                                        \
        memcpy(&OLD, host, sizeof OLD);                                                                                \
        new_value = (u##type)(expr);                                                                                   \
        memcpy(host, &new_value, sizeof new_value);                                                                    \
        h->x[op->rd] = (uint64_t)(int64_t)(type)OLD;                                                                   \
        NEXT;                                                                                                          \
    }
#define DEFINE_AMO32(id, expr) DEFINE_AMO(id, int32_t, expr)
#define DEFINE_AMO64(id, expr) DEFINE_AMO(id, int64_t, expr)
/* What the host cannot do exactly the software does: try_ names say so in FL and never call anything. */
#define DEFINE_FP(id, expr, destination)                                                                               \
    HANDLER(do_##id)                                                                                                   \
    {                                                                                                                  \
        uint32_t flags = 0;                                                                                            \
        uint64_t value = (uint64_t)(expr);                                                                             \
        if (UNLIKELY(flags & HOSTFP_REFUSED))                                                                          \
            TAIL slow(h, op, left, tlb);                                                                               \
        h->fflags |= flags;                                                                                            \
        destination = value;                                                                                           \
        NEXT;                                                                                                          \
    }
#define DEFINE_FPF(id, expr) DEFINE_FP(id, expr, h->f[op->rd])
#define DEFINE_FPX(id, expr) DEFINE_FP(id, expr, h->x[op->rd])
#define DEFINE_FPF_RM(id, expr) DEFINE_FPF(id, expr)
#define DEFINE_FPF_ANY(id, expr) DEFINE_FPF(id, expr)
#define DEFINE_FPX_RM(id, expr) DEFINE_FPX(id, expr)
#define DEFINE_SYS(id, function)

/* Rounding as frm says: the host FPU is set so. */
#define RM (h->frm)
#define OP(name) try_##name
#define INSN(id, mnemonic, format, pattern, ext, class, expr, tag) DEFINE_##class(id, expr)
#include "cpu/insn.def"
#undef INSN
#undef RM
#undef OP

/* Conversions to integers with the static mode RTZ, C's casts: the rows with a mode and an integer result again. */
#define TRUNCATE_ALU(id, expr)
#define TRUNCATE_PCREL(id, expr)
#define TRUNCATE_LOAD(id, expr)
#define TRUNCATE_STORE(id, expr)
#define TRUNCATE_FLOAD(id, expr)
#define TRUNCATE_FSTORE(id, expr)
#define TRUNCATE_BRANCH(id, expr)
#define TRUNCATE_JAL(id, expr)
#define TRUNCATE_JALR(id, expr)
#define TRUNCATE_NOP(id, expr)
#define TRUNCATE_AMO32(id, expr)
#define TRUNCATE_AMO64(id, expr)
#define TRUNCATE_FPF_RM(id, expr)
#define TRUNCATE_FPF_ANY(id, expr)
#define TRUNCATE_FPF(id, expr)
#define TRUNCATE_FPX(id, expr)
#define TRUNCATE_SYS(id, expr)
#define TRUNCATE_FPX_RM(id, expr) DEFINE_FPX(id##_truncate, expr)
#define RM FP_RTZ
#define OP(name) try_##name##_rtz
#define INSN(id, mnemonic, format, pattern, ext, class, expr, tag) TRUNCATE_##class(id, expr)
#include "cpu/insn.def"
#undef INSN
#undef RM
#undef OP

/* The handler for each row and the one for RTZ, by class. */
struct choice {
    op_handler *usual;
    op_handler *truncate; /* NULL: none */
    bool has_mode;        /* the usual one rounds as frm says */
};

#define CHOICE_ALU(id)                                                                                                 \
    {                                                                                                                  \
        do_##id, NULL, false                                                                                           \
    }
#define CHOICE_PCREL(id)                                                                                               \
    {                                                                                                                  \
        do_##id, NULL, false                                                                                           \
    }
#define CHOICE_LOAD(id)                                                                                                \
    {                                                                                                                  \
        do_##id, NULL, false                                                                                           \
    }
#define CHOICE_STORE(id)                                                                                               \
    {                                                                                                                  \
        do_##id, NULL, false                                                                                           \
    }
#define CHOICE_FLOAD(id)                                                                                               \
    {                                                                                                                  \
        do_##id, NULL, false                                                                                           \
    }
#define CHOICE_FSTORE(id)                                                                                              \
    {                                                                                                                  \
        do_##id, NULL, false                                                                                           \
    }
#define CHOICE_BRANCH(id)                                                                                              \
    {                                                                                                                  \
        do_##id, NULL, false                                                                                           \
    }
#define CHOICE_JAL(id)                                                                                                 \
    {                                                                                                                  \
        do_##id, NULL, false                                                                                           \
    }
#define CHOICE_JALR(id)                                                                                                \
    {                                                                                                                  \
        do_##id, NULL, false                                                                                           \
    }
#define CHOICE_NOP(id)                                                                                                 \
    {                                                                                                                  \
        do_##id, NULL, false                                                                                           \
    }
#define CHOICE_AMO32(id)                                                                                               \
    {                                                                                                                  \
        do_##id, NULL, false                                                                                           \
    }
#define CHOICE_AMO64(id)                                                                                               \
    {                                                                                                                  \
        do_##id, NULL, false                                                                                           \
    }
#define CHOICE_FPF_RM(id)                                                                                              \
    {                                                                                                                  \
        do_##id, NULL, true                                                                                            \
    }
#define CHOICE_FPF_ANY(id)                                                                                             \
    {                                                                                                                  \
        do_##id, NULL, false                                                                                           \
    }
#define CHOICE_FPF(id)                                                                                                 \
    {                                                                                                                  \
        do_##id, NULL, false                                                                                           \
    }
#define CHOICE_FPX(id)                                                                                                 \
    {                                                                                                                  \
        do_##id, NULL, false                                                                                           \
    }
#define CHOICE_SYS(id)                                                                                                 \
    {                                                                                                                  \
        slow, NULL, false                                                                                              \
    }
#define CHOICE_FPX_RM(id)                                                                                              \
    {                                                                                                                  \
        do_##id, do_##id##_truncate, true                                                                              \
    }

static const struct choice choices[INSN_COUNT] = {
#define INSN(id, mnemonic, format, pattern, ext, class, expr, tag) [INSN_##id] = CHOICE_##class(id),
#include "cpu/insn.def"
#undef INSN
};

/* A static rounding mode other than frm goes to the software: norm:F_rm_field. */
static op_handler *handler_for(const struct op *op, const struct choice *choice, enum insn_class class)
{
    unsigned rm = RM_FIELD;
    if (choice->has_mode && rm != RM_DYNAMIC)
        return rm == FP_RTZ && choice->truncate != NULL ? choice->truncate : slow;
    if (class == CLASS_FPF_ANY && rm != RM_DYNAMIC && rm > FP_RMM)
        return slow;
    return choice->usual;
}

static const uint8_t classes[INSN_COUNT] = {
#define INSN(id, mnemonic, format, pattern, ext, class, expr, tag) [INSN_##id] = CLASS_##class,
#include "cpu/insn.def"
#undef INSN
};

static op_handler *system_handler(struct op *op, unsigned id)
{
    op_handler *handler = csr_handler(op, id);
    return handler != NULL ? handler : slow;
}

static void set_handler(struct op *op, unsigned id)
{
    if (id == PSEUDO_FALL)
        op->run = pseudo_fall;
    else if (id == PSEUDO_FP_ENTER)
        op->run = pseudo_fp_enter;
    else if (id == PSEUDO_COUNT)
        op->run = pseudo_count;
    else if (id >= INSN_COUNT)
        op->run = slow;
    else if (classes[id] == CLASS_SYS)
        op->run = system_handler(op, id);
    else
        op->run = handler_for(op, &choices[id], (enum insn_class)classes[id]);
}

/* What a handler costs, in units of which only the proportions count: a pair saves a jump, and a pair whose second takes the
 * first's result saves its way through memory as well. */
enum { COST_SINGLE = 10, COST_PAIR = 15, COST_PAIR_FORWARDS = 11 };

/* The handler for ops[0] and ops[1] and its cost, or NULL (a jump that may have to trap goes the slow way). */
static op_handler *handler_of_both(const struct op *ops, const struct op_place *place, unsigned *cost)
{
    if (ops[0].run == slow || ops[1].run == slow)
        return NULL;
    bool forwards = ops[1].rs1 == ops[0].rd || ops[1].rs2 == ops[0].rd;
    *cost = forwards ? COST_PAIR_FORWARDS : COST_PAIR;
    return pair_handler(ops, place[0].id, place[1].id);
}

/* Gives two that follow one another one handler, so that the block's handlers cost least. */
static void fuse(struct op *ops, const struct op_place *place, unsigned count)
{
    op_handler *both[BLOCK_OPS_MAX];
    unsigned cost[BLOCK_OPS_MAX + 1], with_next; /* from this op to the end */
    cost[count] = 0;
    for (unsigned i = count; i-- > 0;) {
        both[i] = i + 1 < count ? handler_of_both(&ops[i], &place[i], &with_next) : NULL;
        cost[i] = COST_SINGLE + cost[i + 1];
        if (both[i] != NULL && with_next + cost[i + 2] <= cost[i])
            cost[i] = with_next + cost[i + 2];
        else
            both[i] = NULL;
    }
    for (unsigned i = 0; i < count; i++)
        if (both[i] != NULL)
            ops[i].run = both[i], i++;
}

static void finish(struct op *ops, const struct op_place *place, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (place[i].id == INSN_auipc)
            ops[i].rs1 = place[i].offset;
    fuse(ops, place, count);
}

/* Enters the handlers; they come back with pc and left set. */
static void run_block(struct hart *h, const struct block *block)
{
    block->ops[0].run(h, block->ops, h->left - block->steps, h->data);
}

static void run_some(struct hart *h, const struct block *block)
{
    engine_count.run_some(h, block);
}

const struct engine engine_tail = {.ops = {set_handler, finish}, .run = run_block, .run_some = run_some};
