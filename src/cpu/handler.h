/* SPDX-License-Identifier: MIT */
/* What the tail-call engine's handlers are made of. Private to its files. */
#ifndef MICROVM_CPU_HANDLER_H
#define MICROVM_CPU_HANDLER_H

#include <string.h>

#include "base/compiler.h"
#include "cpu/block.h"
#include "cpu/rows.h"
#include "mmu/tlb.h"

#define HANDLER(name) static void name(struct hart *h, const struct op *op, int64_t left, struct tlb_bank *tlb)
/* These two hide a jump: every handler ends in one of them or in a tail call written out. */
#define NEXT                                                                                                           \
    op++;                                                                                                              \
    TAIL op->run(h, op, left, tlb)
#define FOLLOW(way)                                                                                                    \
    left -= block_link(op)->way->steps;                                                                                \
    if (UNLIKELY(left < 0))                                                                                            \
        TAIL leave_##way(h, op, left, tlb);                                                                            \
    op = block_link(op)->way->ops;                                                                                     \
    TAIL op->run(h, op, left, tlb)

#define PC_OF_AUIPC(op) (block_of(op)->pc + (op)->rs1)

/* JAL and JALR with op on them. */
#define CALL                                                                                                           \
    h->x[op->rd] = block_link(op)->pc_behind;                                                                          \
    FOLLOW(taken)
#define JUMP(target)                                                                                                   \
    uint64_t pc = (target) & ~UINT64_C(1);                                                                             \
    const struct block *block = h->code->jump[jump_slot(pc)];                                                          \
    h->x[op->rd] = block_link(op)->pc_behind;                                                                          \
    if (UNLIKELY(block->pc != pc || block->steps > left)) {                                                            \
        h->pc = pc;                                                                                                    \
        h->left = left;                                                                                                \
        return;                                                                                                        \
    }                                                                                                                  \
    op = block->ops;                                                                                                   \
    left -= block->steps;                                                                                              \
    TAIL op->run(h, op, left, tlb)

/* A branch with op on it: taken it gives the steps behind it back, else the block goes on behind the link. */
#define BRANCH(condition)                                                                                              \
    if (condition) {                                                                                                   \
        left += op->rd;                                                                                                \
        FOLLOW(taken);                                                                                                 \
    }                                                                                                                  \
    op += 2;                                                                                                           \
    TAIL op->run(h, op, left, tlb)

/* The entry of the page of va; what is not there is looked for. access: load or store, of x[rs1] + the immediate. */
#define ACCESS_OF_load ACCESS_LOAD
#define ACCESS_OF_store ACCESS_STORE
#define TLB_HIT(access, type)                                                                                          \
    const struct tlb_entry *entry = tlb_slot(tlb, ACCESS_OF_##access, va);                                             \
    if (UNLIKELY(entry->tag != ((va + sizeof(type) - 1) & ~(PAGE_BYTES - 1))))                                         \
        TAIL miss_##access(h, op, left, tlb);                                                                          \
    char *host = (char *)(va + entry->addend)

/* Executes op by the switch engine, with pc and left made exact, and goes on behind it if nothing else is to be done. */
op_handler slow;

/* For a load or store that is not in the TLB: fills the entry and has op done again, or goes the slow way. */
op_handler miss_load;
op_handler miss_store;

/* The paths out of a block's last op when the next block is not linked (left is then far below zero) or the budget does
 * not cover it. */
op_handler leave_taken;
op_handler leave_fall;

#endif
