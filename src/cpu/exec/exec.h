/* SPDX-License-Identifier: MIT */
/* The instructions that are functions (class SYS in insn.def). For all of them hart.pc is the instruction's own address,
 * hart.left counts it as not yet made, and op->imm holds its bits. */
#ifndef MICROVM_CPU_EXEC_EXEC_H
#define MICROVM_CPU_EXEC_EXEC_H

#include "cpu/hart.h"
#include "cpu/op.h"

typedef enum exec exec_function(struct hart *h, const struct op *op);

#define EXEC_ROW_ALU(...)
#define EXEC_ROW_PCREL(...)
#define EXEC_ROW_LOAD(...)
#define EXEC_ROW_STORE(...)
#define EXEC_ROW_FLOAD(...)
#define EXEC_ROW_FSTORE(...)
#define EXEC_ROW_BRANCH(...)
#define EXEC_ROW_JAL(...)
#define EXEC_ROW_JALR(...)
#define EXEC_ROW_NOP(...)
#define EXEC_ROW_AMO32(...)
#define EXEC_ROW_AMO64(...)
#define EXEC_ROW_FPF_RM(...)
#define EXEC_ROW_FPF_ANY(...)
#define EXEC_ROW_FPF(...)
#define EXEC_ROW_FPX_RM(...)
#define EXEC_ROW_FPX(...)
#define EXEC_ROW_SYS(f) exec_function f;
#define INSN(id, mnemonic, format, pattern, ext, class, expr, tag) EXEC_ROW_##class(expr)
#include "cpu/insn.def"
#undef INSN

exec_function exec_illegal;

#endif
