/* SPDX-License-Identifier: MIT */
/* From instruction bits to a row of insn.def and its operands. */
#ifndef MICROVM_CPU_DECODE_H
#define MICROVM_CPU_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/ext.h"
#include "cpu/op.h"

enum insn_id {
#define INSN(id, mnemonic, format, pattern, ext, class, expr, tag) INSN_##id,
#include "cpu/insn.def"
#undef INSN
    INSN_COUNT,
    INSN_illegal = INSN_COUNT /* no row: raises, imm holds the bits */
};

enum narrow_id {
#define CINSN(id, mnemonic, format, pattern, ext, target, nonzero, tag) NARROW_##id,
#include "cpu/insn_c.def"
#undef CINSN
    NARROW_COUNT
};

enum insn_class {
    CLASS_ALU,
    CLASS_PCREL,
    CLASS_LOAD,
    CLASS_STORE,
    CLASS_FLOAD,
    CLASS_FSTORE,
    CLASS_BRANCH,
    CLASS_JAL,
    CLASS_JALR,
    CLASS_NOP,
    CLASS_AMO32,
    CLASS_AMO64,
    CLASS_FPF_RM,
    CLASS_FPF_ANY,
    CLASS_FPF,
    CLASS_FPX_RM,
    CLASS_FPX,
    CLASS_SYS
};

struct insn_info {
    const char *mnemonic;
    enum insn_class class;
    enum ext ext;
    uint32_t mask; /* of the bits that the pattern fixes */
    uint32_t match;
};

struct decoded {
    uint16_t id;    /* enum insn_id */
    uint8_t length; /* 2 or 4 bytes */
    uint8_t narrow; /* enum narrow_id: the 16-bit instruction that it was written as; NARROW_COUNT: none */
    struct op op;   /* all but run, id and index */
};

struct decoder;

/* The decoder for a set of extensions; NULL when memory ran out. Immutable once made. */
struct decoder *decoder_create(const struct ext_set *ext);
void decoder_destroy(struct decoder *decoder);

/* Whether the set it was made for has the extension. */
bool decoder_has(const struct decoder *decoder, enum ext ext);

/* Decodes the instruction whose first halfword is in bits 15:0; bits 31:16 count only if bits 1:0 are 3.
 * Never fails: what is no instruction becomes INSN_illegal. */
void decode(const struct decoder *decoder, uint32_t bits, struct decoded *out);

const struct insn_info *insn_info(const struct decoder *decoder, enum insn_id id);

/* True if a block ends behind an instruction of this class (SYS ones end it where they may change what follows). */
bool insn_ends_block(enum insn_class class, enum insn_id id);

#endif
