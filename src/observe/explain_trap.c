/* SPDX-License-Identifier: MIT */
/* Harts that get nowhere because of a trap: which kind it is, from what the trap watch has kept (cpu/trap.c). */
#include <inttypes.h>
#include <stdio.h>

#include "base/bits.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "machine/framebuffer.h"
#include "mmu/context.h"
#include "observe/explain_impl.h"

/* So often the very same trap with the very same registers is no coincidence: a handler may work in memory alone (page
 * after page, a count of tries), but not for ever. */
#define REPEATS_TO_SAY (UINT64_C(1) << 18)
/* A handler that has not returned after so many instructions has given the hart up. */
#define INSTRUCTIONS_TO_SAY (UINT64_C(1) << 21)
/* Later than this after a fetch's page fault that was the way to the upper half. */
#define UPPER_HALF_INSTRUCTIONS (UINT64_C(1) << 20)
/* A handler that skips what traps may go on for so many slices where no code is. */
#define ASTRAY_SLICES 64
/* And does so at least once in so many steps. */
#define ASTRAY_STEPS 256
/* By so much pc moves on from slice to slice at most: four bytes for each trap. */
#define ASTRAY_BYTES 65536
/* Steps of a walk that are shown without -v: the last ones tell. */
#define WALK_STEPS_SHOWN 6

#define INSN_MRET 0x30200073u
#define OPCODE_SYSTEM 0x73u

static bool is_fetch_fault(uint64_t cause)
{
    return cause == CAUSE_instruction_access_fault || cause == CAUSE_instruction_page_fault ||
           cause == CAUSE_instruction_guest_page_fault;
}

static bool is_data_fault(uint64_t cause)
{
    return cause == CAUSE_load_access_fault || cause == CAUSE_store_access_fault || cause == CAUSE_load_page_fault ||
           cause == CAUSE_store_page_fault || cause == CAUSE_load_guest_page_fault ||
           cause == CAUSE_store_guest_page_fault;
}

/* Whose handler a trap goes to. norm:H_trap_deleg */
struct handler {
    const char *tvec_name;
    uint64_t tvec;
    unsigned priv;
};

static struct handler handler_of(const struct hart *h, const struct trap_record *trap)
{
    uint64_t bit = BIT(trap->cause & 63);
    if (trap->priv == PRIV_M || !(h->csr.medeleg & bit))
        return (struct handler){"mtvec", h->csr.mtvec, PRIV_M};
    if (trap->virt && (h->csr.hedeleg & bit))
        return (struct handler){"vstvec", h->csr.vstvec, PRIV_S};
    return (struct handler){"stvec", h->csr.stvec, PRIV_S};
}

static bool went_astray(const struct trap_record *trap)
{
    return is_fetch_fault(trap->cause) && trap->priv != PRIV_U;
}

static bool is_bare(const struct trap_record *trap)
{
    return !trap->virt && (trap->priv == PRIV_M || field_get(trap->satp, SATP_MODE) == 0);
}

/* The fault is PMP's: there is memory, and no entry that says anything of it. */
static bool pmp_is_closed(const struct explain *e, const struct hart *h, const struct trap_record *trap)
{
    bool address = is_fetch_fault(trap->cause) || is_data_fault(trap->cause);
    return address && trap->priv != PRIV_M && h->pmp.all_off && !h->pmp_open && is_bare(trap) &&
           explain_is_memory(e, trap->tval);
}

/* Instructions that only M mode has: mret, and CSRs whose number says M. */
static bool is_firmware_instruction(const struct trap_record *trap)
{
    if (trap->cause != CAUSE_illegal_instruction || trap->priv == PRIV_M)
        return false;
    uint32_t bits = (uint32_t)trap->tval;
    bool accesses_csr = (bits & 0x7f) == OPCODE_SYSTEM && (bits >> 12 & 3) != 0;
    return bits == INSN_MRET || (accesses_csr && (bits >> 28 & 3) == PRIV_M);
}

/* A load or store through sp, which points to no memory. */
static bool is_stack_fault(struct explain *e, const struct hart *h, const struct trap_record *trap)
{
    enum { SP = 2 };
    uint32_t bits = 0;
    struct decoded d;
    if (!is_data_fault(trap->cause) || trap->priv == PRIV_U ||
        machine_peek(e->machine, h, SPACE_VIRTUAL, trap->pc, &bits, sizeof bits) < 2)
        return false;
    decode(machine_decoder(e->machine), bits, &d);
    if (d.op.rs1 != SP)
        return false;
    return !is_bare(trap) || !explain_is_memory(e, trap->tval);
}

static uint64_t fault_address(const struct trap_record *trap)
{
    return is_fetch_fault(trap->cause) || is_data_fault(trap->cause) ? trap->tval : trap->pc;
}

