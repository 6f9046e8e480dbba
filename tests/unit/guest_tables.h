/* SPDX-License-Identifier: MIT */
/* Hand-made tables of two stages for one page of a guest's, and what a walk of them comes to. Include behind <cmocka.h>. */
#ifndef MICROVM_TESTS_GUEST_TABLES_H
#define MICROVM_TESTS_GUEST_TABLES_H

#include "hart_fixture.h"

#define V 1u
#define R 2u
#define W 4u
#define X 8u
#define U 16u
#define GLOBAL 32u
#define A 64u
#define D 128u
#define RWXAD (V | R | W | X | A | D)
#define URWXAD (RWXAD | U)

#define ADUE (UINT64_C(1) << 61)
#define PBMTE (UINT64_C(1) << 62)
#define NAPOT (UINT64_C(1) << 63)
#define MXR (UINT64_C(1) << 19)
#define SUM (UINT64_C(1) << 18)

/* Frames of RAM. The VS stage's tables are VS_TABLES and on, in a row from the root; the G stage's G_TABLES and on, the root being
 * four frames. Guest physical page GUEST + n is frame n. */
enum { VS_TABLES = 0, G_TABLES = 16, PAGE = 40 };
#define GUEST UINT64_C(0x40000)
#define VA UINT64_C(0x1abc) /* page 1 by the lowest table */
#define VA_GPA ((GUEST + PAGE) << 12 | 0xabc)

static inline uint64_t frame(unsigned n)
{
    return (FIXTURE_RAM_BASE >> 12) + n;
}

static inline uint64_t *entry(struct fixture *f, unsigned table, unsigned index)
{
    return (uint64_t *)(void *)(f->ram.host + table * 4096u + index * 8u);
}

static inline uint64_t make(uint64_t ppn, uint64_t bits)
{
    return ppn << 10 | bits;
}

/* The G stage's entries: GUEST + n to frame n, for 64 pages. Page numbers 0x40000 have 0 in all low fields, 1 in the one of
 * 1 GiB. */
static inline void map_guest(struct fixture *f, unsigned levels)
{
    unsigned table = G_TABLES;
    for (unsigned level = levels; level-- > 1;) {
        unsigned next = level == levels - 1 ? table + 4 : table + 1;
        *entry(f, table, level == 2 ? 1 : 0) = make(frame(next), V);
        table = next;
    }
    for (unsigned n = 0; n < 64; n++)
        *entry(f, table, n) = make(frame(n), URWXAD);
}

static inline uint64_t *guest_leaf(struct fixture *f, unsigned levels, unsigned n)
{
    return entry(f, G_TABLES + 4 + levels - 2, n);
}

static inline uint64_t *own_leaf(struct fixture *f, unsigned levels)
{
    return entry(f, VS_TABLES + levels - 1, 1);
}

/* The VS stage's: VA's page to guest page GUEST + PAGE. */
static inline void map_own(struct fixture *f, unsigned levels)
{
    for (unsigned i = 0; i + 1 < levels; i++)
        *entry(f, VS_TABLES + i, 0) = make(GUEST + VS_TABLES + i + 1, V);
    *own_leaf(f, levels) = make(GUEST + PAGE, RWXAD);
}

/* VS mode with the two schemes, by their numbers of levels (0: bare); all open, hardware A/D and PBMT on. */
static inline struct fixture *prepared(unsigned vs, unsigned g)
{
    struct fixture *f = fixture_create("h=on");
    fixture_set(f, CSR_pmpaddr0, ~UINT64_C(0));
    fixture_set(f, CSR_pmpcfg0, 0x1f);
    f->hart.csr.menvcfg = f->hart.csr.henvcfg = ADUE | PBMTE;
    f->hart.csr.vsatp = vs ? (uint64_t)(vs + 5) << 60 | (GUEST + VS_TABLES) : 0;
    f->hart.csr.hgatp = g ? (uint64_t)(g + 5) << 60 | frame(G_TABLES) : 0;
    f->hart.virt = true;
    fixture_mode(f, PRIV_S);
    if (g)
        map_guest(f, g);
    if (vs)
        map_own(f, vs);
    return f;
}

/* The cause, or 0. */
static inline unsigned walk(struct fixture *f, uint64_t va, enum access_type type, struct translation *out)
{
    struct mmu_context ctx = type == ACCESS_FETCH ? mmu_code_context(&f->hart) : mmu_data_context(&f->hart);
    struct translation tr;
    mmu_hfence_gvma(&f->hart, &(struct mmu_fence){0});
    f->hart.trap = (struct trap){0};
    if (walk_translate(&f->hart, &ctx, va, type, out != NULL ? out : &tr))
        return 0;
    assert_int_equal(f->hart.trap.tval, va);
    assert_true(f->hart.trap.gva);
    return (unsigned)f->hart.trap.cause;
}

#endif
