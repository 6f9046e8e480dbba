/* SPDX-License-Identifier: MIT */
/* An op's rs2 holds the CSR's place among the words of struct csr_state. Whatever is not the usual case (another mode than the
 * one that the CSR's number names, a field with consequences, an interrupt that waits) goes the slow way. */
#include "cpu/csr_handler.h"

#include "cpu/csr.h"
#include "cpu/csr_rows.h"
#include "cpu/handler.h"

#define SLOT_OF(name) (offsetof(struct csr_state, name) / sizeof(uint64_t))
#define SLOTS (sizeof(struct csr_state) / sizeof(uint64_t))
_Static_assert(SLOTS <= 256, "a slot's number fits into an op");

/* A guest's own words stand as the supervisor's do, so far behind them. */
#define GUEST_WORDS (SLOT_OF(vsscratch) - SLOT_OF(sscratch))
_Static_assert(SLOT_OF(vsepc) - SLOT_OF(sepc) == GUEST_WORDS, "twins stand alike");
_Static_assert(SLOT_OF(vscause) - SLOT_OF(scause) == GUEST_WORDS, "twins stand alike");
_Static_assert(SLOT_OF(vstval) - SLOT_OF(stval) == GUEST_WORDS, "twins stand alike");

/* By the level that a CSR's number names (norm:Zicsr_access): whether the present mode is the one it is for, and where its
 * word is. */
#define IN_MODE_S (h->priv == PRIV_S)
#define IN_MODE_H (h->priv == PRIV_S && !h->virt && hart_has(h, EXT_H))
#define IN_MODE_M (h->priv == PRIV_M)
#define PLACE_S (op->rs2 + (h->virt ? GUEST_WORDS : 0))
#define PLACE_H (op->rs2)
#define PLACE_M (op->rs2)

/* What the instructions write; norm:csrrw_op and following. */
#define VALUE_csrrw (h->x[op->rs1])
#define VALUE_csrrs (old | h->x[op->rs1])
#define VALUE_csrrc (old & ~h->x[op->rs1])
#define VALUE_csrrwi ((uint64_t)op->rs1)
#define VALUE_csrrsi (old | (uint64_t)op->rs1)
#define VALUE_csrrci (old & ~(uint64_t)op->rs1)

/* What a write keeps of the value. norm:mepc_align */
#define KEPT_word UINT64_MAX
#define KEPT_epc (hart_has(h, EXT_C) ? ~UINT64_C(1) : ~UINT64_C(3))

