/* SPDX-License-Identifier: MIT */
/* Exact counts of what is executed, at the speed of blocks: each block counts how often it was entered, and behind
 * which of its instructions it was left before its end. While blocks count none goes on behind a branch, so that
 * only traps, looks and runs that end within a block leave early. Blocks have no room for counts, and nothing is
 * asked, while nobody wants them. */
#ifndef MICROVM_CPU_BLOCK_COUNT_H
#define MICROVM_CPU_BLOCK_COUNT_H

#include "base/compiler.h"
#include "cpu/block.h"
#include "cpu/hart.h"

/* Of one block; behind its places. at[n] is a difference: instruction n was executed as often as at[0] to at[n] add up
 * to (modulo 2^64). */
struct block_counts {
    uint64_t pc; /* the block's: its own is lost when it is dropped */
    uint64_t at[];
};

/* Told when a block goes for good: everything was dropped. */
struct block_tally {
    void *owner;
    void (*take)(void *owner, const struct block *block, const struct block_counts *counts);
};

static inline bool block_counted(const struct block *block)
{
    return block->place[0].id == PSEUDO_COUNT;
}

/* COUNT's op holds the way there. Blocks are the cache's, and not constant in truth. */
static inline struct block_counts *block_counts(const struct op *count)
{
    return (struct block_counts *)((uintptr_t)count + (uintptr_t)count->imm);
}

/* The handlers left the block when so many of its instructions had retired. */
static inline void block_count_exit(const struct block *block, unsigned retired)
{
    if (UNLIKELY(block_counted(block)))
        block_counts(block->ops)->at[retired]--;
}

/* An engine without handlers has run the first instructions of the block; left and traps: the hart's before. */
static inline void block_count_run(const struct hart *h, const struct block *block, int64_t left, uint64_t traps)
{
    if (LIKELY(!block_counted(block)))
        return;
    block_counts(block->ops)->at[0]++;
    block_counts(block->ops)->at[(uint64_t)(left - h->left) - (h->traps - traps)]--;
}

#endif
