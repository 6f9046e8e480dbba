/* SPDX-License-Identifier: MIT */
/* The handlers are the products of lists of frequent instructions: a first one {ALU, load, store} with a second one {ALU,
 * load, store, branch}, in up to three forms by what the second one takes from the first. The instructions' meanings are
 * those of insn.def, as functions of their operands. */
#include "cpu/pair.h"

#include "cpu/handler.h"

/* The lists; each entry is X(a, id). What they hold is what `--engine profile` shows to be frequent. */
#define LIST_I(X, a)                                                                                                   \
    X(a, addi)                                                                                                         \
    X(a, slli)                                                                                                         \
    X(a, srli) X(a, addiw) X(a, andi) X(a, xori) X(a, sltiu) X(a, slliw) X(a, srliw) X(a, srai) X(a, sraiw) X(a, lui)
#define LIST_R(X, a)                                                                                                   \
    X(a, add) X(a, xor) X(a, or) X(a, sltu) X(a, sub) X(a, mul) X(a, and) X(a, addw) X(a, subw) X(a, mulw)
#define LIST_P(X, a) X(a, auipc)
#define LIST_L(X, a) X(a, ld) X(a, lw) X(a, lbu) X(a, lhu) X(a, lwu) X(a, lh)
#define LIST_S(X, a) X(a, sd) X(a, sw) X(a, sb) X(a, sh)
#define LIST_B(X, a) X(a, beq) X(a, bne) X(a, blt) X(a, bge) X(a, bltu) X(a, bgeu)
#define LIST_J(X, a) X(a, jal)
#define LIST_T(X, a) X(a, jalr)

/* A list within a list: the inner one's name appears only when the outer one is done, and is expanded by a second scan. */
#define NOTHING()
#define LATER_I() LIST_I
#define LATER_R() LIST_R
#define LATER_P() LIST_P
#define LATER_L() LIST_L
#define LATER_S() LIST_S
#define LATER_B() LIST_B
#define LATER_J() LIST_J
#define LATER_T() LIST_T
#define SCAN(...) __VA_ARGS__

