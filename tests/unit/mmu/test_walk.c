/* SPDX-License-Identifier: MIT */
/* The page walker: single rules by hand-made tables, and random tables against a second, slow walker written from the
 * manual's steps. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../hart_fixture.h"

#define V 1u
#define R 2u
#define W 4u
#define X 8u
#define U 16u
#define G 32u
#define A 64u
#define D 128u
#define RWXAD (V | R | W | X | A | D)

#define ADUE (UINT64_C(1) << 61)
#define PBMTE (UINT64_C(1) << 62)
#define NAPOT (UINT64_C(1) << 63)

static uint64_t frame(unsigned n)
{
    return (FIXTURE_RAM_BASE >> 12) + n;
}

static uint64_t *pte_of(struct fixture *f, unsigned table, unsigned index)
{
    return (uint64_t *)(void *)(f->ram.host + table * 4096u + index * 8u);
}

static uint64_t make(uint64_t ppn, uint64_t bits)
{
    return ppn << 10 | bits;
}

/* Everything open for S and U; hardware A/D and PBMT on. */
static struct fixture *prepared(const char *cpu)
{
    struct fixture *f = fixture_create(cpu);
    fixture_set(f, CSR_pmpaddr0, ~UINT64_C(0));
    fixture_set(f, CSR_pmpcfg0, 0x1f);
    return f;
}

static struct mmu_context context(unsigned mode, unsigned priv)
{
    return (struct mmu_context){.satp = (uint64_t)mode << 60 | frame(0), .priv = (uint8_t)priv};
}

/* The cause of the fault, or 0 and *out. */
static unsigned translate(struct fixture *f, const struct mmu_context *ctx, uint64_t va, enum access_type type,
                          struct translation *out)
{
    if (walk_translate(&f->hart, ctx, va, type, out))
        return 0;
    assert_int_equal(f->hart.trap.tval, va);
    return (unsigned)f->hart.trap.cause;
}

/* Tables 0, 1, 2 in a row for virtual page 1 of Sv39: the leaf is index 1 of table 2. */
static uint64_t *sv39_leaf(struct fixture *f, uint64_t pte)
{
    *pte_of(f, 0, 0) = make(frame(1), V);
    *pte_of(f, 1, 0) = make(frame(2), V);
    *pte_of(f, 2, 1) = pte;
    return pte_of(f, 2, 1);
}

static void bare_and_m_mode_translate_to_the_same_address(void **state)
{
    (void)state;
    struct fixture *f = prepared("");
    struct mmu_context bare = {.priv = PRIV_S}, machine = context(8, PRIV_M);
    struct translation tr;
    assert_int_equal(translate(f, &bare, UINT64_MAX - 5, ACCESS_FETCH, &tr), 0);
    assert_int_equal(tr.pa, UINT64_MAX - 5);
    assert_int_equal(tr.page_bits, 64);
    assert_int_equal(translate(f, &machine, 0x123, ACCESS_LOAD, &tr), 0);
    assert_int_equal(tr.pa, 0x123);
    fixture_destroy(f);
}

static void a_leaf_gives_its_page_and_the_offset(void **state)
{
    (void)state;
    struct fixture *f = prepared("");
    struct mmu_context ctx = context(8, PRIV_S);
    struct translation tr;
    sv39_leaf(f, make(0x12345678abc, RWXAD));
    assert_int_equal(translate(f, &ctx, 0x1abc, ACCESS_LOAD, &tr), 0);
    assert_int_equal(tr.pa, UINT64_C(0x12345678abcabc));
    assert_int_equal(tr.page_bits, 12);
    fixture_destroy(f);
}

