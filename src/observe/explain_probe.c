/* SPDX-License-Identifier: MIT */
/* The close look at a loop: each instruction of a few rounds, with what it leaves in its register. Rounds that are alike in all
 * of that have changed nothing, and so will all further ones, as long as memory, devices and interrupts leave it at that. The slice goes on to its end: an onlooker shifts nothing. */
#include <string.h>

#include "base/bits.h"
#include "cpu/csr.h"
#include "cpu/decode.h"
#include "machine/map.h"
#include "observe/explain_impl.h"

/* Rounds that must be alike, and instructions that they may have together. */
#define ROUNDS 3
#define INSNS_MAX 4096
/* Slices that the hart has for it. */
#define SLICES_MAX 4

static void fail(struct probe *p)
{
    p->failed = true;
}

static uint64_t mix(uint64_t trace, uint64_t word)
{
    return (trace ^ word) * UINT64_C(0x9e3779b97f4a7c15) + (trace >> 29);
}

static const struct insn_info *info_of(const struct explain *e, const struct observed_insn *insn)
{
    return insn->id < INSN_COUNT ? insn_info(machine_decoder(e->machine), (enum insn_id)insn->id) : NULL;
}

static bool is_load(enum insn_class class)
{
    return class == CLASS_LOAD || class == CLASS_FLOAD || class == CLASS_AMO32 || class == CLASS_AMO64;
}

/* A wait for something that comes by itself: pending interrupts or the time are looked at. Rounds between two ticks are alike. */
static bool reads_what_changes(const struct observed_insn *insn)
{
    unsigned number = insn->bits >> 20;
    bool accesses_csr = (insn->bits & 0x7f) == 0x73 && (insn->bits >> 12 & 3) != 0;
    bool counter = number >= CSR_cycle && number <= CSR_hpmcounter31;
    return insn->length == 4 && accesses_csr &&
           (counter || number == CSR_mip || number == CSR_sip || number == CSR_vsip || number == CSR_hip ||
            number == CSR_hvip);
}

/* Of the CLINT behind mtimecmp there is mtime alone. */
static bool is_clock(uint64_t pa)
{
    const struct map_row *clint = map_row(MAP_clint), *rtc = map_row(MAP_rtc), *alias = map_row(MAP_rtc_alias);
    return (pa >= clint->base + CLINT_MTIME && pa - clint->base < clint->size) || pa - rtc->base < rtc->size ||
           pa - alias->base < alias->size;
}

/* Loads through sp and the frame pointer are the loop's own business. */
static void note_load(struct explain *e, const struct hart *h, const struct observed_insn *insn, enum insn_class class)
{
    struct spin *spin = &e->probe.spin;
    unsigned base = insn->op->rs1;
    if (e->probe.mmio || base == 2 || base == 8)
        return;
    if (spin->reads_memory)
        return;
    spin->reads_memory = true;
    spin->memory_pc = insn->pc;
    spin->memory_known = base != insn->op->rd;
    spin->memory = h->x[base] + (class == CLASS_LOAD ? (uint64_t)(int64_t)insn->op->imm : 0);
    spin->memory_bytes = insn->length == 4 ? 1u << (insn->bits >> 12 & 3) : 4;
}

/* Follows what was read from a device through copies and the stack to the instructions that say which bits matter. */
static void note_mask(struct probe *p, const struct observed_insn *insn, enum insn_class class)
{
    const struct op *op = insn->op;
    bool moves = insn->id == INSN_add && op->rs1 == 0 && op->rs2 == p->loaded;
    bool from = p->loaded != 0 && (moves || op->rs1 == p->loaded);
    bool copies = moves || ((insn->id == INSN_addi || insn->id == INSN_addiw) && op->imm == 0);
    if (class == CLASS_STORE && op->rs2 == p->loaded && p->loaded != 0) {
        p->spilled = true;
        p->spill_base = op->rs1;
        p->spill_offset = op->imm;
    } else if (class == CLASS_LOAD && p->spilled && op->rs1 == p->spill_base && op->imm == p->spill_offset) {
        p->loaded = op->rd & 31;
    } else if (from && (insn->id == INSN_andi || copies)) {
        p->mask &= copies ? UINT64_MAX : (uint64_t)(int64_t)op->imm;
        p->spin.mask = p->mask;
        p->loaded = op->rd & 31;
    } else if (class != CLASS_STORE && class != CLASS_BRANCH && op->rd == p->loaded) {
        p->loaded = 0;
    }
}