#define DEFINE_WRITE(kind, level, id)                                                                                  \
    HANDLER(do_##kind##_##level##_##id)                                                                                  \
    {                                                                                                                  \
        if (UNLIKELY(!IN_MODE_##level))                                                                                \
            TAIL slow(h, op, left, tlb);                                                                               \
        uint64_t *word = (uint64_t *)&h->csr + PLACE_##level, old = *word;                                             \
        *word = VALUE_##id & KEPT_##kind;                                                                              \
        h->x[op->rd] = old;                                                                                            \
        NEXT;                                                                                                          \
    }
#define DEFINE_READ(level)                                                                                             \
    HANDLER(do_word_##level##_read)                                                                                    \
    {                                                                                                                  \
        if (UNLIKELY(!IN_MODE_##level))                                                                                \
            TAIL slow(h, op, left, tlb);                                                                               \
        h->x[op->rd] = ((const uint64_t *)&h->csr)[PLACE_##level];                                                     \
        NEXT;                                                                                                          \
    }

/* sstatus, which is vsstatus in a guest, and mstatus. Bits with consequences of no other kind than that an interrupt may
 * come. */
#define STACK_S (MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP)
#define STACK_M (MSTATUS_MIE | MSTATUS_MPIE)
#define STATUS_S (h->virt ? &h->csr.vsstatus : &h->csr.mstatus)
#define STATUS_M (&h->csr.mstatus)
#define SHOWN_S csr_sstatus_bits()
#define SHOWN_M (~UINT64_C(0))
#define WRITTEN_S (SHOWN_S & ~MSTATUS_SD)
#define WRITTEN_M (~MSTATUS_SD)

#define DEFINE_STATUS(level, id)                                                                                       \
    HANDLER(do_status_##level##_##id)                                                                                  \
    {                                                                                                                  \
        uint64_t *status = STATUS_##level, old = csr_with_sd(*status) & SHOWN_##level;                                 \
        uint64_t changed = (*status ^ VALUE_##id) & WRITTEN_##level, on = changed & ~old;                              \
        if (UNLIKELY(!IN_MODE_##level || (changed & ~STACK_##level) ||                                                 \
                     ((on & (MSTATUS_SIE | MSTATUS_MIE)) && csr_interrupts_wait(h))))                                  \
            TAIL slow(h, op, left, tlb);                                                                               \
        *status ^= changed;                                                                                            \
        h->x[op->rd] = old;                                                                                            \
        NEXT;                                                                                                          \
    }
#define DEFINE_STATUS_READ(level)                                                                                      \
    HANDLER(do_status_##level##_read)                                                                                  \
    {                                                                                                                  \
        if (UNLIKELY(!IN_MODE_##level))                                                                                \
            TAIL slow(h, op, left, tlb);                                                                               \
        h->x[op->rd] = csr_with_sd(*STATUS_##level) & SHOWN_##level;                                                   \
        NEXT;                                                                                                          \
    }

#define DEFINE_WORD(level, id) DEFINE_WRITE(word, level, id)
#define DEFINE_EPC(level, id) DEFINE_WRITE(epc, level, id)

#define ALL(DEFINE, level)                                                                                             \
    DEFINE(level, csrrw)                                                                                               \
    DEFINE(level, csrrs) DEFINE(level, csrrc) DEFINE(level, csrrwi) DEFINE(level, csrrsi) DEFINE(level, csrrci)
ALL(DEFINE_WORD, S)
ALL(DEFINE_WORD, H)
ALL(DEFINE_WORD, M)
ALL(DEFINE_EPC, S)
ALL(DEFINE_EPC, H)
ALL(DEFINE_EPC, M)
ALL(DEFINE_STATUS, S)
ALL(DEFINE_STATUS, M)
DEFINE_READ(S)
DEFINE_READ(H)
DEFINE_READ(M)
DEFINE_STATUS_READ(S)
DEFINE_STATUS_READ(M)

/* By verb: csrrw, csrrs, csrrc, their immediate forms, and a set or clear that only reads. */
enum verb { VERB_W, VERB_S, VERB_C, VERB_WI, VERB_SI, VERB_CI, VERB_READ, VERBS };
#define do_epc_S_read do_word_S_read
#define do_epc_H_read do_word_H_read
#define do_epc_M_read do_word_M_read
#define FAMILY(kind, level)                                                                                            \
    {                                                                                                                  \
        do_##kind##_##level##_csrrw, do_##kind##_##level##_csrrs, do_##kind##_##level##_csrrc,                         \
            do_##kind##_##level##_csrrwi, do_##kind##_##level##_csrrsi, do_##kind##_##level##_csrrci,                  \
            do_##kind##_##level##_read                                                                                 \
    }

/* norm:csrrs_csrrc_rs1_x0: whether they write depends on the field alone. */
static enum verb verb_of(const struct op *op, unsigned id)
{
    switch (id) {
    case INSN_csrrw: return VERB_W;
    case INSN_csrrwi: return VERB_WI;
    case INSN_csrrs: return op->rs1 == 0 ? VERB_READ : VERB_S;
    case INSN_csrrc: return op->rs1 == 0 ? VERB_READ : VERB_C;
    case INSN_csrrsi: return op->rs1 == 0 ? VERB_READ : VERB_SI;
    case INSN_csrrci: return op->rs1 == 0 ? VERB_READ : VERB_CI;
    default: return VERBS;
    }
}

static const uint8_t slots[4096] = { /* slot of the word, plus one */
#define SLOT_WORD(number, name) [number] = SLOT_OF(name) + 1,
#define SLOT_EPC(number, name) SLOT_WORD(number, name)
#define SLOT_PLAIN(number, name)
#define SLOT_HOOKED(number, name)
#define SLOT_CUSTOM(number, name)
#define SLOT_COOKED(number, name)
#define SLOT_VIEW(number, name)
#define SLOT_READOUT(number, name)
#define SLOT_FIXED(number, name)
#define CSR(number, name, kind, reset, writable, vs_twin, gate, tag, meaning) SLOT_##kind(number, name)
#include "cpu/csr.def"
#undef CSR
};

op_handler *csr_handler(struct op *op, unsigned id)
{
    static op_handler *const words[4][VERBS] = {[1] = FAMILY(word, S), [2] = FAMILY(word, H), [3] = FAMILY(word, M)};
    static op_handler *const epcs[4][VERBS] = {[1] = FAMILY(epc, S), [2] = FAMILY(epc, H), [3] = FAMILY(epc, M)};
    static op_handler *const sstatus[VERBS] = FAMILY(status, S), *const mstatus[VERBS] = FAMILY(status, M);
    enum verb verb = verb_of(op, id);
    unsigned number = (uint32_t)op->imm >> 20;
    if (verb == VERBS)
        return NULL;
    if (number == CSR_sstatus)
        return sstatus[verb];
    if (number == CSR_mstatus)
        return mstatus[verb];
    if (slots[number] == 0)
        return NULL;
    op->rs2 = (uint8_t)(slots[number] - 1);
    bool is_epc = number == CSR_sepc || number == CSR_vsepc || number == CSR_mepc;
    return (is_epc ? epcs : words)[number >> 8 & 3][verb];
}