/* norm:Sv39_va_signext, norm:Sv48_va_signext, norm:Sv57_va_signext */
static void addresses_that_are_not_sign_extended_fault(void **state)
{
    (void)state;
    static const unsigned bits[] = {39, 48, 57};
    struct fixture *f = prepared("");
    struct translation tr;
    for (unsigned m = 0; m < 3; m++) {
        struct mmu_context ctx = context(8 + m, PRIV_S);
        *pte_of(f, 0, 0) = *pte_of(f, 0, 255) = *pte_of(f, 0, 256) = *pte_of(f, 0, 511) = make(0, RWXAD);
        uint64_t top = UINT64_C(1) << (bits[m] - 1);
        assert_int_equal(translate(f, &ctx, top - 1, ACCESS_LOAD, &tr), 0);
        assert_int_equal(tr.page_bits, bits[m] - 9);
        assert_int_equal(translate(f, &ctx, top, ACCESS_LOAD, &tr), 13);
        assert_int_equal(translate(f, &ctx, 2 * top, ACCESS_STORE, &tr), 15);
        assert_int_equal(translate(f, &ctx, ~top, ACCESS_FETCH, &tr), 12);
        assert_int_equal(translate(f, &ctx, -top, ACCESS_FETCH, &tr), 0);
        assert_int_equal(translate(f, &ctx, UINT64_MAX, ACCESS_LOAD, &tr), 0);
        assert_int_equal(translate(f, &ctx, -top - 1, ACCESS_LOAD, &tr), 13);
    }
    fixture_destroy(f);
}

static void hardware_sets_a_and_d_under_adue(void **state)
{
    (void)state;
    struct fixture *f = prepared("");
    struct mmu_context ctx = context(8, PRIV_S);
    struct translation tr;
    uint64_t *leaf = sv39_leaf(f, make(frame(3), V | R | W));
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_LOAD, &tr), 0);
    assert_int_equal(*leaf, make(frame(3), V | R | W | A));
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_STORE, &tr), 0);
    assert_int_equal(*leaf, make(frame(3), V | R | W | A | D));
    fixture_destroy(f);
}

/* norm:svade_access_ad_bit_clear, norm:Svadu_disabled_hw_update_falls_back_to_svade */
static void a_clear_a_or_d_faults_without_adue(void **state)
{
    (void)state;
    struct fixture *f = prepared("");
    struct mmu_context ctx = context(8, PRIV_S);
    struct translation tr;
    fixture_set(f, CSR_menvcfg, 0);
    uint64_t *leaf = sv39_leaf(f, make(frame(3), V | R | W | X));
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_LOAD, &tr), 13);
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_FETCH, &tr), 12);
    *leaf |= A;
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_LOAD, &tr), 0);
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_STORE, &tr), 15);
    assert_int_equal(*leaf, make(frame(3), V | R | W | X | A));
    fixture_destroy(f);
}

/* A refused access leaves A and D alone. */
static void a_permission_fault_sets_no_bit(void **state)
{
    (void)state;
    struct fixture *f = prepared("");
    struct mmu_context ctx = context(8, PRIV_S);
    struct translation tr;
    uint64_t *leaf = sv39_leaf(f, make(frame(3), V | R));
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_STORE, &tr), 15);
    assert_int_equal(*leaf, make(frame(3), V | R));
    fixture_destroy(f);
}

/* norm:pmp_check_pagetable_access */
static void tables_out_of_reach_give_access_faults_of_the_original_type(void **state)
{
    (void)state;
    struct fixture *f = prepared("");
    struct mmu_context ctx = context(8, PRIV_S);
    struct translation tr;
    sv39_leaf(f, make(frame(3), RWXAD));
    fixture_set(f, CSR_pmpaddr1, ~UINT64_C(0));
    fixture_set(f, CSR_pmpaddr0, (frame(2) << 10) | 0x1ff);
    fixture_set(f, CSR_pmpcfg0, 0x1f18); /* table 2: nothing allowed */
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_LOAD, &tr), 5);
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_STORE, &tr), 7);
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_FETCH, &tr), 1);
    fixture_set(f, CSR_pmpcfg0, 0x1f19); /* readable: enough while no bit is to be set */
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_STORE, &tr), 0);
    uint64_t *leaf = sv39_leaf(f, make(frame(3), V | R | W | A));
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_LOAD, &tr), 0);
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_STORE, &tr), 7);
    assert_int_equal(*leaf, make(frame(3), V | R | W | A));
    *pte_of(f, 1, 0) = make(0x10000, V); /* the UART's page */
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_FETCH, &tr), 1);
    fixture_destroy(f);
}