/* The trap came from no code of the kernel's: where nothing is, or from zeros. */
static bool may_be_linked_elsewhere(const struct trap_record *trap)
{
    bool zeros = trap->cause == CAUSE_illegal_instruction && trap->tval == 0;
    return trap->priv != PRIV_U && trap->interrupt == 0 &&
           (zeros || is_fetch_fault(trap->cause) || is_data_fault(trap->cause));
}

static enum explain_kind kind_of_astray(const struct explain *e, const struct trap_record *trap)
{
    uint64_t base;
    if (trap->interrupt != 0)
        return KIND_no_trap_handler;
    bool device = is_bare(trap) && explain_mapping(e, trap->tval, &base) != NULL && !explain_is_memory(e, trap->tval);
    return device ? KIND_pc_in_device : KIND_pc_nowhere;
}

static bool no_handler(const struct hart *h, const struct trap_record *root, const struct trap_record *last)
{
    return root->pc != last->pc && is_fetch_fault(last->cause) && last->pc == (handler_of(h, last).tvec & TVEC_BASE);
}

/* What the trap that it began with says, and the one that came last. gave_up: the handler never returned, but loops. */
static enum explain_kind kind_of(struct explain *e, const struct hart *h, bool gave_up)
{
    const struct trap_record *root = &h->watch.root, *last = &h->watch.last;
    uint64_t base, at;
    if (pmp_is_closed(e, h, root))
        return KIND_pmp_closed;
    if (is_firmware_instruction(root))
        return KIND_firmware_instruction;
    if (may_be_linked_elsewhere(root) && explain_linked_at(e, fault_address(root), &base, &at))
        return KIND_linked_elsewhere;
    if (went_astray(root))
        return kind_of_astray(e, root);
    if (root->cause == CAUSE_illegal_instruction && root->tval == 0)
        return KIND_pc_in_zeros;
    if (is_stack_fault(e, h, root))
        return KIND_stack_outside_ram;
    if (h->watch.root_again) /* the panic needs what is broken, as often as the stack lasts */
        return KIND_trap_in_handler;
    if (is_stack_fault(e, h, last))
        return KIND_stack_outside_ram;
    if (no_handler(h, root, last))
        return KIND_no_trap_handler;
    if (root->pc != last->pc)
        return KIND_trap_in_handler;
    return gave_up ? KIND_unhandled_trap : KIND_trap_loop;
}

/* "load access fault in M mode at pc 0x8000000c (main+0xc), tval 0x8" */
static const char *trap_text(const struct explain *e, const struct trap_record *trap, char out[2 * PLACE_BYTES])
{
    char at[PLACE_BYTES];
    snprintf(out, 2 * PLACE_BYTES, "%s in %s mode at pc %s, tval 0x%" PRIx64, trap_cause_name(trap->cause),
             explain_mode_name(trap->priv, trap->virt), explain_place(e, trap->pc, at), trap->tval);
    return out;
}

/* Why nothing could be fetched, or reached. */
static void say_why(struct explain *e, const struct hart *h, const struct trap_record *trap)
{
    uint64_t base;
    const char *mapping = is_bare(trap) ? explain_mapping(e, trap->tval, &base) : NULL;
    if (!is_fetch_fault(trap->cause) && !is_data_fault(trap->cause))
        return;
    if (mapping != NULL)
        explain_line(e, "0x%" PRIx64 " lies in the registers of %s (from 0x%" PRIx64 " on)", trap->tval, mapping, base);
    else if (is_bare(trap) && !explain_is_memory(e, trap->tval))
        explain_line(e, "there is no memory at 0x%" PRIx64 " (%s: 0x%" PRIx64 " to 0x%" PRIx64 ")%s", trap->tval,
                     framebuffer_contains(h->ram->base) ? "framebuffer and RAM" : "RAM", h->ram->base,
                     h->ram->base + h->ram->size - 1,
                     framebuffer_is_near(trap->tval) ? "; --framebuffer puts a screen there" : "");
    else if (is_bare(trap))
        explain_line(e, "%s", trap->priv == PRIV_M ? "a locked PMP entry keeps M mode out" : "no PMP entry allows it");
}

/* As the access saw it. The record knows no MPRV and no HLV; what came from no guest is taken for the latter. */
static struct mmu_context context_of(const struct hart *h, const struct trap_record *trap)
{
    bool guest = trap->virt || trap->cause >= CAUSE_instruction_guest_page_fault;
    unsigned priv = trap->virt ? trap->priv : h->csr.hstatus & HSTATUS_SPVP ? PRIV_S : PRIV_U;
    if (guest)
        return mmu_guest_context(h, priv);
    return (struct mmu_context){
        .satp = trap->priv == PRIV_M ? 0 : trap->satp,
        .priv = trap->priv,
        .sum = trap->priv == PRIV_S && (h->csr.mstatus & MSTATUS_SUM),
        .mxr = h->csr.mstatus & MSTATUS_MXR,
    };
}