/* PAIR_<kind>_<second kind>(id, second id) for everything that may stand behind the instruction `id`. */
/* clang-format off */
#define WITH_ALL(kind, id)                                                                                             \
    LATER_I NOTHING()()(PAIR_##kind##_I, id)                                                                           \
    LATER_R NOTHING()()(PAIR_##kind##_R, id)                                                                           \
    LATER_P NOTHING()()(PAIR_##kind##_P, id)                                                                           \
    LATER_L NOTHING()()(PAIR_##kind##_L, id)                                                                           \
    LATER_S NOTHING()()(PAIR_##kind##_S, id)                                                                           \
    LATER_B NOTHING()()(PAIR_##kind##_B, id)                                                                           \
    LATER_J NOTHING()()(PAIR_##kind##_J, id)                                                                           \
    LATER_T NOTHING()()(PAIR_##kind##_T, id)
/* clang-format on */
#define ALL_PAIRS                                                                                                      \
    SCAN(LIST_I(WITH_ALL, I) LIST_R(WITH_ALL, R) LIST_P(WITH_ALL, P) LIST_L(WITH_ALL, L) LIST_S(WITH_ALL, S))

#undef A
#undef B
#undef IMM

/* The rows' meanings. */
#define MEANING_ALU(id, expr)                                                                                          \
    ALWAYS_INLINE UNUSED uint64_t value_##id(uint64_t A, uint64_t B, uint64_t IMM)                                     \
    {                                                                                                                  \
        (void)A, (void)B, (void)IMM;                                                                                   \
        return (uint64_t)(expr);                                                                                       \
    }
#define MEANING_BRANCH(id, expr)                                                                                       \
    ALWAYS_INLINE UNUSED bool value_##id(uint64_t A, uint64_t B)                                                       \
    {                                                                                                                  \
        return (expr);                                                                                                 \
    }
#define MEANING_LOAD(id, type) typedef type type_##id;
#define MEANING_STORE(id, type) typedef type type_##id;
#define MEANING_PCREL(id, expr)
#define MEANING_FLOAD(id, expr)
#define MEANING_FSTORE(id, expr)
#define MEANING_JAL(id, expr)
#define MEANING_JALR(id, expr)
#define MEANING_NOP(id, expr)
#define MEANING_AMO32(id, expr)
#define MEANING_AMO64(id, expr)
#define MEANING_FPF_RM(id, expr)
#define MEANING_FPF_ANY(id, expr)
#define MEANING_FPF(id, expr)
#define MEANING_FPX_RM(id, expr)
#define MEANING_FPX(id, expr)
#define MEANING_SYS(id, expr)
#define INSN(id, mnemonic, format, pattern, ext, class, expr, tag) MEANING_##class(id, expr)
#include "cpu/insn.def"
#undef INSN

#define IMM_OF(op) ((uint64_t)(int64_t)(op)->imm)

/* The first instruction: its result is `first`, which a store has not. */
#define FIRST_I(id) uint64_t first = value_##id(h->x[op->rs1], 0, IMM_OF(op));
#define FIRST_R(id) uint64_t first = value_##id(h->x[op->rs1], h->x[op->rs2], 0);
#define FIRST_P(id) uint64_t first = PC_OF_AUIPC(op) + IMM_OF(op);
#define FIRST_L(id)                                                                                                    \
    uint64_t first;                                                                                                    \
    {                                                                                                                  \
        uint64_t va = h->x[op->rs1] + IMM_OF(op);                                                                      \
        TLB_HIT(load, type_##id);                                                                                      \
        type_##id value;                                                                                               \
        memcpy(&value, host, sizeof value);                                                                            \
        first = (uint64_t)(int64_t)value;                                                                              \
    }
#define FIRST_S(id)                                                                                                    \
    {                                                                                                                  \
        uint64_t va = h->x[op->rs1] + IMM_OF(op);                                                                      \
        TLB_HIT(store, type_##id);                                                                                     \
        type_##id value = (type_##id)h->x[op->rs2];                                                                    \
        memcpy(host, &value, sizeof value);                                                                            \
    }
#define KEEP_I h->x[op->rd] = first;
#define KEEP_R h->x[op->rd] = first;
#define KEEP_P h->x[op->rd] = first;
#define KEEP_L h->x[op->rd] = first;
#define KEEP_S

/* The forms: where the second one's operands come from. */
enum form { FORM_FREE, FORM_A, FORM_B, FORMS };
#define OPERANDS_FREE                                                                                                  \
    uint64_t a = h->x[op[1].rs1], b = h->x[op[1].rs2];                                                                 \
    (void)a, (void)b
#define OPERANDS_A                                                                                                     \
    uint64_t a = first, b = h->x[op[1].rs2];                                                                           \
    (void)a, (void)b
#define OPERANDS_B                                                                                                     \
    uint64_t a = h->x[op[1].rs1], b = first;                                                                           \
    (void)a, (void)b

/* The second instruction, with op on it. */
#define SECOND_I(id)                                                                                                   \
    h->x[op->rd] = value_##id(a, 0, IMM_OF(op));                                                                       \
    NEXT;
#define SECOND_R(id)                                                                                                   \
    h->x[op->rd] = value_##id(a, b, 0);                                                                                \
    NEXT;
#define SECOND_P(id)                                                                                                   \
    h->x[op->rd] = PC_OF_AUIPC(op) + IMM_OF(op);                                                                       \
    NEXT;
#define SECOND_L(id)                                                                                                   \
    uint64_t va = a + IMM_OF(op);                                                                                      \
    TLB_HIT(load, type_##id);                                                                                          \
    type_##id value;                                                                                                   \
    memcpy(&value, host, sizeof value);                                                                                \
    h->x[op->rd] = (uint64_t)(int64_t)value;                                                                           \
    NEXT;
#define SECOND_S(id)                                                                                                   \
    uint64_t va = a + IMM_OF(op);                                                                                      \
    TLB_HIT(store, type_##id);                                                                                         \
    type_##id value = (type_##id)b;                                                                                    \
    memcpy(host, &value, sizeof value);                                                                                \
    NEXT;
#define SECOND_B(id) BRANCH(value_##id(a, b));
#define SECOND_J(id) CALL;
#define SECOND_T(id) JUMP(a + IMM_OF(op));

#define DEFINE(kind, one, second_kind, two, form)                                                                      \
    HANDLER(pair_##one##_##two##_##form)                                                                               \
    {                                                                                                                  \
        FIRST_##kind(one) OPERANDS_##form;                                                                             \
        KEEP_##kind op++;                                                                                              \
        SECOND_##second_kind(two)                                                                                      \
    }
/* Which forms a pair can have: a store gives nothing, immediate forms and loads take nothing as B. */
#define DEFINE_ONE(kind, one, second_kind, two) DEFINE(kind, one, second_kind, two, FREE)
#define DEFINE_TWO(kind, one, second_kind, two)                                                                        \
    DEFINE_ONE(kind, one, second_kind, two) DEFINE(kind, one, second_kind, two, A)
#define DEFINE_THREE(kind, one, second_kind, two)                                                                      \
    DEFINE_TWO(kind, one, second_kind, two) DEFINE(kind, one, second_kind, two, B)

#define PAIR_I_I(one, two) DEFINE_TWO(I, one, I, two)
#define PAIR_I_R(one, two) DEFINE_THREE(I, one, R, two)
#define PAIR_I_P(one, two) DEFINE_ONE(I, one, P, two)
#define PAIR_I_L(one, two) DEFINE_TWO(I, one, L, two)
#define PAIR_I_S(one, two) DEFINE_THREE(I, one, S, two)
#define PAIR_I_B(one, two) DEFINE_THREE(I, one, B, two)
#define PAIR_R_I(one, two) DEFINE_TWO(R, one, I, two)
#define PAIR_R_R(one, two) DEFINE_THREE(R, one, R, two)
#define PAIR_R_P(one, two) DEFINE_ONE(R, one, P, two)
#define PAIR_R_L(one, two) DEFINE_TWO(R, one, L, two)
#define PAIR_R_S(one, two) DEFINE_THREE(R, one, S, two)
#define PAIR_R_B(one, two) DEFINE_THREE(R, one, B, two)
#define PAIR_L_I(one, two) DEFINE_TWO(L, one, I, two)
#define PAIR_L_R(one, two) DEFINE_THREE(L, one, R, two)
#define PAIR_L_P(one, two) DEFINE_ONE(L, one, P, two)
#define PAIR_L_L(one, two) DEFINE_TWO(L, one, L, two)
#define PAIR_L_S(one, two) DEFINE_THREE(L, one, S, two)
#define PAIR_L_B(one, two) DEFINE_THREE(L, one, B, two)
#define PAIR_S_I(one, two) DEFINE_ONE(S, one, I, two)
#define PAIR_S_R(one, two) DEFINE_ONE(S, one, R, two)
#define PAIR_S_P(one, two) DEFINE_ONE(S, one, P, two)
#define PAIR_S_L(one, two) DEFINE_ONE(S, one, L, two)
#define PAIR_S_S(one, two) DEFINE_ONE(S, one, S, two)
#define PAIR_S_B(one, two) DEFINE_ONE(S, one, B, two)
#define PAIR_I_J(one, two) DEFINE_ONE(I, one, J, two)
#define PAIR_I_T(one, two) DEFINE_TWO(I, one, T, two)
#define PAIR_R_J(one, two) DEFINE_ONE(R, one, J, two)
#define PAIR_R_T(one, two) DEFINE_TWO(R, one, T, two)
#define PAIR_P_J(one, two) DEFINE_ONE(P, one, J, two)
#define PAIR_P_T(one, two) DEFINE_TWO(P, one, T, two)
#define PAIR_L_J(one, two) DEFINE_ONE(L, one, J, two)
#define PAIR_L_T(one, two) DEFINE_TWO(L, one, T, two)
#define PAIR_S_J(one, two) DEFINE_ONE(S, one, J, two)
#define PAIR_S_T(one, two) DEFINE_ONE(S, one, T, two)
#define PAIR_P_I(one, two) DEFINE_TWO(P, one, I, two)
#define PAIR_P_R(one, two) DEFINE_THREE(P, one, R, two)
#define PAIR_P_P(one, two) DEFINE_ONE(P, one, P, two)
#define PAIR_P_L(one, two) DEFINE_TWO(P, one, L, two)
#define PAIR_P_S(one, two) DEFINE_THREE(P, one, S, two)
#define PAIR_P_B(one, two) DEFINE_THREE(P, one, B, two)

ALL_PAIRS

/* Their places in the table. */
#define PLACE(none, id) HOT_##id,
enum hot {
    HOT_NONE,
    LIST_I(PLACE, ) LIST_R(PLACE, ) LIST_P(PLACE, ) LIST_L(PLACE, ) HOT_LAST_WITH_RESULT,
    LIST_S(PLACE, ) HOT_FIRSTS,
    LIST_B(PLACE, ) LIST_J(PLACE, ) LIST_T(PLACE, ) HOT_COUNT
};

#undef DEFINE
#define DEFINE(kind, one, second_kind, two, form) [HOT_##one][HOT_##two][FORM_##form] = pair_##one##_##two##_##form,
static op_handler *const table[HOT_FIRSTS][HOT_COUNT][FORMS] = {ALL_PAIRS};

#define PLACE_OF(none, id) [INSN_##id] = HOT_##id,
static const uint8_t places[INSN_COUNT + 1] = {LIST_I(PLACE_OF, ) LIST_R(PLACE_OF, ) LIST_P(PLACE_OF, ) LIST_L(
    PLACE_OF, ) LIST_S(PLACE_OF, ) LIST_B(PLACE_OF, ) LIST_J(PLACE_OF, ) LIST_T(PLACE_OF, )};

/* What the second one takes from the first. A register that is no operand of its row is 0 in its op, which is never
 * written. Both operands from the first: no form. */
static enum form form_of(const struct op *ops, bool stores)
{
    if (stores)
        return FORM_FREE;
    bool a = ops[1].rs1 == ops[0].rd, b = ops[1].rs2 == ops[0].rd;
    if (a && b)
        return FORMS;
    if (a)
        return FORM_A;
    return b ? FORM_B : FORM_FREE;
}

bool pair_exists(unsigned first, unsigned second)
{
    return first < INSN_COUNT && second < INSN_COUNT && places[first] < HOT_FIRSTS &&
           table[places[first]][places[second]][FORM_FREE] != NULL;
}

op_handler *pair_handler(const struct op *ops, unsigned first, unsigned second)
{
    if (!pair_exists(first, second))
        return NULL;
    enum form form = form_of(ops, places[first] > HOT_LAST_WITH_RESULT);
    return form == FORMS ? NULL : table[places[first]][places[second]][form];
}
