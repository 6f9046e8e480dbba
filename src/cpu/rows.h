/* SPDX-License-Identifier: MIT */
/* The words that the expressions of insn.def are written in, over `h` (the hart) and `op`. An engine adds its own PC, RM, FL
 * and OP (which FP implementation a name stands for). */
#ifndef MICROVM_CPU_ROWS_H
#define MICROVM_CPU_ROWS_H

#include "base/bits.h"
#include "cpu/alu.h"
#include "cpu/decode.h"
#include "cpu/fp/softfp.h"
#include "cpu/hart.h"

#define A (h->x[op->rs1])
#define B (h->x[op->rs2])
#define IMM ((uint64_t)(int64_t)op->imm)
#define FA (h->f[op->rs1])
#define FB (h->f[op->rs2])
#define FC (h->f[(uint32_t)op->imm >> 27])
#define SA (unbox32(FA))
#define SB (unbox32(FB))
#define SC (unbox32(FC))
#define BOX(bits) box32(bits)
#define SIGN32 (UINT32_C(1) << 31)
#define SIGN64 (UINT64_C(1) << 63)
#define RM_FIELD ((uint32_t)op->imm >> 12 & 7)
#define RM_DYNAMIC 7

#endif