static enum access_type type_of(uint64_t cause)
{
    if (is_fetch_fault(cause))
        return ACCESS_FETCH;
    bool store =
        cause == CAUSE_store_page_fault || cause == CAUSE_store_access_fault || cause == CAUSE_store_guest_page_fault;
    return store ? ACCESS_STORE : ACCESS_LOAD;
}

/* How far the access got: the steps of its walk, now that everything stands still. */
static COLD void say_walk(struct explain *e, struct hart *h, const struct trap_record *trap)
{
    static const char *const verbs[] = {"load", "store", "fetch"};
    bool address = is_fetch_fault(trap->cause) || is_data_fault(trap->cause);
    if (!address || is_bare(trap))
        return;
    struct mmu_context ctx = context_of(h, trap);
    struct walk_trace trace = {0};
    enum access_type type = type_of(trap->cause);
    bool granted = walk_explain(h, &ctx, trap->tval, type, &trace);
    bool all = machine_config(e->machine)->verbose > 0;
    unsigned first = all || trace.count <= WALK_STEPS_SHOWN ? 0 : trace.count - WALK_STEPS_SHOWN;
    explain_line(e, "page walk for the %s at 0x%" PRIx64 "%s%s:", verbs[type], trap->tval,
                 first > 0 ? " (its last steps; -v: all)" : "", granted ? ", which would succeed now" : "");
    for (unsigned i = first; i < trace.count; i++) {
        char step[WALK_STEP_TEXT_BYTES];
        walk_step_text(&trace.step[i], step);
        explain_line(e, "  %s", step);
    }
}

static void say_handler(struct explain *e, const struct hart *h)
{
    const struct trap_record *root = &h->watch.root, *last = &h->watch.last;
    struct handler handler = handler_of(h, root), own = handler_of(h, last);
    char at[PLACE_BYTES], again[2 * PLACE_BYTES];
    uint64_t base = handler.tvec & TVEC_BASE;
    explain_place(e, handler.tvec, at);
    if (handler.priv == PRIV_S && machine_plan(e->machine)->builtin_sbi && base == machine_plan(e->machine)->entry)
        explain_line(e, "stvec is still %s, the kernel's entry: each trap starts the kernel over", at);
    else if (root->pc == last->pc)
        explain_line(e,
                     h->watch.root_again && !went_astray(root) ? "its handler (%s is %s) runs into the same trap"
                                                               : "%s is %s",
                     handler.tvec_name, at);
    else if (is_fetch_fault(last->cause) && last->pc == (own.tvec & TVEC_BASE))
        explain_line(e, "%s is %s, and no code can be fetched there", own.tvec_name, explain_place(e, own.tvec, at));
    else
        explain_line(e, "its handler (%s is %s) traps itself: %s", handler.tvec_name, at, trap_text(e, last, again));
}

static void say_registers(struct explain *e, const struct hart *h)
{
    const struct trap_record *root = &h->watch.root;
    char from[PLACE_BYTES], at[PLACE_BYTES];
    bool outside = is_bare(root) && !explain_is_memory(e, root->sp) && !explain_is_memory(e, root->sp - 1);
    explain_line(e, "then ra was %s, sp 0x%" PRIx64 "%s, %s 0x%" PRIx64, explain_caller(e, root->ra, from), root->sp,
                 outside ? " (outside memory)" : "", root->virt ? "vsatp" : "satp", root->satp);
    const struct csr_state *c = &h->csr;
    struct handler handler = handler_of(h, root);
    explain_place(e, h->pc, at);
    if (handler.priv == PRIV_M)
        explain_line(e, "now pc is %s, mcause 0x%" PRIx64 ", mepc 0x%" PRIx64 ", mtval 0x%" PRIx64, at, c->mcause,
                     c->mepc, c->mtval);
    else if (handler.tvec_name[0] == 'v')
        explain_line(e, "now pc is %s, vscause 0x%" PRIx64 ", vsepc 0x%" PRIx64 ", vstval 0x%" PRIx64, at, c->vscause,
                     c->vsepc, c->vstval);
    else
        explain_line(e, "now pc is %s, scause 0x%" PRIx64 ", sepc 0x%" PRIx64 ", stval 0x%" PRIx64, at, c->scause,
                     c->sepc, c->stval);
}

static void say_link(struct explain *e, const struct trap_record *trap)
{
    char at[PLACE_BYTES];
    uint64_t base, loaded;
    if (explain_linked_at(e, fault_address(trap), &base, &loaded))
        explain_line(e, "0x%" PRIx64 " is where a kernel linked at 0x%" PRIx64 " has what was loaded at %s",
                     fault_address(trap), base, explain_place(e, loaded, at));
}

