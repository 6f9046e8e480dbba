/* SPDX-License-Identifier: MIT */
/* Page walks in one stage and two, against the slow walker: the bytes are the dice. */
#include "walk_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world *w = world_create();
    w->dice = (struct dice){.input = {data, size}, .seed = 1};
    world_set(w);
    w->dice.seed = world_roll(w);
    world_round(w, 16, 100);
    world_destroy(w);
    return 0;
}
