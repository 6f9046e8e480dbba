/* SPDX-License-Identifier: MIT */
/* The switch engine with every instruction told to the hart's observers. It runs blocks that any engine's ops are made
 * for, so that a machine may change to it, and back, between two runs. */
#include <string.h>

#include "base/compiler.h"
#include "cpu/block_count.h"
#include "cpu/engine.h"
#include "cpu/observer.h"
#include "mmu/ram.h"

static uint32_t bits_at(const struct hart *h, uint64_t pa, unsigned length)
{
    uint32_t bits = 0;
    const uint8_t *code = ram_at(h->ram, pa, length);
    if (code != NULL)
        memcpy(&bits, code, length);
    return bits;
}

/* As the switch engine's: as far as the steps go, with pc and left exact at each instruction. */
static void run_ops(struct hart *h, const struct block *block)
{
    for (unsigned i = 0; i < block->op_count && h->left > 0; i++) {
        const struct op_place *place = &block->place[i];
        if (place->length == 0)
            continue;
        uint64_t behind = h->pc + place->length;
        struct observed_insn insn = {
            .pc = h->pc,
            .bits = bits_at(h, block->pa + place->offset, place->length),
            .length = place->length,
            .priv = h->priv,
            .virt = h->virt,
            .id = place->id,
            .op = &block->ops[i],
        };
        enum exec done = observer_execute(h, &insn);
        engine_settle(h, done, place->length);
        if (done != EXEC_TRAP)
            observer_insn(h, &insn);
        if (h->pc != behind || UNLIKELY(h->look))
            return;
    }
}

static void run_block(struct hart *h, const struct block *block)
{
    int64_t left = h->left;
    uint64_t traps = h->traps;
    run_ops(h, block);
    block_count_run(h, block, left, traps);
}

const struct engine engine_observe = {.ops = {.set = engine_set_nothing}, .run = run_block, .run_some = run_block};