/* norm:Svnapot_valid_encoding, norm:Svnapot_reserved_encoding_fault */
static void napot_pages_are_64_kib(void **state)
{
    (void)state;
    struct fixture *f = prepared("");
    struct mmu_context ctx = context(8, PRIV_S);
    struct translation tr;
    sv39_leaf(f, NAPOT | make(0x12340 | 8, RWXAD));
    assert_int_equal(translate(f, &ctx, 0x1234, ACCESS_LOAD, &tr), 0);
    assert_int_equal(tr.pa, 0x12341234);
    assert_int_equal(tr.page_bits, 16);
    for (unsigned low = 0; low < 16; low++) {
        sv39_leaf(f, NAPOT | make(0x12340 | low, RWXAD));
        assert_int_equal(translate(f, &ctx, 0x1234, ACCESS_LOAD, &tr), low == 8 ? 0 : 13);
    }
    fixture_destroy(f);
    f = prepared("svnapot=off");
    sv39_leaf(f, NAPOT | make(0x12348, RWXAD));
    assert_int_equal(translate(f, &ctx, 0x1234, ACCESS_LOAD, &tr), 13);
    fixture_destroy(f);
}

/* A gigapage's N bit is reserved even with the right low bits. */
static void napot_on_a_superpage_faults(void **state)
{
    (void)state;
    struct fixture *f = prepared("");
    struct mmu_context ctx = context(8, PRIV_S);
    struct translation tr;
    *pte_of(f, 0, 0) = NAPOT | make(0x80000, RWXAD);
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_LOAD, &tr), 13);
    *pte_of(f, 0, 0) = make(0x80000, RWXAD);
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_LOAD, &tr), 0);
    assert_int_equal(tr.page_bits, 30);
    *pte_of(f, 0, 0) = make(0x80001, RWXAD);
    assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_LOAD, &tr), 13);
    fixture_destroy(f);
}

/* norm:Svpbmt_leaf_pte_pbmt_reserved_3_fault, norm:menvcfg_pbmte_op */
static void pbmt_is_legal_up_to_2_and_only_under_pbmte(void **state)
{
    (void)state;
    struct fixture *f = prepared("");
    struct mmu_context ctx = context(8, PRIV_S);
    struct translation tr;
    for (unsigned enabled = 0; enabled < 2; enabled++)
        for (uint64_t pbmt = 0; pbmt < 4; pbmt++) {
            fixture_set(f, CSR_menvcfg, enabled ? PBMTE : 0);
            sv39_leaf(f, pbmt << 61 | make(frame(3), RWXAD));
            bool legal = pbmt == 0 || (enabled && pbmt != 3);
            assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_LOAD, &tr), legal ? 0 : 13);
            sv39_leaf(f, make(frame(3), RWXAD));
            *pte_of(f, 1, 0) |= pbmt << 61;
            assert_int_equal(translate(f, &ctx, 0x1000, ACCESS_LOAD, &tr), pbmt == 0 ? 0 : 13);
        }
    fixture_destroy(f);
}

/* ---- random tables ---- */

struct world {
    struct fixture *f;
    uint64_t seed;
};

static uint64_t next_random(struct world *w)
{
    w->seed ^= w->seed << 13;
    w->seed ^= w->seed >> 7;
    w->seed ^= w->seed << 17;
    return w->seed;
}

#define TABLES 12

static uint64_t random_pte(struct world *w)
{
    uint64_t r = next_random(w), kind = r & 15, ppn = frame(r >> 8 & 15);
    if ((r >> 12 & 31) == 0)
        ppn = r >> 20 & 0xfffffffffff;
    if (kind < 8)
        return make(ppn, V | ((r >> 40 & 15) == 0 ? (r >> 44 & 0xd0) : 0) | ((r >> 52 & 1) ? G : 0) |
                             ((r >> 53 & 31) == 0 ? r << 40 & ~(BIT(54) - 1) : 0));
    if ((r >> 17 & 3) == 0)
        ppn &= ~(BIT(9 * (1 + (r >> 19 & 3))) - 1);
    uint64_t bits = (r >> 30 & 0xff) | V | ((r >> 38 & 3) ? R : 0) | ((r >> 38 & 4) ? A | D : 0);
    if (kind == 15)
        bits &= ~(uint64_t)V;
    uint64_t high = (r >> 45 & 7) == 0 ? (r >> 48 & 7) << 61 : (r >> 45 & 15) == 1 ? r & BITS(60, 54) : 0;
    if (high & NAPOT && (r >> 55 & 3))
        ppn = (ppn & ~UINT64_C(15)) | 8;
    return high | make(ppn & BITS(43, 0), bits);
}

