/* SPDX-License-Identifier: MIT */
/* A hart and the slow walker before the same random tables and settings: whatever one of them does to an access, the other
 * must. What the dice show comes from the fuzzer's bytes first, then from a generator. */
#ifndef MICROVM_TESTS_FUZZ_WALK_WORLD_H
#define MICROVM_TESTS_FUZZ_WALK_WORLD_H

#include "cpu/csr.h"
#include "cpu/trap.h"
#include "fuzz.h"
#include "mmu/mmu.h"
#include "mmu/pmp.h"
#include "mmu/ram.h"
#include "mmu/refill.h"
#include "mmu/tlb.h"
#include "slow_walk.h"

#define WORLD_BASE UINT64_C(0x80000000)
#define WORLD_BYTES (UINT64_C(128) << 12)
#define WORLD_FRAMES (WORLD_BYTES >> 12)

struct dice {
    struct fuzz_input input;
    uint64_t seed;
};

struct world {
    struct hart hart;
    struct ram ram;
    struct tlb tlb;
    struct slow_machine slow;
    struct dice dice;
    uint64_t spoilt;                    /* one entry in so many is a bad one */
    uint64_t granted[4][4], faults[24]; /* by the schemes of vsatp and hgatp; by cause */
    uint64_t refilled[2];               /* by virt */
};

static inline uint64_t world_roll(struct world *w)
{
    uint64_t more = w->dice.input.left != 0 ? fuzz_take(&w->dice.input, 8) : 0;
    uint64_t x = w->dice.seed ^ more;
    x += x == 0;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    w->dice.seed = x;
    return x * UINT64_C(0x2545f4914f6cdd1d);
}

static inline uint64_t world_pick(struct world *w, uint64_t count)
{
    return (world_roll(w) >> 33) % count;
}

static inline bool world_nothing_there(void *owner, struct hart *h, uint64_t pa, unsigned size, uint64_t *value)
{
    (void)owner, (void)h, (void)pa, (void)size, (void)value;
    return false;
}

static inline bool world_nothing_takes(void *owner, struct hart *h, uint64_t pa, unsigned size, uint64_t value)
{
    (void)owner, (void)h, (void)pa, (void)size, (void)value;
    return false;
}

static inline bool world_nothing_runs(void *owner, struct hart *h, uint64_t pa, uint64_t *value)
{
    (void)owner, (void)h, (void)pa, (void)value;
    return false;
}

static inline uint64_t world_no_time(void *owner, const struct hart *h)
{
    (void)owner, (void)h;
    return 0;
}

static inline struct world *world_create(void)
{
    struct world *w = calloc(1, sizeof *w);
    EXPECT(w != NULL && ram_create(&w->ram, WORLD_BASE, WORLD_BYTES, NULL) && tlb_create(&w->tlb));
    w->hart.ext = ext_set_default();
    w->hart.ext.has[EXT_H] = true;
    w->hart.ram = &w->ram;
    w->hart.tlb = &w->tlb;
    w->hart.env = (struct cpu_env){.owner = w,
                                   .time = world_no_time,
                                   .mmio_read = world_nothing_there,
                                   .mmio_write = world_nothing_takes,
                                   .mmio_fetch = world_nothing_runs};
    hart_reset(&w->hart, WORLD_BASE);
    w->slow = (struct slow_machine){.memory = malloc(WORLD_BYTES), .base = WORLD_BASE, .bytes = WORLD_BYTES};
    EXPECT(w->slow.memory != NULL);
    return w;
}

static inline void world_destroy(struct world *w)
{
    tlb_destroy(&w->tlb);
    ram_destroy(&w->ram);
    free(w->slow.memory);
    free(w);
}

/* Four frames in a row hold tables of one level, the next four those of the level above, and so on; guest physical pages are
 * mapped to frames of the same kind, so that many walks come to an end through both stages. */
#define WORLD_LEVELS 5
#define WORLD_KINDS (WORLD_FRAMES / (4 * WORLD_LEVELS))

