/* SPDX-License-Identifier: MIT */
/* PMP against a slow oracle that asks the manual's rules of every byte, and the page summary against PMP itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../hart_fixture.h"

struct entry {
    uint8_t cfg;
    uint64_t addr;
};

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Whether entry i matches the 4-byte word: norm:pmp_a_field_encoding. */
static bool oracle_matches(const struct entry *e, unsigned i, uint64_t word)
{
    uint64_t ignored = e[i].addr ^ (e[i].addr + 1);
    switch (e[i].cfg >> 3 & 3) {
    case 1:
        return word >= (i ? e[i - 1].addr : 0) && word < e[i].addr;
    case 2:
        return word == e[i].addr;
    case 3:
        return (word | ignored) == (e[i].addr | ignored);
    default:
        return false;
    }
}

static bool oracle_allows(const struct entry *e, uint64_t pa, unsigned size, enum access_type type, unsigned priv)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned hits = 0;
        for (unsigned b = 0; b < size; b++)
            hits += oracle_matches(e, i, (pa + b) >> 2);
        if (hits == 0)
            continue;
        static const uint8_t bit[] = {[ACCESS_LOAD] = 1, [ACCESS_STORE] = 2, [ACCESS_FETCH] = 4};
        return hits == size && ((priv == PRIV_M && !(e[i].cfg & 0x80)) || (e[i].cfg & bit[type]));
    }
    return priv == PRIV_M;
}

static void load_entries(struct fixture *f, struct entry *e, unsigned shift, uint64_t *seed)
{
    static const uint8_t rwx[] = {0, 1, 3, 4, 5, 7, 7, 7};
    hart_reset(&f->hart, 0);
    uint64_t cfg[2] = {0, 0};
    for (unsigned i = 0; i < 16; i++) {
        uint64_t r = next_random(seed);
        e[i].addr = (r >> 8 & 63) << shift | (r >> 20 & 1 ? (UINT64_C(1) << (r >> 24 & 7)) - 1 : 0);
        if ((r >> 40 & 31) == 0)
            e[i].addr = (UINT64_C(1) << 54) - 1;
        e[i].cfg = (uint8_t)(rwx[r & 7] | (r >> 3 & 3) << 3 | ((r >> 5 & 3) == 0 ? 0x80 : 0));
        if (r >> 50 & 1)
            e[i].cfg &= (uint8_t)~0x18;
        fixture_set(f, 0x3b0 + i, e[i].addr);
        cfg[i / 8] |= (uint64_t)e[i].cfg << 8 * (i % 8);
    }
    fixture_set(f, 0x3a0, cfg[0]);
    fixture_set(f, 0x3a2, cfg[1]);
}

static void compare_around(struct fixture *f, const struct entry *e, uint64_t centre)
{
    static const uint8_t privs[] = {PRIV_U, PRIV_S, PRIV_M};
    for (uint64_t pa = centre < 9 ? 0 : centre - 9; pa <= centre + 2; pa++)
        for (unsigned k = 0; k < 4 * 3 * 3; k++) {
            unsigned size = 1u << k % 4, priv = privs[k / 12];
            enum access_type type = (enum access_type)(k / 4 % 3);
            if (pmp_allows(&f->hart, pa, size, type, priv) != oracle_allows(e, pa, size, type, priv))
                fail_msg("pa 0x%llx size %u type %u priv %u", (unsigned long long)pa, size, (unsigned)type, priv);
        }
}

static void every_access_near_an_edge_agrees_with_the_oracle(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    uint64_t seed = 0x9e3779b97f4a7c15;
    for (unsigned round = 0; round < 1500; round++) {
        struct entry e[16];
        load_entries(f, e, round % 3 == 0 ? 0 : round % 3 == 1 ? 3 : 10, &seed);
        for (unsigned i = 0; i < 16; i++)
            compare_around(f, e, e[i].addr << 2);
    }
    fixture_destroy(f);
}