static uint64_t low_bytes(unsigned count)
{
    return count < 8 ? BITS(8 * count - 1, 0) : UINT64_MAX;
}

/* Whether the hart stands where it stood at the start. */
static bool round_is_over(const struct probe *p, const struct hart *h, const struct hart_watch *w)
{
    return h->pc == w->pc && memcmp(&h->x[1], &w->x[1], 31 * sizeof h->x[0]) == 0 &&
           memcmp(h->f, p->f, sizeof p->f) == 0;
}

static void end_round(struct probe *p)
{
    if (p->rounds > 0 && p->trace != p->first_trace) {
        fail(p);
        return;
    }
    p->first_trace = p->trace;
    p->spin.length = p->length;
    p->trace = p->length = 0;
    p->done = ++p->rounds == ROUNDS;
}

static void on_insn(void *owner, struct hart *h, const struct observed_insn *insn)
{
    struct explain *e = owner;
    struct probe *p = &e->probe;
    if (h != p->hart || p->done || p->failed)
        return;
    const struct insn_info *info = info_of(e, insn);
    if (info == NULL || reads_what_changes(insn) || ++p->count > INSNS_MAX) {
        fail(p);
        return;
    }
    if (p->loaded != 0 || p->spilled)
        note_mask(p, insn, info->class);
    if (is_load(info->class))
        note_load(e, h, insn, info->class);
    if (p->mmio) {
        p->loaded = insn->op->rd & 31;
        p->spin.device_pc = insn->pc;
        p->mask = low_bytes(p->spin.device_bytes);
        p->spilled = false;
    }
    p->mmio = false;
    p->spin.interrupts |= explain_takeable(h);
    p->trace = mix(mix(p->trace, insn->pc), h->x[insn->op->rd & 31]);
    p->trace = mix(p->trace, h->f[insn->op->rd & 31]);
    p->length++;
    if (round_is_over(p, h, &e->watch[h->id]))
        end_round(p);
}

/* Before its instruction is told. Reads of one register more than once in a round are one. */
static void on_mmio(void *owner, struct hart *h, enum access_type type, uint64_t pa, unsigned size, uint64_t value,
                    bool answered)
{
    struct explain *e = owner;
    struct probe *p = &e->probe;
    if (h != p->hart || p->done || p->failed)
        return;
    if (type != ACCESS_LOAD || !answered || is_clock(pa)) {
        fail(p);
        return;
    }
    p->mmio = true;
    p->trace = mix(p->trace, value);
    if (p->spin.device_reads == 0 || p->spin.device != pa)
        p->spin.device_reads++;
    p->spin.device = pa;
    p->spin.device_bytes = size;
    p->spin.value = value;
}

static void on_trap(void *owner, struct hart *h, const struct observed_trap *trap)
{
    struct probe *p = &((struct explain *)owner)->probe;
    (void)trap;
    if (h == p->hart && !p->done)
        fail(p);
}

static void on_sbi_call(void *owner, struct hart *h)
{
    on_trap(owner, h, NULL);
}

void explain_probe_start(struct explain *e, struct hart *h)
{
    struct probe *p = &e->probe;
    *p = (struct probe){.hart = h, .spin = {.pc = h->pc, .mask = UINT64_MAX}};
    memcpy(p->f, h->f, sizeof p->f);
    p->observer =
        (struct observer){.owner = e, .insn = on_insn, .trap = on_trap, .mmio = on_mmio, .sbi_call = on_sbi_call};
    machine_add_observer(e->machine, &p->observer);
}

void explain_probe_stop(struct explain *e)
{
    if (e->probe.hart == NULL)
        return;
    machine_remove_observer(e->machine, &e->probe.observer);
    e->probe.hart = NULL;
}

void explain_probe_look(struct explain *e, struct hart *h)
{
    struct probe *p = &e->probe;
    if (h == p->hart)
        p->slices++;
    bool over = p->done || p->failed || p->slices >= SLICES_MAX || p->hart->wait != HART_RUNS;
    if (!over)
        return;
    struct hart *looked_at = p->hart;
    struct hart_watch *w = &e->watch[looked_at->id];
    explain_probe_stop(e);
    w->spin = p->spin;
    if (p->done)
        explain_spin_found(e, looked_at, w);
    else
        explain_spin_nothing(e, w);
}