static inline uint64_t world_frame(struct world *w, unsigned level)
{
    uint64_t r = world_roll(w) >> 20;
    return (WORLD_BASE >> 12) + 4 * (level + WORLD_LEVELS * (r % WORLD_KINDS)) + (r >> 20) % 4;
}

static inline uint64_t world_leaf(struct world *w, unsigned level, unsigned index)
{
    uint64_t r = world_roll(w), ppn = WORLD_BASE >> 12;
    if (level > 2)
        ppn = 0;
    else if (level == 0)
        ppn += index < WORLD_FRAMES / 20 * 20 ? (index + r % WORLD_KINDS * 20) % (WORLD_KINDS * 20) : r % WORLD_FRAMES;
    if (level == 0 && (r >> 8 & 31) == 0)
        return UINT64_C(1) << 63 | ((ppn & ~UINT64_C(15)) | 8) << 10 | 0xdf;
    static const uint8_t bits[] = {0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xd9, 0xd3}; /* all, execute-only, read-only */
    return ppn << 10 | (r >> 20 & 7 ? bits[(r >> 20 & 7) - 1] : (r >> 32 & 0xff) | 1);
}

static inline uint64_t world_spoil(struct world *w, uint64_t pte)
{
    uint64_t r = world_roll(w);
    pte ^= UINT64_C(1) << (r & 63) | ((r >> 6 & 7) ? 0 : UINT64_C(3) << 61);
    return r >> 9 & 7 ? pte : (pte & 0x3ff) | (r >> 12 & 0xfffffffffff) << 10;
}

/* An entry that fits its place: a pointer to the next level or a leaf; now and then spoilt. */
static inline uint64_t world_entry(struct world *w, unsigned frame, unsigned index)
{
    unsigned level = frame / 4 % WORLD_LEVELS;
    bool leaf = level == 0 || world_pick(w, 8) == 0;
    uint64_t pte = leaf ? world_leaf(w, level, index) : world_frame(w, level - 1) << 10 | 1;
    return world_pick(w, w->spoilt) ? pte : world_spoil(w, pte);
}

static inline void world_fill(struct world *w)
{
    static const uint64_t rates[] = {8, 64, 1024, 65536};
    w->spoilt = rates[world_pick(w, 4)];
    for (uint64_t at = 0; at < WORLD_BYTES; at += 8) {
        uint64_t pte = world_entry(w, (unsigned)(at >> 12), (unsigned)(at >> 3 & 511));
        memcpy(w->slow.memory + at, &pte, 8);
    }
    memcpy(w->ram.host, w->slow.memory, WORLD_BYTES);
}

static inline uint64_t world_atp(struct world *w, bool guest)
{
    uint64_t r = world_roll(w), mode = r & 3 ? 8 + (r >> 3) % 3 : 0;
    uint64_t ppn = mode ? world_frame(w, (unsigned)mode - 6) : r >> 41 & 0x7ffff;
    if (!guest && (r >> 20 & 7) == 0)
        ppn ^= r >> 41 & 0x7ffff; /* anywhere in guest physical memory */
    if (guest)
        ppn &= ~UINT64_C(3);
    return mode << 60 | (r >> 8 & 3) << 44 | ppn;
}