static void random_tables(struct world *w)
{
    for (unsigned t = 0; t < TABLES; t++)
        for (unsigned i = 0; i < 512; i++)
            *pte_of(w->f, t, i) = random_pte(w);
}

struct verdict {
    unsigned cause;
    uint64_t pa;
    unsigned page_bits;
    uint64_t pte_pa; /* where the leaf is to be changed to pte, if changes */
    uint64_t pte;
    bool changes;
};

static bool oracle_reaches(struct fixture *f, uint64_t pa, enum access_type type)
{
    bool in_ram = pa >= FIXTURE_RAM_BASE && pa - FIXTURE_RAM_BASE < FIXTURE_RAM_BYTES;
    return in_ram && pmp_allows(&f->hart, pa, 8, type, PRIV_S);
}

/* The manual's translation process, one step after the other. */
static struct verdict oracle(struct fixture *f, const struct mmu_context *ctx, uint64_t va, enum access_type type)
{
    static const unsigned page_fault[] = {13, 15, 12}, access_fault[] = {5, 7, 1};
    const struct verdict page = {.cause = page_fault[type]}, access = {.cause = access_fault[type]};
    int levels = (int)(ctx->satp >> 60) - 5;
    bool pbmte = f->hart.csr.menvcfg & PBMTE, adue = f->hart.csr.menvcfg & ADUE;
    int64_t top = (int64_t)va >> (12 + 9 * levels - 1);
    if (top != 0 && top != -1)
        return page;
    uint64_t a = (ctx->satp & (BIT(44) - 1)) * 4096;
    for (int i = levels - 1; i >= 0; i--) {
        uint64_t where = a + (va >> (12 + 9 * i)) % 512 * 8, pte;
        if (!oracle_reaches(f, where, ACCESS_LOAD))
            return access;
        memcpy(&pte, f->ram.host + (where - FIXTURE_RAM_BASE), 8);
        unsigned pbmt = pte >> 61 & 3;
        bool v = pte & V, r = pte & R, w = pte & W, x = pte & X, u = pte & U, n = pte >> 63;
        if (!v || (!r && w) || (pte >> 54 & 0x7f) || (n && !hart_has(&f->hart, EXT_svnapot)) || pbmt > (pbmte ? 2 : 0))
            return page;
        uint64_t ppn = pte >> 10 & (BIT(44) - 1), size = BIT(9 * i);
        if (!r && !x) {
            if (n || pbmt || (pte & (U | A | D)))
                return page;
            a = ppn * 4096;
            continue;
        }
        if (n && (i != 0 || ppn % 16 != 8))
            return page;
        if (ppn % size != 0)
            return page;
        if (ctx->priv == PRIV_U ? !u : u && (!ctx->sum || type == ACCESS_FETCH))
            return page;
        if (!(type == ACCESS_STORE ? w : type == ACCESS_FETCH ? x : ctx->exec_read ? x : r || (x && ctx->mxr)))
            return page;
        if (n)
            size = 16;
        struct verdict yes = {.page_bits = n ? 16 : 12 + 9 * (unsigned)i, .pte_pa = where};
        yes.pa = (ppn / size * size + va / 4096 % size) * 4096 + va % 4096;
        yes.pte = pte | A | (type == ACCESS_STORE ? D : 0);
        yes.changes = yes.pte != pte;
        if (yes.changes && !adue)
            return page;
        if (yes.changes && !oracle_reaches(f, where, ACCESS_STORE))
            return access;
        return yes;
    }
    return page;
}

