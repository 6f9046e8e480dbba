/* SPDX-License-Identifier: MIT */
/* One decoded instruction as the engines run it: 16 bytes. The layout is open because the handlers index it. */
#ifndef MICROVM_CPU_OP_H
#define MICROVM_CPU_OP_H

#include <stdint.h>

struct hart;
struct op;
struct tlb_bank;

/* A handler of the tail-call engine: does op and jumps to the next one's. `left` counts the steps left in this run with
 * the present block already taken off; `tlb` is the bank for loads and stores. */
typedef void op_handler(struct hart *h, const struct op *op, int64_t left, struct tlb_bank *tlb);

struct op {
    op_handler *run; /* the tail-call engine's; the switch engine goes by the op's place */
    int32_t imm;     /* immediate, or for SYS and FP rows the instruction's own bits */
    uint8_t rd; /* 32 (X_SINK) where an integer destination is x0; of a branch: the block's instructions behind it */
    uint8_t rs1;
    uint8_t rs2;
    uint8_t index; /* of this op in its block */
};

_Static_assert(sizeof(struct op) == 16, "handlers step through ops by 16 bytes");

#endif
