/* SPDX-License-Identifier: MIT */
/* How addresses are translated: explain va. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/csr.h"
#include "mmu/context.h"
#include "mmu/pte.h"
#include "monitor/impl.h"

static const char *const type_names[] = {[ACCESS_LOAD] = "load", [ACCESS_STORE] = "store", [ACCESS_FETCH] = "execute"};

const char *monitor_pte_bits(uint64_t pte, char out[MONITOR_PTE_BYTES])
{
    static const char letters[] = "VRWXUGAD";
    size_t used = 0;
    for (unsigned i = 0; i < 8; i++)
        used += (size_t)snprintf(out + used, MONITOR_PTE_BYTES - used, "%s%c", i > 0 ? " " : "",
                                 pte >> i & 1 ? letters[i] : '-');
    if (field_get(pte, PTE_PBMT) != 0)
        used += (size_t)snprintf(out + used, MONITOR_PTE_BYTES - used, " PBMT=%" PRIu64, field_get(pte, PTE_PBMT));
    if (pte & PTE_N)
        snprintf(out + used, MONITOR_PTE_BYTES - used, " N");
    return out;
}

static const char *scheme(uint64_t atp)
{
    switch (pte_levels(atp)) {
    case 3: return "Sv39";
    case 4: return "Sv48";
    case 5: return "Sv57";
    default: return "no translation";
    }
}

static void say_root(const struct monitor_request *r, const char *name, uint64_t atp)
{
    monitor_say(r, "  %s 0x%016" PRIx64 ": %s", name, atp, scheme(atp));
    if (pte_levels(atp) != 0)
        monitor_say(r, ", root table at 0x%" PRIx64, field_get(atp, SATP_PPN) << PAGE_SHIFT);
    monitor_say(r, "\n");
}

static void say_step(const struct monitor_request *r, const struct walk_step *step)
{
    char line[WALK_STEP_TEXT_BYTES], bits[MONITOR_PTE_BYTES];
    walk_step_text(step, line);
    if (step->stage == WALK_PMP || step->pte == 0)
        monitor_say(r, "  %s\n", line);
    else
        monitor_say(r, "  %s [%s] -> 0x%" PRIx64 "\n", line, monitor_pte_bits(step->pte, bits),
                    field_get(step->pte, PTE_PPN) << PAGE_SHIFT);
}

/* What is wrong with the entry, and what would have to be otherwise. */
static const char *const wrong[] = {
    [WALK_OUTSIDE] = "the address is none of the scheme: the bits above the highest translated one must all repeat it "
                     "(for a guest physical address, be 0)",
    [WALK_NOT_VALID] = "bit 0 (V) of the entry is clear: nothing is mapped there",
    [WALK_RESERVED] = "the entry has reserved bits set (63:54), or W without R, or A, D or U in a pointer to a table",
    [WALK_NO_LEAF] =
        "R, W and X (bits 1 to 3) are clear in the last level's entry, so it points to a further table, and "
        "there is none",
    [WALK_MISALIGNED] =
        "a leaf above the last level needs the lower parts of its PPN to be 0 (a superpage is aligned to its "
        "size)",
    [WALK_NOT_USER] = "bit 4 (U) of the entry is clear, and the access is from user mode",
    [WALK_USER] = "bit 4 (U) of the entry is set: S mode may read and write there only with sstatus.SUM set, and never "
                  "execute",
    [WALK_NOT_READABLE] = "bit 1 (R) of the entry is clear",
    [WALK_NOT_WRITABLE] = "bit 2 (W) of the entry is clear",
    [WALK_NOT_EXECUTABLE] = "bit 3 (X) of the entry is clear",
    [WALK_NOT_ACCESSED] =
        "bit 6 (A) of the entry is clear, and hardware does not set it here (Svade): set it when mapping",
    [WALK_NOT_DIRTY] =
        "bit 7 (D) of the entry is clear, and hardware does not set it here (Svade): set it when mapping",
    [WALK_NO_MEMORY] = "the table that is to be read lies outside RAM: the entry above it, or the root's PPN, is wrong",
};

static const struct pmp_region *pmp_region_of(const struct hart *h, uint64_t pa)
{
    for (unsigned i = 0; i < h->pmp.count; i++)
        if (pa >= h->pmp.region[i].first && pa <= h->pmp.region[i].last)
            return &h->pmp.region[i];
    return NULL;
}

