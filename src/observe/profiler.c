/* SPDX-License-Identifier: MIT */
#include "observe/profiler.h"

#include <stdlib.h>

#include "base/splitmix.h"
#include "cpu/trap.h"
#include "machine/control.h"
#include "machine/inspect.h"
#include "observe/unwind.h"

/* Since when a hart is in its mode, in its own steps. */
struct stay {
    uint64_t since;
    uint8_t mode;
};

struct profiler {
    struct machine *machine;
    struct profile_data data;
    struct unwinder *unwinder; /* NULL: nobody asks for stacks */
    struct stay *stays;        /* one for each hart */
    struct observer observer;
    struct sampler sampler;
    struct block_tally tally;
    uint64_t random;
    uint64_t period; /* that the next look stands for */
    bool finished;
};

static uint8_t mode_of(unsigned priv, bool virt)
{
    return (uint8_t)(priv + (virt ? 4 : 0));
}

/* The hart was in the mode up to so many of its steps. Under the built-in SBI none is ever in M mode: it is put
 * where it starts. */
static void note_stay(struct profiler *p, const struct hart *h, uint8_t mode, uint64_t steps)
{
    struct stay *stay = &p->stays[h->id];
    if (mode == PRIV_M && machine_sbi(p->machine) != NULL)
        mode = PRIV_S;
    p->data.modes[mode] += steps - stay->since;
    stay->since = steps;
    stay->mode = mode_of(h->priv, h->virt);
}

/* A trap is a step, too, but no instruction. */
static void on_trap(void *owner, struct hart *h, const struct observed_trap *trap)
{
    struct profiler *p = owner;
    uint64_t code = trap->cause & ~CAUSE_INTERRUPT;
    uint64_t *counts = trap->cause & CAUSE_INTERRUPT ? p->data.interrupts : p->data.exceptions;
    counts[code < PROFILER_TRAPS ? code : PROFILER_TRAPS]++;
    note_stay(p, h, mode_of(trap->from_priv, trap->from_virt), hart_steps(h));
    p->stays[h->id].since++;
}

static void on_xret(void *owner, struct hart *h, const struct observed_xret *xret)
{
    struct profiler *p = owner;
    (void)xret;
    note_stay(p, h, p->stays[h->id].mode, hart_steps(h) + 1);
}

static void on_reset(void *owner, struct hart *h)
{
    struct profiler *p = owner;
    note_stay(p, h, p->stays[h->id].mode, hart_steps(h));
    p->stays[h->id].mode = PRIV_M;
}

static void on_sbi(void *owner, struct hart *h, uint64_t eid, uint64_t fid)
{
    struct profile_data *data = &((struct profiler *)owner)->data;
    (void)h;
    for (unsigned i = 0; i < data->sbi_count; i++) {
        if (data->sbi[i].eid != eid || data->sbi[i].fid != fid)
            continue;
        data->sbi[i].count++;
        return;
    }
    if (data->sbi_count < PROFILER_SBI_CALLS)
        data->sbi[data->sbi_count++] = (struct sbi_count){eid, fid, 1};
    else
        data->sbi_others++;
}

static void count_pc(struct profiler *p, const struct pc_count *count)
{
    p->data.mnemonics[count->id] += count->count;
    p->data.out_of_memory |= !pc_map_add(&p->data.pcs, count);
}

/* Of an instruction that no block can count. */
static void on_lone_insn(void *owner, struct hart *h, const struct observed_insn *insn)
{
    (void)h;
    count_pc(owner, &(struct pc_count){insn->pc, 1, insn->id, insn->length});
}

static void take_block(void *owner, const struct block *block, const struct block_counts *counts)
{
    uint64_t executed = 0;
    for (unsigned i = 0, n = 0; i < block->op_count; i++) {
        const struct op_place *place = &block->place[i];
        if (place->length == 0)
            continue;
        executed += counts->at[n++];
        count_pc(owner, &(struct pc_count){counts->pc + place->offset, executed, place->id, place->length});
    }
}

