/* SPDX-License-Identifier: MIT */
/* The switch engine for blocks that may count. */
#include "cpu/block_count.h"
#include "cpu/engine.h"

static void run_block(struct hart *h, const struct block *block)
{
    int64_t left = h->left;
    uint64_t traps = h->traps;
    engine_switch.run(h, block);
    block_count_run(h, block, left, traps);
}

const struct engine engine_count = {.ops = {.set = engine_set_nothing}, .run = run_block, .run_some = run_block};