static void say_pmp(const struct monitor_request *r, uint64_t pa)
{
    const struct pmp_region *region = pmp_region_of(monitor_hart(r), pa);
    if (region == NULL)
        monitor_say(r,
                    "no PMP entry matches, and S and U mode then have no access: M mode must set pmpaddr0 and pmpcfg0, "
                    "or run with --pmp-reset open\n");
    else
        monitor_say(r, "the PMP entry for 0x%" PRIx64 "-0x%" PRIx64 " grants %c%c%c%s\n", region->first, region->last,
                    region->cfg & PMPCFG_R ? 'r' : '-', region->cfg & PMPCFG_W ? 'w' : '-',
                    region->cfg & PMPCFG_X ? 'x' : '-', region->cfg & PMPCFG_L ? ", locked" : "");
}

/* What is at a physical address: "RAM", a device's name, or NULL. */
static const char *what_is_at(const struct monitor_request *r, uint64_t pa)
{
    struct machine *machine = r->monitor->parts.machine;
    const char *name;
    uint64_t base, size;
    if (ram_at(machine_memory(machine).ram, pa, 1) != NULL)
        return "RAM";
    for (unsigned i = 0; bus_mapping(machine_bus(machine), i, &name, &base, &size); i++)
        if (pa - base < size)
            return name;
    return NULL;
}

/* What came of a walk. */
static void say_outcome(const struct monitor_request *r, const struct walk_trace *trace, bool granted,
                        enum access_type type)
{
    const struct walk_step *last = &trace->step[trace->count - 1];
    monitor_say(r, "%s: ", type_names[type]);
    if (!granted && (last->stage == WALK_PMP || last->verdict == WALK_PMP_REFUSES)) {
        monitor_say(r, "refused: physical 0x%" PRIx64 ": ", last->address);
        say_pmp(r, last->address);
        return;
    }
    if (!granted) {
        const char *why = (unsigned)last->verdict < ARRAY_SIZE(wrong) ? wrong[last->verdict] : NULL;
        monitor_say(r, "refused at the %s stage: %s\n",
                    last->stage == WALK_G    ? "G"
                    : last->stage == WALK_VS ? "VS"
                                             : "S",
                    why != NULL ? why : "see the last entry");
        return;
    }
    const char *what = what_is_at(r, last->address);
    if (what == NULL)
        monitor_say(r, "physical 0x%" PRIx64 ", where nothing is: an access fault\n", last->address);
    else if (type == ACCESS_FETCH && strcmp(what, "RAM") != 0 && strcmp(what, "reset-rom") != 0)
        monitor_say(r, "physical 0x%" PRIx64 ", a device (%s), which has no code: an access fault\n", last->address,
                    what);
    else
        monitor_say(r, "granted: physical 0x%" PRIx64 " (%s)\n", last->address, what);
}

static bool same_entries(const struct walk_trace *a, const struct walk_trace *b)
{
    bool same = a->count == b->count;
    for (unsigned i = 0; same && i < a->count; i++)
        same = a->step[i].stage == b->step[i].stage && a->step[i].address == b->step[i].address;
    return same;
}

static void say_eyes(const struct monitor_request *r, const struct mmu_context *ctx, uint64_t va)
{
    char place[MONITOR_PLACE_BYTES];
    monitor_say(r, "0x%" PRIx64 "%s as hart %u sees it in %s mode%s%s\n", va, monitor_place(r->monitor, va, place),
                r->monitor->hart, monitor_mode(ctx->priv, ctx->virt), ctx->sum ? ", SUM" : "", ctx->mxr ? ", MXR" : "");
    if (ctx->virt) {
        say_root(r, "vsatp", ctx->satp);
        say_root(r, "hgatp", ctx->hgatp);
    } else if (ctx->priv != PRIV_M) {
        say_root(r, "satp", ctx->satp);
    }
}

static void say_steps(const struct monitor_request *r, const struct walk_trace *trace)
{
    for (unsigned i = 0; i < trace->count; i++)
        say_step(r, &trace->step[i]);
}

void monitor_say_walk(const struct monitor_request *r, const struct mmu_context *ctx, uint64_t va,
                      enum access_type type)
{
    struct walk_trace trace;
    bool granted = walk_explain(monitor_hart(r), ctx, va, type, &trace);
    say_eyes(r, ctx, va);
    say_steps(r, &trace);
    if (trace.count > 0)
        say_outcome(r, &trace, granted, type);
}

