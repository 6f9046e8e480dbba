/* SPDX-License-Identifier: MIT */
/* Instructions as text: the formats of format.def, the aliases of alias.def, the names of csr.def. */
#ifndef MICROVM_CPU_DISASM_H
#define MICROVM_CPU_DISASM_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/decode.h"

#define DISASM_TEXT_BYTES 80

struct disasm {
    char text[DISASM_TEXT_BYTES]; /* "addi a0, a1, -1": mnemonic, a space, operands separated by ", " */
    unsigned length;              /* of the instruction, 2 or 4 bytes */
    bool has_target;              /* of a jump or branch whose target stands in it (jalr's does not): ... */
    uint64_t target;              /* ... the address it leads to */
    const char *mnemonic;         /* of the row (insn_info), without aliases; NULL: no instruction */
};

/* The instruction at pc whose first halfword is in bits 15:0, in the style of GNU objdump, standard aliases included; the
 * targets of jumps are addresses, 0x80000010. A 16-bit instruction is written as what it stands for, hints apart (c.nop 5).
 * What is no instruction of the decoder's extensions becomes ".word 0x..." or ".half 0x...", 16 zero bits "unimp".
 * Where GNU has several spellings this is the one with the ending: addi, slli and csrwi, not add, sll and csrw. */
void disasm(const struct decoder *decoder, uint32_t bits, uint64_t pc, struct disasm *out);

#endif