/* What the hart is about to execute. It is read once: an estimate need not know that code has changed. */
static void count_next_insn(struct profiler *p, const struct hart *h)
{
    const struct pc_count *known = pc_map_find(&p->data.pcs, h->pc);
    struct pc_count count = {h->pc, p->period, INSN_illegal, 0};
    struct decoded d;
    uint32_t bits = 0;
    if (known != NULL) {
        count.id = known->id;
        count.length = known->length;
    } else if (machine_peek(p->machine, h, SPACE_VIRTUAL, h->pc, &bits, sizeof bits) >= 2) {
        decode(h->decoder, bits, &d);
        count.id = d.id;
        count.length = d.length;
    }
    count_pc(p, &count);
}

/* The mean of what it gives is the period. */
static uint64_t next_distance(struct profiler *p)
{
    if (p->data.samples % PROFILER_LOOKS == 0 && p->data.samples > 0 && p->period < PROFILER_PERIOD_LAST)
        p->period *= 2;
    return 1 + splitmix_below(&p->random, 2 * p->period - 1);
}

static void count_stack(struct profiler *p, const struct hart *h)
{
    uint64_t keys[1 + UNWIND_FRAMES_MAX], functions[UNWIND_FRAMES_MAX];
    size_t depth = unwinder_stack(p->unwinder, h, functions);
    keys[0] = mode_of(h->priv, h->virt);
    for (size_t i = 0; i < depth; i++)
        keys[1 + i] = functions[depth - 1 - i];
    p->data.out_of_memory |= !call_tree_add(&p->data.stacks, keys, 1 + depth, p->period);
}

static uint64_t on_sample(void *owner, struct hart *h)
{
    struct profiler *p = owner;
    if (p->unwinder != NULL)
        count_stack(p, h);
    if (!p->data.counted)
        count_next_insn(p, h);
    p->data.samples++;
    return next_distance(p);
}

static void begin(struct profiler *p, bool exact)
{
    struct machine *m = p->machine;
    p->data.counted = exact;
    p->observer =
        (struct observer){.owner = p, .trap = on_trap, .xret = on_xret, .reset = on_reset, .sbi_return = on_sbi};
    p->sampler = (struct sampler){p, on_sample};
    p->period = PROFILER_PERIOD_FIRST;
    p->tally = (struct block_tally){p, take_block};
    for (unsigned i = 0; i < machine_hart_count(m); i++)
        p->stays[i] =
            (struct stay){hart_steps(machine_hart(m, i)), mode_of(machine_hart(m, i)->priv, machine_hart(m, i)->virt)};
    if (exact) {
        p->observer.lone_insn = on_lone_insn;
        machine_count_blocks(m, &p->tally);
    }
    machine_add_observer(m, &p->observer);
    if (!exact || p->unwinder != NULL)
        machine_set_sampler(m, &p->sampler, next_distance(p));
}

struct profiler *profiler_create(struct machine *machine, struct symbols *symbols, bool exact, bool stacks)
{
    struct profiler *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->machine = machine;
    p->finished = true; /* nothing has begun */
    p->stays = calloc(machine_hart_count(machine), sizeof *p->stays);
    p->unwinder = stacks ? unwinder_create(machine, symbols) : NULL;
    if (p->stays == NULL || (stacks && p->unwinder == NULL)) {
        profiler_destroy(p);
        return NULL;
    }
    p->finished = false;
    begin(p, exact);
    return p;
}

static void stop(struct profiler *p)
{
    if (p->finished)
        return;
    p->finished = true;
    machine_set_sampler(p->machine, NULL, 0);
    machine_remove_observer(p->machine, &p->observer);
    if (p->data.counted)
        machine_count_blocks(p->machine, NULL);
}

struct profile_data *profiler_finish(struct profiler *p)
{
    stop(p);
    for (unsigned i = 0; i < machine_hart_count(p->machine); i++) {
        const struct hart *h = machine_hart(p->machine, i);
        if (hart_steps(h) >= p->stays[i].since) /* the run may have ended in the past */
            note_stay(p, h, p->stays[i].mode, hart_steps(h));
    }
    pc_map_sort(&p->data.pcs);
    return &p->data;
}

void profiler_destroy(struct profiler *p)
{
    if (p == NULL)
        return;
    stop(p);
    pc_map_destroy(&p->data.pcs);
    call_tree_destroy(&p->data.stacks);
    unwinder_destroy(p->unwinder);
    free(p->stays);
    free(p);
}
