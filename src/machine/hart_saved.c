/* SPDX-License-Identifier: MIT */
#include "machine/hart_saved.h"

#include "base/bits.h"
#include "cpu/csr.h"
#include "cpu/hart.h"
#include "mmu/context.h"
#include "mmu/pmp.h"
#include "mmu/ram.h"

/* More than any run makes, so that sums of steps do not overflow. */
#define MOST_STEPS BITS(61, 0)
/* The bits of mip that wires and comparators drive. */
#define WIRES (MIP_MSIP | MIP_MTIP | MIP_MEIP | MIP_SEIP | MIP_STIP | MIP_VSTIP)

static const struct state_field csr_fields[] = {
#define CSR(number, name, kind, reset, writable, vs_twin, gate, tag, meaning) CSR_STORED_##kind(CSR_ROW(name, meaning))
#define CSR_ROW(name, meaning) STATE(struct csr_state, name, STATE_ANY, meaning),
#include "cpu/csr.def"
#undef CSR
    STATE_END,
};

static const struct state_field reservation_fields[] = {
    STATE(struct reservation, valid, 1, "LR has reserved a range"),
    STATE(struct reservation, pa, STATE_ANY, "its physical address"),
    STATE_END,
};

static const struct state_field hart_fields[] = {
    {.name = "x0", .offset = offsetof(struct hart, x), .size = 8, .kind = STATE_NO_STATE, .meaning = "always 0"},
    STATE_SLICE(struct hart, x, 1, 31, STATE_ANY, "x1 to x31"),
    {.name = "sink",
     .offset = offsetof(struct hart, x) + 8 * X_SINK,
     .size = 8,
     .kind = STATE_NO_STATE,
     .meaning = "takes what is written to x0"},
    STATE_ARRAY(struct hart, f, STATE_ANY, "f0 to f31"),
    STATE(struct hart, pc, STATE_ANY, "address of the next instruction"),
    STATE_NOT(struct hart, left, "counts within a run alone"),
    STATE_NOT(struct hart, fp_ready, "follows from mstatus, vsstatus and frm"),
    STATE(struct hart, priv, PRIV_M, "privilege: 0 U, 1 S, 3 M"),
    STATE(struct hart, virt, 1, "V: a guest of the hypervisor runs"),
    STATE_NOT(struct hart, halt, "counts within a run alone"),
    STATE_NOT(struct hart, yield, "counts within a run alone"),
    STATE_NOT(struct hart, timer_moved, "counts within a run alone"),
    STATE_NOT(struct hart, look, "set when the hart is loaded"),
    STATE_NOT(struct hart, data, "translations: the tables in RAM are the state"),
    STATE_NOT(struct hart, code, "translations: the tables in RAM are the state"),
    STATE_NOT(struct hart, link, "counts within a run alone"),
    STATE_NOT(struct hart, link_page, "counts within a run alone"),
    STATE_NOT(struct hart, id, "made with the machine"),
    STATE_INNER(struct hart, csr, csr_fields, "the CSRs that have storage, by number"),
    STATE(struct hart, fflags, 0x1f, "accrued FP exceptions"),
    STATE(struct hart, frm, 7, "FP rounding mode"),
    STATE_INNER(struct hart, reservation, reservation_fields, "of LR"),
    STATE(struct hart, wait, HART_SUSPENDED, "0: runs, 1: in WFI, 2: stopped, 3: suspended (SBI)"),
    STATE(struct hart, irq_lines, WIRES, "bits of mip that wires and comparators drive"),
    STATE(struct hart, steps, MOST_STEPS, "instructions retired and traps taken"),
    STATE_NOT(struct hart, run_steps, "counts within a run alone"),
    STATE(struct hart, traps, MOST_STEPS, "traps taken"),
    STATE_NOT(struct hart, trap, "counts within a step alone"),
    STATE_NOT(struct hart, watch, "an onlooker's, who begins anew"),
    STATE_NOT(struct hart, again, "an onlooker's, who begins anew"),
    STATE_NOT(struct hart, pmp, "follows from pmpcfg and pmpaddr"),
    STATE_NOT(struct hart, reset_pc, "made with the machine"),
    STATE_NOT(struct hart, ext, "made with the machine"),
    STATE_NOT(struct hart, env, "wiring"),
    STATE_NOT(struct hart, ram, "wiring; RAM has a section of its own"),
    STATE_NOT(struct hart, tlb, "translations: the tables in RAM are the state"),
    STATE_NOT(struct hart, cache, "translated code: the code in RAM is the state"),
    STATE_NOT(struct hart, decoder, "made with the machine"),
    STATE_NOT(struct hart, profile, "an onlooker's"),
    STATE_NOT(struct hart, points, "a debugger's"),
    STATE_NOT(struct hart, hit, "a debugger's"),
    STATE_NOT(struct hart, pass_step, "a debugger's"),
    STATE_NOT(struct hart, observer, "an onlooker's"),
    STATE_NOT(struct hart, strict, "translations and code as they were: the machine forgets them where it is saved"),
    STATE_NOT(struct hart, accesses_told, "follows from who looks on"),
    STATE_NOT(struct hart, walks_told, "follows from who looks on"),
    STATE_NOT(struct hart, pmp_open, "made with the machine"),
    STATE_END,
};

static bool mode_is_legal(const struct hart *h)
{
    switch (h->priv) {
    case PRIV_U: return hart_has(h, EXT_U) && (!h->virt || hart_has(h, EXT_H));
    case PRIV_S: return hart_has(h, EXT_S) && (!h->virt || hart_has(h, EXT_H));
    case PRIV_M: return !h->virt;
    default: return false;
    }
}

static bool pc_is_legal(const struct hart *h)
{
    return (h->pc & (hart_has(h, EXT_C) ? 1 : 3)) == 0;
}

static bool reservation_is_legal(const struct hart *h)
{
    const struct reservation *r = &h->reservation;
    return !r->valid || (r->pa % RESERVATION_BYTES == 0 && ram_at(h->ram, r->pa, RESERVATION_BYTES) != NULL);
}

static bool hart_check(const void *object)
{
    const struct hart *h = object;
    return mode_is_legal(h) && pc_is_legal(h) && reservation_is_legal(h) && (h->irq_lines & ~WIRES) == 0 &&
           h->traps <= h->steps && csr_state_is_legal(h);
}

static void hart_loaded(void *object)
{
    struct hart *h = object;
    h->trap = (struct trap){0};
    h->watch = (struct trap_watch){0};
    h->again = (struct trap_again){0};
    h->hit = (struct debug_hit){0};
    h->pass_step = UINT64_MAX;
    h->halt = h->yield = h->timer_moved = false;
    pmp_update(h);
    mmu_flush_all(h);
    csr_status_changed(h);
}

const struct state_table hart_saved = {
    .fields = hart_fields,
    .bytes = sizeof(struct hart),
    .check = hart_check,
    .loaded = hart_loaded,
};
