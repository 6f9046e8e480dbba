/* SPDX-License-Identifier: MIT */
/* Translated blocks: runs of ops made from straight guest code within one page, and the cache that finds them.
 * The layout is open because the engine's handlers follow it. */
#ifndef MICROVM_CPU_BLOCK_H
#define MICROVM_CPU_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "cpu/op.h"

struct hart;
struct ram;
struct tlb;

#define BLOCK_STEPS_MAX 64
#define BLOCK_BRANCHES_MAX 4
/* Ops of the longest block: the count, each instruction, the links behind branches, the FP check, the fall-through and its
 * link. */
#define BLOCK_OPS_MAX (BLOCK_STEPS_MAX + BLOCK_BRANCHES_MAX + 4)
#define BLOCK_DEAD_PC UINT64_C(1) /* odd: equals no pc */

/* Where an op stands in the guest's code: what it takes to stop there. */
struct op_place {
    uint16_t id;    /* enum insn_id */
    uint8_t offset; /* of its instruction behind the block's pc, in bytes */
    uint8_t step;   /* how many instructions of the block come before it */
    uint8_t length; /* of its instruction in bytes; 0: it is none */
};

/* The op slot behind each branch and behind a block's last op: the blocks that follow, in the same page, or block_unlinked.
 * Where a branch is not taken its block goes on behind the link. */
struct link {
    const struct block *taken;
    union {
        const struct block *fall;
        uint64_t pc_behind; /* where the block ends in JAL or JALR: what they leave in rd */
    };
};

struct block {
    uint64_t pc; /* virtual; BLOCK_DEAD_PC once dropped */
    uint64_t pa;
    const struct op_place *place; /* one for each op */
    struct block *hash_next;
    struct block *page_next; /* the next one made from the same physical page */
    int32_t steps;           /* instructions */
    uint8_t op_count;
    uint8_t bytes; /* of guest code */
    struct op ops[];
};

/* Stands for "no block": its pc equals none. */
extern const struct block block_none;

/* Stands for a successor not known yet: longer than any budget, so that following it leaves the handlers. */
extern const struct block block_unlinked;

static inline const struct block *block_of(const struct op *op)
{
    return (const struct block *)((const char *)(op - op->index) - offsetof(struct block, ops));
}

static inline struct link *block_link(const struct op *op)
{
    return (struct link *)(op + 1);
}

/* How an engine turns a decoded instruction into its op. */
struct engine_ops {
    /* Fills op->run for an enum insn_id or an enum pseudo_op. */
    void (*set)(struct op *op, unsigned id);
    /* Looks at a block's ops when all are there; NULL: need not. */
    void (*finish)(struct op *ops, const struct op_place *place, unsigned count);
};

/* Ops that are no instruction: COUNT begins a block that counts (cpu/block_count.h); FP_ENTER stands before a block's first
 * FP instruction and lets no hart pass that is not fp_ready; FALL ends a block that no jump ends; LINK is the slot behind a
 * branch. CHECKED stands for what the slow path must do: a jump whose target may be misaligned (IALIGN = 32), strict mode's
 * FENCE. Its op's place keeps the row's id. */
enum pseudo_op {
    PSEUDO_FP_ENTER = 0x8000,
    PSEUDO_FALL = 0x8001,
    PSEUDO_CHECKED = 0x8002,
    PSEUDO_LINK = 0x8003,
    PSEUDO_COUNT = 0x8004
};

struct code_cache;

/* A cache for blocks made from `ram`; bytes bounds its memory and is 4096 at least. NULL: it is not, or out of memory. */
struct code_cache *code_cache_create(struct ram *ram, const struct engine_ops *engine, size_t bytes);
void code_cache_destroy(struct code_cache *cache);
bool code_cache_add_tlb(struct code_cache *cache, struct tlb *tlb);

/* The block at h->pc in the hart's present context; NULL: there is none to be had (a fetch fault, code outside RAM, an
 * instruction across two pages): let the exact stepper do the next instruction. */
const struct block *code_cache_find(struct code_cache *cache, struct hart *h);

/* fence.i of all harts: drops all blocks made from pages that were written since. */
void code_cache_fence(struct code_cache *cache);

/* The same for fence.i of one hart: what other harts fetch need not change with it. */
void code_fence_i(struct hart *h);

/* Drops the blocks of a page, by its number in RAM. */
void code_cache_drop_page(struct code_cache *cache, uint64_t page);

/* Code is about to be taken from the page of pa: stores to it must be seen. */
void code_cache_mark(struct code_cache *cache, uint64_t pa);

/* Drops everything. */
void code_cache_flush(struct code_cache *cache);

/* Drops everything and has each block made from now on count; tally (borrowed; NULL: no more of it) is told what each has
 * counted when it goes for good. */
struct block_tally;
void code_cache_count(struct code_cache *cache, const struct block_tally *tally);

/* How often everything was dropped: an address of a block outlives none of them. */
uint64_t code_cache_flushes(const struct code_cache *cache);

#endif