static inline void world_set_pmp(struct world *w)
{
    uint64_t *fast[16] = {
        &w->hart.csr.pmpaddr0,  &w->hart.csr.pmpaddr1,  &w->hart.csr.pmpaddr2,  &w->hart.csr.pmpaddr3,
        &w->hart.csr.pmpaddr4,  &w->hart.csr.pmpaddr5,  &w->hart.csr.pmpaddr6,  &w->hart.csr.pmpaddr7,
        &w->hart.csr.pmpaddr8,  &w->hart.csr.pmpaddr9,  &w->hart.csr.pmpaddr10, &w->hart.csr.pmpaddr11,
        &w->hart.csr.pmpaddr12, &w->hart.csr.pmpaddr13, &w->hart.csr.pmpaddr14, &w->hart.csr.pmpaddr15};
    memset(w->slow.pmpcfg, 0, sizeof w->slow.pmpcfg);
    memset(w->slow.pmpaddr, 0, sizeof w->slow.pmpaddr);
    unsigned tight = (unsigned)world_pick(w, 4); /* so many narrow entries before the one for all */
    for (unsigned i = 0; i < tight; i++) {
        uint64_t r = world_roll(w), place = (WORLD_BASE >> 2) + (r >> 24) % (WORLD_BYTES >> 2);
        w->slow.pmpcfg[i] = (uint8_t)((r & 0x1f) | ((r >> 5 & 15) == 0 ? 0x80 : 0));
        w->slow.pmpaddr[i] = r >> 9 & 1 ? place | ((UINT64_C(1) << (r >> 10 & 15)) - 1) : place;
    }
    w->slow.pmpaddr[tight] = (UINT64_C(1) << 54) - 1;
    w->slow.pmpcfg[tight] = world_pick(w, 64) ? 0x1f : (uint8_t)(0x18 | world_pick(w, 8));
    w->hart.csr.pmpcfg0 = w->hart.csr.pmpcfg2 = 0;
    for (unsigned i = 0; i < 16; i++)
        *fast[i] = w->slow.pmpaddr[i];
    for (unsigned i = 0; i < 8; i++)
        w->hart.csr.pmpcfg0 |= (uint64_t)w->slow.pmpcfg[i] << 8 * i;
    pmp_update(&w->hart);
}

/* Everything that decides a translation besides the tables. */
static inline void world_set(struct world *w)
{
    static const uint8_t modes[] = {PRIV_U, PRIV_S, PRIV_S, PRIV_M};
    struct hart *h = &w->hart;
    struct slow_machine *s = &w->slow;
    uint64_t r = world_roll(w), envcfg[4] = {0, UINT64_C(1) << 61, UINT64_C(1) << 62, UINT64_C(3) << 61};
    h->priv = modes[r & 3];
    h->virt = h->priv != PRIV_M && (r >> 2 & 3);
    h->csr.mstatus = (h->csr.mstatus & ~(BITS(19, 17) | BITS(12, 11) | BIT(39))) | (r >> 4 & 1) << 18 |
                     (r >> 5 & 1) << 19 | (uint64_t)modes[r >> 6 & 3] << 11 | (r >> 8 & 3 ? BIT(39) : 0) |
                     (h->priv == PRIV_M ? (r >> 10 & 1) << 17 : 0);
    h->csr.vsstatus = (r >> 11 & 1) << 18 | (r >> 12 & 1) << 19;
    h->csr.hstatus = (r >> 13 & 1) << 8;
    h->csr.menvcfg = r >> 14 & 3 ? envcfg[3] : envcfg[r >> 16 & 3];
    h->csr.henvcfg = r >> 18 & 3 ? envcfg[3] : envcfg[r >> 20 & 3];
    h->ext.has[EXT_svnapot] = s->has_svnapot = r >> 22 & 7;
    h->csr.satp = world_atp(w, false);
    h->csr.vsatp = world_atp(w, false);
    h->csr.hgatp = world_atp(w, true);
    world_set_pmp(w);
    s->priv = h->priv, s->virt = h->virt, s->mstatus = h->csr.mstatus, s->vsstatus = h->csr.vsstatus;
    s->hstatus = h->csr.hstatus, s->menvcfg = h->csr.menvcfg, s->henvcfg = h->csr.henvcfg;
    s->satp = h->csr.satp, s->vsatp = h->csr.vsatp, s->hgatp = h->csr.hgatp;
    mmu_context_changed(h);
    mmu_flush_all(h);
}

