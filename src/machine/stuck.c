/* SPDX-License-Identifier: MIT */
#include "machine/stuck.h"

#include <stdio.h>

#include "base/compiler.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "machine/machine_state.h"
#include "mmu/context.h"

/* So often the very same trap with the very same registers is no coincidence: a handler may work in memory alone (page
 * after page, a count of tries), but not for ever. */
#define REPEATS_TO_SAY (UINT64_C(1) << 18)
/* A handler that has not returned after so many instructions has given the hart up. */
#define INSTRUCTIONS_TO_SAY (UINT64_C(1) << 21)
#define LINE_BYTES 640
#define PLACE_BYTES 160

/* "0x80000010 (main+0x10)", or the number alone. */
static const char *place(const struct machine *m, uint64_t address, char *out)
{
    uint64_t offset;
    const char *symbol = boot_symbol(&m->plan, address, &offset);
    if (symbol == NULL)
        snprintf(out, PLACE_BYTES, "0x%llx", (unsigned long long)address);
    else
        snprintf(out, PLACE_BYTES, "0x%llx (%.80s+0x%llx)", (unsigned long long)address, symbol,
                 (unsigned long long)offset);
    return out;
}

static void say(const struct machine *m, const char *line)
{
    if (m->host.message != NULL)
        m->host.message(m->host.owner, line);
}

static const char mode_letter[] = {[PRIV_U] = 'U', [PRIV_S] = 'S', [2] = '?', [PRIV_M] = 'M'};

/* How far the access got: the steps of its walk, now that everything stands still. The record knows no MPRV and no HLV;
 * what came from no guest is taken for the latter. */
static COLD void say_walk(struct machine *m, struct hart *h, const struct trap_record *trap)
{
    static const struct {
        uint8_t cause, type;
    } faults[] = {{CAUSE_instruction_guest_page_fault, ACCESS_FETCH},
                  {CAUSE_load_guest_page_fault, ACCESS_LOAD},
                  {CAUSE_store_guest_page_fault, ACCESS_STORE}};
    unsigned priv = trap->virt ? trap->priv : h->csr.hstatus & HSTATUS_SPVP ? PRIV_S : PRIV_U;
    struct mmu_context ctx = mmu_guest_context(h, priv);
    struct walk_trace trace = {0};
    for (unsigned i = 0; i < ARRAY_SIZE(faults); i++)
        if (faults[i].cause == trap->cause)
            walk_explain(h, &ctx, trap->tval, (enum access_type)faults[i].type, &trace);
    for (unsigned i = 0; i < trace.count; i++) {
        char line[WALK_STEP_TEXT_BYTES];
        walk_step_text(&trace.step[i], line);
        say(m, line);
    }
}

static COLD void say_loop(struct machine *m, const struct hart *h)
{
    const struct trap_record *root = &h->watch.root, *last = &h->watch.last;
    char line[LINE_BYTES], at[PLACE_BYTES], again[PLACE_BYTES], handler[PLACE_BYTES];
    bool same = root->pc == last->pc;
    place(m, h->priv == PRIV_M ? h->csr.mtvec : h->csr.stvec, handler);
    int used = snprintf(line, sizeof line, "hart %u is stuck in a trap loop: %s in %s%c mode at pc %s, tval 0x%llx",
                        (unsigned)h->id, trap_cause_name(root->cause), root->virt ? "V" : "",
                        mode_letter[root->priv & 3], place(m, root->pc, at), (unsigned long long)root->tval);
    if (same)
        snprintf(line + used, sizeof line - (size_t)used, " comes back with no register changed; %ctvec is %s",
                 h->priv == PRIV_M ? 'm' : 's', handler);
    else
        snprintf(line + used, sizeof line - (size_t)used, "; its handler (%ctvec is %s) traps itself: %s at pc %s",
                 h->priv == PRIV_M ? 'm' : 's', handler, trap_cause_name(last->cause), place(m, last->pc, again));
    say(m, line);
}

static bool went_astray(const struct trap_record *trap)
{
    return trap->cause == CAUSE_instruction_access_fault && trap->priv != PRIV_U;
}

/* What keeps the code at pc from being fetched. */
static const char *why_astray(const struct machine *m, const struct trap_record *trap)
{
    bool bare = trap->priv == PRIV_M || field_get(trap->satp, SATP_MODE) == 0;
    if (!bare)
        return "the page tables, or what they lead to, are in no memory, or no PMP entry lets this mode use it";
    if (ram_at(&m->ram, trap->tval, 2) == NULL)
        return "no memory there to run code from";
    return trap->priv == PRIV_M
               ? "a locked PMP entry keeps M mode from fetching there"
               : "no PMP entry lets this mode fetch there (M mode must set pmpcfg0 and pmpaddr0, or run "
                 "with --pmp-reset open)";
}

/* What the hart was doing when it got to where no code is. */
static COLD int say_origin(const struct machine *m, const struct hart *h, char *line)
{
    const struct trap_record *trap = &h->watch.root;
    char at[PLACE_BYTES];
    if (trap->interrupt == 0)
        return snprintf(line, LINE_BYTES, "hart %u: ", (unsigned)h->id);
    return snprintf(line, LINE_BYTES, "hart %u: %s at pc %s has no handler at %ctvec: ", (unsigned)h->id,
                    trap_cause_name(trap->interrupt), place(m, trap->interrupted_pc, at),
                    trap->priv == PRIV_M ? 'm' : 's');
}

static COLD void say_astray(struct machine *m, const struct hart *h)
{
    const struct trap_record *trap = &h->watch.root;
    char line[LINE_BYTES], at[PLACE_BYTES], from[PLACE_BYTES];
    int used = say_origin(m, h, line);
    used += snprintf(line + used, sizeof line - (size_t)used, "%s in %c mode at pc %s, tval 0x%llx: %s",
                     trap_cause_name(trap->cause), mode_letter[trap->priv & 3], place(m, trap->pc, at),
                     (unsigned long long)trap->tval, why_astray(m, trap));
    if (trap->ra != 0 && trap->interrupt == 0)
        snprintf(line + used, sizeof line - (size_t)used, "; the last call came from before %s",
                 place(m, trap->ra, from));
    say(m, line);
}

/* True if the hart went to where no code is, and neither came back nor did anything else that traps. */
static bool has_given_up(const struct hart *h)
{
    const struct trap_watch *watch = &h->watch;
    return watch->inside && went_astray(&watch->root) &&
           hart_steps(h) - h->traps - watch->retired >= INSTRUCTIONS_TO_SAY;
}

/* One death, one line, about how it began. A guest that handles its traps hears nothing. */
void stuck_watch(struct machine *m, struct hart *h)
{
    bool loops = h->watch.repeats >= REPEATS_TO_SAY;
    if (LIKELY(!loops && !has_given_up(h)) || m->said_stuck)
        return;
    m->said_stuck = true;
    if (went_astray(&h->watch.root))
        say_astray(m, h);
    else
        say_loop(m, h);
    if (m->config.verbose > 0)
        say_walk(m, h, &h->watch.root);
}