static const char *what_came(const struct hart *h, enum explain_kind kind)
{
    if (kind == KIND_trap_loop)
        return " comes back with no register changed";
    return h->watch.root.cause == CAUSE_illegal_instruction && kind == KIND_firmware_instruction
               ? " is an instruction that M mode alone has"
               : "";
}

static void say_interrupt(struct explain *e, const struct trap_record *root)
{
    char at[PLACE_BYTES];
    if (root->interrupt != 0)
        explain_line(e, "%s at pc %s has no handler: that is where it led", trap_cause_name(root->interrupt),
                     explain_place(e, root->interrupted_pc, at));
}

static COLD void say_trap(struct explain *e, struct hart *h, bool gave_up)
{
    const struct trap_record *root = &h->watch.root;
    char text[2 * PLACE_BYTES];
    if (explain_text_overwritten(e, h, root->pc))
        return;
    enum explain_kind kind = kind_of(e, h, gave_up);
    if (!explain_begin(e, kind, h, "%s%s", trap_text(e, root, text), what_came(h, kind)))
        return;
    say_interrupt(e, root);
    say_why(e, h, root);
    if (kind == KIND_linked_elsewhere)
        say_link(e, root);
    say_handler(e, h);
    say_registers(e, h);
    say_walk(e, h, root);
    explain_end(e, kind);
}

/* True if the hart went to where no code is, and neither came back nor did anything else that traps. (By a page fault a
 * kernel may go to its upper half: Linux does.) */
static bool has_given_up(const struct hart *h)
{
    const struct trap_watch *watch = &h->watch;
    return watch->inside && went_astray(&watch->root) && watch->root.cause == CAUSE_instruction_access_fault &&
           hart_steps(h) - h->traps - watch->retired >= INSTRUCTIONS_TO_SAY;
}

/* The kernel has set no handler: the SBI leaves stvec at the kernel's entry. */
static bool starts_over(const struct explain *e, const struct hart *h)
{
    const struct boot_plan *plan = machine_plan(e->machine);
    return plan->builtin_sbi && (h->csr.stvec & TVEC_BASE) == plan->entry &&
           handler_of(h, &h->watch.last).priv == PRIV_S && !h->watch.last.virt;
}

/* A handler that skips whatever traps, far away from any code. */
static bool is_skipping(const struct hart *h, struct hart_watch *w, uint64_t steps)
{
    const struct trap_record *last = &h->watch.last;
    bool zeros = last->cause == CAUSE_illegal_instruction && last->tval == 0;
    bool astray = last->priv != PRIV_U && (zeros || is_fetch_fault(last->cause));
    bool often = (h->traps - w->traps) * ASTRAY_STEPS >= steps;
    bool moves_on = last->pc - w->astray_pc < ASTRAY_BYTES && last->pc != w->astray_pc;
    w->astray = astray && often && moves_on ? w->astray + 1 : 0;
    w->astray_pc = last->pc;
    return w->astray >= ASTRAY_SLICES;
}

static COLD void say_start_over(struct explain *e, struct hart *h)
{
    const struct trap_record *root = &h->watch.root;
    char text[2 * PLACE_BYTES];
    enum explain_kind kind = is_firmware_instruction(root) ? KIND_firmware_instruction : KIND_no_trap_handler;
    if (!explain_begin(e, kind, h, "%s%s", trap_text(e, root, text), what_came(h, kind)))
        return;
    say_why(e, h, root);
    say_handler(e, h);
    say_registers(e, h);
    say_walk(e, h, root);
    explain_end(e, kind);
}

void explain_watch_traps(struct explain *e, struct hart *h, struct hart_watch *w)
{
    const struct trap_watch *watch = &h->watch;
    if (LIKELY(watch->retired == w->retired && watch->repeats < REPEATS_TO_SAY && !watch->inside))
        return;
    uint64_t steps = hart_steps(h) - w->steps;
    bool fresh = watch->retired != w->retired;
    if (fresh && starts_over(e, h))
        say_start_over(e, h);
    else if (watch->repeats >= REPEATS_TO_SAY || has_given_up(h) || (fresh && is_skipping(h, w, steps)))
        say_trap(e, h, false);
    w->retired = watch->retired;
    w->traps = h->traps;
    w->steps = hart_steps(h);
}

/* A loop that no interrupt ends, not long after a trap whose handler has not returned. */
bool explain_gave_up(struct explain *e, struct hart *h)
{
    const struct trap_watch *watch = &h->watch;
    uint64_t since = hart_steps(h) - h->traps - watch->retired;
    uint64_t most = watch->root.cause == CAUSE_instruction_page_fault ? UPPER_HALF_INSTRUCTIONS : INSTRUCTIONS_TO_SAY;
    if (!watch->inside || since >= most)
        return false;
    say_trap(e, h, true);
    return true;
}