/* An address that the first stage may well accept: in its range, or a RAM address where it is bare. */
static inline uint64_t world_address(struct world *w, bool virt)
{
    uint64_t r = world_roll(w), va = world_roll(w), mode = (virt ? w->slow.vsatp : w->slow.satp) >> 60;
    unsigned width = mode ? 12 + 9 * ((unsigned)mode - 5) : (r & 1 ? 41 : 32);
    if ((r >> 1 & 15) == 0)
        return r >> 5 & 1 ? va : va >> (r >> 6 & 31);
    if (mode == 0)
        return r >> 2 & 3 ? WORLD_BASE + va % WORLD_BYTES : va >> (64 - width);
    return (uint64_t)((int64_t)(va << (64 - width)) >> (64 - width));
}

/* 0 bare, 1 to 3 Sv39, Sv48, Sv57. */
static inline unsigned world_scheme(uint64_t atp)
{
    return atp >> 60 == 0 ? 0 : (unsigned)(atp >> 60) - 7;
}

static inline void world_expect_fault(const struct world *w, const struct slow_answer *want)
{
    const struct trap *trap = &w->hart.trap;
    EXPECT(trap->cause == want->cause);
    EXPECT(trap->gva == want->gva);
    EXPECT(trap->tval2 == want->tval2);
    EXPECT(trap->tinst == want->tinst);
}

/* Both changed the same entries to the same values. (All others are compared when the round ends.) */
static inline void world_expect_tables(const struct world *w)
{
    EXPECT(w->slow.writes <= SLOW_WRITES_MAX);
    for (unsigned i = 0; i < w->slow.writes; i++) {
        uint64_t at = w->slow.written[i] - WORLD_BASE;
        EXPECT(memcmp(w->slow.memory + at, w->ram.host + at, 8) == 0);
    }
}

static inline bool world_fast(struct world *w, enum slow_way way, uint64_t va, unsigned size, enum slow_type type,
                              uint64_t *value)
{
    struct hart *h = &w->hart;
    uint32_t insn = 0;
    if (way != SLOW_PRESENT)
        return type == SLOW_STORE ? mmu_guest_store(h, va, size, *value)
                                  : mmu_guest_load(h, va, size, way == SLOW_HLVX, value);
    if (type == SLOW_STORE)
        return mmu_store(h, va, size, *value);
    if (type == SLOW_LOAD)
        return mmu_load(h, va, size, value);
    bool fetched = mmu_fetch(h, va, &insn);
    *value = insn & 0xffff;
    return fetched;
}

/* One access through everything there is: contexts, TLB, walk, PMP. */
static inline void world_access(struct world *w)
{
    uint64_t r = world_roll(w), va = world_address(w, w->slow.virt || !(r & 7)), value = world_roll(w), seen = value;
    enum slow_way way = r & 7 ? SLOW_PRESENT : (r >> 3 & 1 ? SLOW_HLV : SLOW_HLVX);
    enum slow_type type = way == SLOW_HLVX  ? SLOW_LOAD
                          : way == SLOW_HLV ? (r >> 4 & 1 ? SLOW_LOAD : SLOW_STORE)
                                            : (enum slow_type)((r >> 4) % 3);
    unsigned size = type == SLOW_FETCH ? 2 : 1u << (r >> 8 & 3);
    va &= ~(uint64_t)(size - 1);
    if (type == SLOW_FETCH && w->hart.priv == PRIV_M)
        type = SLOW_LOAD;
    struct slow_answer want = slow_access(&w->slow, way, va, size, type);
    bool done = world_fast(w, way, va, size, type, &seen);
    w->faults[want.cause]++;
    if (type == SLOW_STORE && want.cause == 0) /* maybe to an entry that the walk has just changed */
        memcpy(w->slow.memory + (want.pa - WORLD_BASE), &value, size);
    world_expect_tables(w);
    if (type == SLOW_FETCH && done && (seen & 3) == 3)
        return; /* the other half was fetched as well, with who knows what effect: it is compared as another access */
    EXPECT(done == (want.cause == 0));
    if (!done) {
        world_expect_fault(w, &want);
        return;
    }
    w->granted[world_scheme(w->slow.vsatp)][world_scheme(w->slow.hgatp)] += want.gva;
    uint8_t *there = w->slow.memory + (want.pa - WORLD_BASE);
    if (type == SLOW_STORE) {
        EXPECT(memcmp(there, w->ram.host + (want.pa - WORLD_BASE), size) == 0);
        mmu_flush_all(&w->hart); /* it may have been an entry of a table */
    } else {
        EXPECT(memcmp(there, &seen, size) == 0);
    }
}