/* With whose eyes, as the user said it. */
struct eyes {
    bool has_type, has_mode;
    enum access_type type;
    unsigned priv;
    bool virt;
};

static struct mmu_context context_of(const struct hart *h, const struct eyes *eyes, enum access_type type)
{
    if (!eyes->has_mode)
        return type == ACCESS_FETCH ? mmu_code_context(h) : mmu_data_context(h);
    struct hart other = *h;
    other.priv = (uint8_t)eyes->priv;
    other.virt = eyes->virt;
    return mmu_code_context(&other);
}

static bool parse_mode(const struct monitor_request *r, const char *word, struct eyes *eyes)
{
    static const struct {
        const char *name;
        uint8_t priv;
        bool virt;
    } modes[] = {
        {"u", PRIV_U, false}, {"s", PRIV_S, false}, {"m", PRIV_M, false}, {"vu", PRIV_U, true}, {"vs", PRIV_S, true}};
    for (unsigned i = 0; i < ARRAY_SIZE(modes); i++)
        if (strcasecmp(modes[i].name, word) == 0) {
            eyes->priv = modes[i].priv;
            eyes->virt = modes[i].virt;
            eyes->has_mode = true;
        }
    if (eyes->virt && !hart_has(monitor_hart(r), EXT_H))
        return monitor_fail(r, "explain va: this machine has no hypervisor extension, so no mode '%s'", word);
    return eyes->has_mode || monitor_fail(r, "explain va: '%.40s' is none of u, s, m, vs, vu", word);
}

static bool parse_type(const char *word, struct eyes *eyes)
{
    for (unsigned i = 0; i < ARRAY_SIZE(type_names); i++)
        if (strcmp(type_names[i], word) == 0) {
            eyes->type = (enum access_type)i;
            eyes->has_type = true;
            return true;
        }
    return false;
}

static bool parse_hart(const struct monitor_request *r, const char *word)
{
    uint64_t n;
    if (!monitor_value(r, word, &n))
        return false;
    if (n >= machine_hart_count(r->monitor->parts.machine))
        return monitor_fail(r, "there is no hart %s", word);
    r->monitor->hart = (unsigned)n;
    return true;
}

/* The words behind the address; a hart is chosen for this command alone by the caller. */
static bool parse_eyes(const struct monitor_request *r, struct eyes *eyes)
{
    for (unsigned i = 1; i < r->count; i++) {
        const char *word = r->words[i];
        bool more = i + 1 < r->count;
        if (parse_type(word, eyes))
            continue;
        bool ok = more && strcmp(word, "as") == 0     ? parse_mode(r, r->words[++i], eyes)
                  : more && strcmp(word, "hart") == 0 ? parse_hart(r, r->words[++i])
                                                      : monitor_fail(r, "explain va: '%.40s' is not understood", word);
        if (!ok)
            return false;
    }
    return true;
}

/* Loads and stores, and fetches: one walk is shown in full, the others as far as they differ. */
static void explain_all(const struct monitor_request *r, const struct eyes *eyes, uint64_t va)
{
    struct walk_trace shown = {0}, trace;
    for (enum access_type type = ACCESS_LOAD; type <= ACCESS_FETCH; type++) {
        struct mmu_context ctx = context_of(monitor_hart(r), eyes, type);
        bool granted = walk_explain(monitor_hart(r), &ctx, va, type, &trace);
        if (type == ACCESS_LOAD)
            say_eyes(r, &ctx, va);
        if (type == ACCESS_LOAD || (trace.count > shown.count && !same_entries(&trace, &shown))) {
            say_steps(r, &trace);
            shown = trace;
        }
        if (trace.count > 0)
            say_outcome(r, &trace, granted, type);
    }
}

static bool explain(const struct monitor_request *r)
{
    struct eyes eyes = {0};
    uint64_t va;
    if (!parse_eyes(r, &eyes) || !monitor_value(r, r->words[0], &va))
        return false;
    if (!eyes.has_type) {
        explain_all(r, &eyes, va);
        return true;
    }
    struct mmu_context ctx = context_of(monitor_hart(r), &eyes, eyes.type);
    monitor_say_walk(r, &ctx, va, eyes.type);
    return true;
}

bool monitor_do_explain_va(struct monitor_request *r)
{
    unsigned before = r->monitor->hart;
    bool ok = explain(r);
    r->monitor->hart = before;
    return ok;
}