static void random_setting(struct world *w, struct mmu_context *ctx)
{
    uint64_t r = next_random(w);
    *ctx = context(8 + (unsigned)(r % 3), r >> 2 & 1 ? PRIV_S : PRIV_U);
    ctx->satp += r >> 3 & 7;
    ctx->sum = r >> 6 & 1;
    ctx->mxr = r >> 7 & 1;
    ctx->exec_read = (r >> 8 & 15) == 0;
    fixture_set(w->f, CSR_menvcfg, (r >> 12 & 1 ? ADUE : 0) | (r >> 13 & 1 ? PBMTE : 0));
    w->f->hart.ext.has[EXT_svnapot] = r >> 14 & 3;
    /* One table that cannot be written and one that cannot be read, unless the dice say all open. */
    fixture_set(w->f, CSR_pmpaddr0, (frame(r >> 16 & 15) << 10) | 0x1ff);
    fixture_set(w->f, CSR_pmpaddr1, (frame(r >> 20 & 15) << 10) | 0x1ff);
    fixture_set(w->f, CSR_pmpaddr2, ~UINT64_C(0));
    fixture_set(w->f, CSR_pmpcfg0, r >> 24 & 1 ? 0x1f1819 : 0x1f1f1f);
}

static uint64_t random_va(struct world *w, const struct mmu_context *ctx)
{
    unsigned bits = 12 + 9 * (unsigned)((ctx->satp >> 60) - 5);
    uint64_t r = next_random(w), va = (uint64_t)sign_extend(r, bits);
    return (next_random(w) & 15) == 0 ? va ^ BIT(bits - 1 + next_random(w) % 4) : va;
}

static void compare(struct world *w, const struct mmu_context *ctx, uint64_t va, enum access_type type, unsigned *hits)
{
    struct verdict want = oracle(w->f, ctx, va, type);
    uint64_t before = want.changes ? *(uint64_t *)(void *)(w->f->ram.host + (want.pte_pa - FIXTURE_RAM_BASE)) : 0;
    struct translation tr = {0};
    unsigned cause = translate(w->f, ctx, va, type, &tr);
    if (cause != want.cause)
        fail_msg("va 0x%llx: cause %u, not %u", (unsigned long long)va, cause, want.cause);
    if (cause != 0)
        return;
    assert_int_equal(tr.pa, want.pa);
    assert_int_equal(tr.page_bits, want.page_bits);
    uint64_t *pte = (uint64_t *)(void *)(w->f->ram.host + (want.pte_pa - FIXTURE_RAM_BASE));
    assert_int_equal(*pte, want.pte);
    if (want.changes)
        *pte = before;
    ++*hits;
}

static void random_tables_agree_with_the_slow_walker(void **state)
{
    (void)state;
    struct world w = {prepared(""), 0x2545f4914f6cdd1d};
    unsigned hits = 0;
    uint8_t *copy = malloc(TABLES * 4096);
    for (unsigned round = 0; round < 60; round++) {
        struct mmu_context ctx;
        random_tables(&w);
        memcpy(copy, w.f->ram.host, TABLES * 4096);
        for (unsigned k = 0; k < 4000; k++) {
            if (k % 20 == 0)
                random_setting(&w, &ctx);
            uint64_t va = random_va(&w, &ctx);
            for (unsigned type = 0; type < 3; type++)
                compare(&w, &ctx, va, (enum access_type)type, &hits);
        }
        /* What was to change was put back, so any other write shows. */
        assert_memory_equal(copy, w.f->ram.host, TABLES * 4096);
    }
    assert_true(hits > 20000);
    free(copy);
    fixture_destroy(w.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bare_and_m_mode_translate_to_the_same_address),
        cmocka_unit_test(a_leaf_gives_its_page_and_the_offset),
        cmocka_unit_test(addresses_that_are_not_sign_extended_fault),
        cmocka_unit_test(hardware_sets_a_and_d_under_adue),
        cmocka_unit_test(a_clear_a_or_d_faults_without_adue),
        cmocka_unit_test(a_permission_fault_sets_no_bit),
        cmocka_unit_test(tables_out_of_reach_give_access_faults_of_the_original_type),
        cmocka_unit_test(napot_pages_are_64_kib),
        cmocka_unit_test(napot_on_a_superpage_faults),
        cmocka_unit_test(pbmt_is_legal_up_to_2_and_only_under_pbmte),
        cmocka_unit_test(random_tables_agree_with_the_slow_walker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