/* Whether a walk writes an entry and reads on: it may read that very entry, or one that is a table's at the same time, and
 * then sees what an onlooker, who changes nothing, does not. */
static inline bool world_writes_and_reads(const struct walk_trace *trace)
{
    for (unsigned i = 0; i + 1 < trace->count; i++)
        if (trace->step[i].verdict == WALK_LEAF_UPDATED && trace->step[i + 1].stage != WALK_PMP)
            return true;
    return false;
}

/* One walk by itself, with the sizes of the leaves. */
static inline void world_walk(struct world *w)
{
    struct hart *h = &w->hart;
    uint64_t va = world_address(w, w->slow.virt || (w->slow.mstatus >> 39 & 1));
    enum slow_type type = (enum slow_type)world_pick(w, 3);
    struct mmu_context ctx = type == SLOW_FETCH ? mmu_code_context(h) : mmu_data_context(h);
    struct walk_trace trace;
    bool promised = walk_explain(h, &ctx, va, (enum access_type)type, &trace); /* must change nothing */
    struct slow_answer want = slow_access(&w->slow, SLOW_PRESENT, va, 1, type);
    struct translation got;
    bool done = walk_translate(h, &ctx, va, (enum access_type)type, &got);
    w->faults[want.cause]++;
    world_expect_tables(w);
    EXPECT(trace.count < WALK_STEPS_MAX);
    EXPECT(world_writes_and_reads(&trace) || (promised ? done : want.cause != 0));
    if (!done) {
        EXPECT(h->trap.tval == va);
        world_expect_fault(w, &want);
        return;
    }
    EXPECT(want.cause == 0 || want.cause == slow_cause(SLOW_ACCESS_FAULT, type));
    EXPECT(got.pa == want.pa && got.page_bits == want.first_bits && got.guest_bits == want.second_bits);
    w->granted[world_scheme(w->slow.vsatp)][world_scheme(w->slow.hgatp)] += want.gva && want.cause == 0;
}

/* What a refill puts into the TLB the walk must grant, without writing anything. */
static inline void world_refill(struct world *w)
{
    struct hart *h = &w->hart;
    uint64_t va = world_address(w, w->slow.virt || (w->slow.mstatus >> 39 & 1));
    enum access_type type = (enum access_type)world_pick(w, 3);
    struct tlb_bank *bank = type == ACCESS_FETCH ? h->code : h->data;
    if (!mmu_refill(h, bank, va, type))
        return;
    struct translation got;
    EXPECT(walk_translate(h, &bank->context, va, type, &got));
    EXPECT(pmp_allows(h, got.pa, 1, type, bank->context.priv));
    EXPECT(tlb_lookup(bank, type, va, 1) == ram_at(&w->ram, got.pa, 1));
    w->refilled[bank->context.virt]++;
}

/* `settings` settings, each with so many accesses, before tables of their own; returns how many accesses there were. */
static inline uint64_t world_round(struct world *w, unsigned settings, unsigned accesses)
{
    world_fill(w);
    for (unsigned i = 0; i < settings; i++) {
        world_set(w);
        for (unsigned k = 0; k < accesses; k++)
            if (world_pick(w, 8) == 0)
                world_refill(w);
            else if (world_pick(w, 4))
                world_walk(w);
            else
                world_access(w);
    }
    EXPECT(memcmp(w->slow.memory, w->ram.host, WORLD_BYTES) == 0);
    return (uint64_t)settings * accesses;
}

#endif