/* What is called uniform must be: any access within such a page gets one answer per type. */
static void a_uniform_page_has_one_answer(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    uint64_t seed = 12345;
    unsigned uniform = 0, mixed = 0;
    for (unsigned round = 0; round < 300; round++) {
        struct entry e[16];
        load_entries(f, e, 8, &seed);
        uint64_t page = (next_random(&seed) & 15) << 12;
        if (!pmp_page_uniform(&f->hart, page + (next_random(&seed) & 4095))) {
            mixed++;
            continue;
        }
        uniform++;
        for (unsigned k = 0; k < 9; k++) {
            enum access_type type = (enum access_type)(k % 3);
            unsigned priv = k / 3 == 2 ? PRIV_M : k / 3;
            bool first = oracle_allows(e, page, 1, type, priv);
            for (uint64_t at = 0; at + 8 <= 4096; at += 4)
                assert_int_equal(oracle_allows(e, page + at, 8, type, priv), first);
        }
    }
    assert_true(uniform > 30 && mixed > 30);
    fixture_destroy(f);
}

/* norm:pmp_no_entry_match */
static void with_all_entries_off_only_m_mode_gets_through(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    assert_true(pmp_allows(&f->hart, 0x80000000, 8, ACCESS_FETCH, PRIV_M));
    assert_false(pmp_allows(&f->hart, 0x80000000, 8, ACCESS_LOAD, PRIV_S));
    assert_true(pmp_page_uniform(&f->hart, 0x80000000));
    f->hart.pmp_open = true;
    assert_true(pmp_allows(&f->hart, 0x80000000, 8, ACCESS_LOAD, PRIV_U));
    fixture_set(f, 0x3a0, 0x0f); /* TOR up to 0: on, though it matches nothing */
    assert_false(pmp_allows(&f->hart, 0x80000000, 8, ACCESS_LOAD, PRIV_U));
    fixture_destroy(f);
}

/* norm:pmp_a_field_napot_na4: all ones cover the whole physical address space. */
static void napot_of_all_ones_covers_everything(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_set(f, 0x3b0, ~UINT64_C(0));
    fixture_set(f, 0x3a0, 0x1b);
    assert_true(pmp_allows(&f->hart, 0, 8, ACCESS_STORE, PRIV_U));
    assert_true(pmp_allows(&f->hart, (UINT64_C(1) << 56) - 8, 8, ACCESS_LOAD, PRIV_U));
    assert_false(pmp_allows(&f->hart, 0, 8, ACCESS_FETCH, PRIV_U));
    fixture_destroy(f);
}

static void an_access_that_wraps_is_refused(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    assert_false(pmp_allows(&f->hart, UINT64_MAX - 3, 8, ACCESS_LOAD, PRIV_M));
    fixture_destroy(f);
}

/* A change of PMP is felt at once, though a translation had been cached under the old one. */
static void a_pmp_change_drops_cached_translations(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    uint64_t value;
    fixture_set(f, 0x3b0, ~UINT64_C(0));
    fixture_set(f, 0x3a0, 0x1f);
    fixture_mode(f, PRIV_S);
    assert_true(mmu_load(&f->hart, FIXTURE_RAM_BASE, 8, &value));
    fixture_set(f, 0x3a0, 0x1c);
    assert_false(mmu_load(&f->hart, FIXTURE_RAM_BASE, 8, &value));
    assert_int_equal(f->hart.trap.cause, CAUSE_load_access_fault);
    fixture_destroy(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_access_near_an_edge_agrees_with_the_oracle),
        cmocka_unit_test(a_uniform_page_has_one_answer),
        cmocka_unit_test(with_all_entries_off_only_m_mode_gets_through),
        cmocka_unit_test(napot_of_all_ones_covers_everything),
        cmocka_unit_test(an_access_that_wraps_is_refused),
        cmocka_unit_test(a_pmp_change_drops_cached_translations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
