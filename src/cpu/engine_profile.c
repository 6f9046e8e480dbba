/* SPDX-License-Identifier: MIT */
/* The switch engine with a count of what it executed. */
#include "cpu/engine.h"
#include "cpu/profile.h"

static void run_block(struct hart *h, const struct block *block)
{
    int64_t before = h->left;
    engine_count.run(h, block);
    profile_count(h->profile, block, (uint64_t)(before - h->left));
}

const struct engine engine_profile = {.ops = {.set = engine_set_nothing}, .run = run_block, .run_some = run_block};
