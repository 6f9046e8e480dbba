/* SPDX-License-Identifier: MIT */
/* What translations there are: info pagetable, info tlb. */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/csr.h"
#include "mmu/pte.h"
#include "mmu/tlb.h"
#include "monitor/impl.h"

/* Tables may form loops: a walk through all of them ends somewhere. */
#define TABLES_MAX 8192
#define LINES_MAX 1024
#define ENTRIES 512
#define PTE_SHOWN (BITS(5, 1) | PTE_PBMT)

/* A range whose pages are mapped one behind the other with the same rights. */
struct run {
    uint64_t va, pa, size, rights;
};

/* A look through one tree of tables. */
struct survey {
    const struct monitor_request *r;
    enum address_space space; /* that its tables lie in */
    bool sign_extends;
    unsigned levels;
    unsigned tables, lines;
    struct run run;
};

static void end_run(struct survey *s)
{
    const struct run *run = &s->run;
    if (run->size == 0)
        return;
    uint64_t va = s->sign_extends ? (uint64_t)sign_extend(run->va, PAGE_SHIFT + VPN_BITS * s->levels) : run->va;
    static const char letters[] = "RWXUG";
    char rights[sizeof letters] = "-----";
    for (unsigned i = 0; i < sizeof letters - 1; i++)
        if (run->rights >> (i + 1) & 1)
            rights[i] = letters[i];
    if (s->lines++ < LINES_MAX)
        monitor_say(s->r, "0x%016" PRIx64 "-0x%016" PRIx64 " -> 0x%014" PRIx64 "  %s%s\n", va, va + (run->size - 1),
                    run->pa, rights, field_get(run->rights, PTE_PBMT) != 0 ? " PBMT" : "");
    s->run.size = 0;
}

static void add_leaf(struct survey *s, uint64_t va, uint64_t pte, unsigned level)
{
    struct run *run = &s->run;
    uint64_t ppn = field_get(pte, PTE_PPN), size = BIT(PAGE_SHIFT + VPN_BITS * level);
    if (pte & PTE_N)
        ppn = (ppn & ~BITS(3, 0)) | (va >> PAGE_SHIFT & BITS(3, 0));
    uint64_t pa = (ppn << PAGE_SHIFT) & ~(size - 1);
    bool goes_on =
        run->size != 0 && va == run->va + run->size && pa == run->pa + run->size && (pte & PTE_SHOWN) == run->rights;
    if (!goes_on) {
        end_run(s);
        *run = (struct run){va, pa, 0, pte & PTE_SHOWN};
    }
    run->size += size;
}

static bool read_table(const struct survey *s, uint64_t address, uint64_t table[ENTRIES])
{
    return machine_peek(s->r->monitor->parts.machine, monitor_hart(s->r), s->space, address, table, PAGE_BYTES) ==
           PAGE_BYTES;
}

/* One page of entries that translate from va on; level 0 has leaves alone. Recursion as deep as the scheme. */
static void survey_table(struct survey *s, uint64_t address, uint64_t va, unsigned level)
{
    uint64_t table[ENTRIES];
    if (s->tables++ >= TABLES_MAX || s->lines > LINES_MAX || !read_table(s, address, table))
        return;
    for (unsigned i = 0; i < ENTRIES; i++) {
        uint64_t pte = table[i], at = va + ((uint64_t)i << (PAGE_SHIFT + VPN_BITS * level));
        if (!(pte & PTE_V))
            continue;
        if (pte & (PTE_R | PTE_W | PTE_X))
            add_leaf(s, at, pte, level);
        else if (level > 0)
            survey_table(s, field_get(pte, PTE_PPN) << PAGE_SHIFT, at, level - 1);
    }
}

static bool survey(struct survey *s, uint64_t atp, unsigned pages)
{
    s->levels = pte_levels(atp);
    if (s->levels == 0)
        return monitor_fail(s->r, "no translation: the register's MODE is %" PRIu64, field_get(atp, SATP_MODE));
    uint64_t root = (field_get(atp, SATP_PPN) & ~(uint64_t)(pages - 1)) << PAGE_SHIFT;
    for (unsigned i = 0; i < pages; i++)
        survey_table(s, root + i * PAGE_BYTES, (uint64_t)i << (PAGE_SHIFT + VPN_BITS * s->levels), s->levels - 1);
    end_run(s);
    if (s->tables > TABLES_MAX)
        monitor_say(s->r, "... and more: there are over %u tables (do they form a loop?)\n", TABLES_MAX);
    else if (s->lines > LINES_MAX)
        monitor_say(s->r, "... and more: over %u ranges\n", LINES_MAX);
    else if (s->lines == 0)
        monitor_say(s->r, "nothing is mapped\n");
    return true;
}

bool monitor_do_info_pagetable(struct monitor_request *r)
{
    const struct hart *h = monitor_hart(r);
    const char *which = r->count > 0 ? r->words[0] : h->virt ? "vsatp" : "satp";
    struct survey s = {.r = r, .space = SPACE_PHYSICAL, .sign_extends = true};
    if (strcmp(which, "satp") == 0)
        return survey(&s, h->csr.satp, 1);
    if (strcmp(which, "hgatp") == 0) {
        s.sign_extends = false;
        return survey(&s, h->csr.hgatp, 1u << GUEST_ROOT_BITS);
    }
    if (strcmp(which, "vsatp") != 0)
        return monitor_fail(r, "info pagetable: '%.40s' is none of satp, vsatp, hgatp", which);
    s.space = SPACE_GUEST_PHYSICAL;
    return survey(&s, h->csr.vsatp, 1);
}

static void say_entries(const struct monitor_request *r, const struct tlb_bank *bank, unsigned *lines)
{
    static const char *const names[] = {[ACCESS_LOAD] = "load", [ACCESS_STORE] = "store", [ACCESS_FETCH] = "fetch"};
    const struct ram *ram = machine_memory(r->monitor->parts.machine).ram;
    for (enum access_type type = ACCESS_LOAD; type <= ACCESS_FETCH; type++)
        for (unsigned n = 0; n < TLB_ENTRIES && *lines < LINES_MAX; n++) {
            uint64_t va;
            const uint8_t *host;
            if (!tlb_slot_peek(bank, type, n, &va, &host))
                continue;
            monitor_say(r, "  %-5s 0x%016" PRIx64 " -> 0x%" PRIx64 "\n", names[type], va,
                        ram->base + (uint64_t)(host - ram->host));
            ++*lines;
        }
}

bool monitor_do_info_tlb(struct monitor_request *r)
{
    const struct hart *h = monitor_hart(r);
    unsigned lines = 0;
    for (unsigned i = 0; i < h->tlb->used; i++) {
        const struct tlb_bank *bank = &h->tlb->banks[i];
        const struct mmu_context *ctx = &bank->context;
        monitor_say(r, "%s mode%s%s, satp 0x%" PRIx64 ", hgatp 0x%" PRIx64 ": %u load, %u store, %u fetch%s\n",
                    monitor_mode(ctx->priv, ctx->virt), ctx->sum ? ", SUM" : "", ctx->mxr ? ", MXR" : "", ctx->satp,
                    ctx->hgatp, bank->log[ACCESS_LOAD].count, bank->log[ACCESS_STORE].count,
                    bank->log[ACCESS_FETCH].count, bank == h->data || bank == h->code ? "  (in use)" : "");
        say_entries(r, bank, &lines);
    }
    if (lines == LINES_MAX)
        monitor_say(r, "... and more\n");
    return true;
}
