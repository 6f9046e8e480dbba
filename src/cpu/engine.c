/* SPDX-License-Identifier: MIT */
#include "cpu/engine.h"

#include "base/compiler.h"
#include "cpu/debug.h"
#include "cpu/fp/fp_state.h"
#include "cpu/observer.h"
#include "cpu/trap.h"
#include "mmu/mmu.h"
#include "mmu/ram.h"

void engine_settle(struct hart *h, enum exec done, unsigned length)
{
    if (done == EXEC_TRAP)
        trap_enter(h);
    else if (done == EXEC_NEXT || done == EXEC_END)
        h->pc += length;
    h->left--;
    if (done == EXEC_END || done == EXEC_LEAP || done == EXEC_TRAP)
        h->look = true;
}

static COLD void step_observed(struct hart *h, uint32_t bits, const struct decoded *d)
{
    struct observed_insn insn = {
        .pc = h->pc,
        .bits = bits,
        .length = d->length,
        .priv = h->priv,
        .virt = h->virt,
        .id = d->id,
        .op = &d->op,
    };
    enum exec done = observer_execute(h, &insn);
    engine_settle(h, done, d->length);
    if (done == EXEC_TRAP)
        return;
    observer_lone_insn(h, &insn);
    observer_insn(h, &insn);
}

void engine_step(struct hart *h)
{
    uint32_t bits;
    h->link = NULL;
    if (!mmu_fetch(h, h->pc, &bits)) {
        engine_settle(h, EXEC_TRAP, 0);
        return;
    }
    struct decoded d;
    decode(h->decoder, bits, &d);
    if (UNLIKELY(h->observer != NULL))
        step_observed(h, bits, &d);
    else
        engine_settle(h, exec_insn(h, d.id, &d.op, d.length), d.length);
}

bool engine_look(struct hart *h)
{
    if (h->halt || h->wait != HART_RUNS)
        return false;
    h->look = false;
    while (h->left > 0 && trap_take_interrupt(h))
        h->left--;
    return h->left > 0;
}

/* A link outlives a remapping of the page it was made in: both its ends must be of one physical page, so that whoever
 * arrives at one may go on to the other. (Between a change of the tables and its fence the next block's may be another.) */
static bool may_link(const struct hart *h, const struct block *block)
{
    return h->link_page == block->pa >> PAGE_SHIFT;
}

/* The block at pc; the one just left learns where it leads if both are in the same page. */
static const struct block *next_block(struct hart *h)
{
    const struct block **link = h->link;
    h->link = NULL;
    uint64_t flushes = code_cache_flushes(h->cache);
    const struct block *block = code_cache_find(h->cache, h);
    if (link != NULL && block != NULL && may_link(h, block) && flushes == code_cache_flushes(h->cache))
        *link = block;
    return block;
}

/* Where there is no block: a breakpoint, perhaps. */
static COLD void step_out_of_blocks(struct hart *h)
{
    if (!debug_stops(h))
        engine_step(h);
}

/* No block_unlinked may fit into what is left. */
#define SLICE_MAX (INT32_MAX - 1)

static uint64_t run_slice(const struct engine *engine, struct hart *h, uint64_t steps)
{
    h->run_steps = h->left = (int64_t)steps;
    h->halt = false;
    h->look = true;
    h->link = NULL;
    fp_enter(h);
    while (h->left > 0) {
        if (h->look && !engine_look(h))
            break;
        const struct block *block = next_block(h);
        if (UNLIKELY(block == NULL))
            step_out_of_blocks(h);
        else if (LIKELY(block->steps <= h->left))
            engine->run(h, block);
        else
            engine->run_some(h, block);
    }
    fp_leave(h);
    uint64_t made = (uint64_t)(h->run_steps - h->left);
    h->steps += made;
    h->run_steps = h->left = 0;
    return made;
}

uint64_t engine_run(const struct engine *engine, struct hart *h, uint64_t steps)
{
    uint64_t made = 0, slice, done;
    do {
        slice = steps - made < SLICE_MAX ? steps - made : SLICE_MAX;
        done = run_slice(engine, h, slice);
        made += done;
    } while (UNLIKELY(made < steps) && done == slice && !h->halt);
    return made;
}
