/* SPDX-License-Identifier: MIT */
/* Two-stage translation, rule by rule, by hand-made tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../guest_tables.h"

static const enum access_type types[] = {ACCESS_LOAD, ACCESS_STORE, ACCESS_FETCH};
static const unsigned guest_faults[] = {21, 23, 20}, page_faults[] = {13, 15, 12}, access_faults[] = {5, 7, 1};

static void expect_guest_fault(struct fixture *f, uint64_t va, uint64_t gpa, uint64_t tinst)
{
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(walk(f, va, types[i], NULL), guest_faults[i]);
        assert_int_equal(f->hart.trap.tval2, gpa >> 2);
        assert_int_equal(f->hart.trap.tinst, tinst);
    }
}

static void expect_own_fault(struct fixture *f, uint64_t va, const unsigned *causes)
{
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(walk(f, va, types[i], NULL), causes[i]);
        assert_int_equal(f->hart.trap.tval2, 0);
        assert_int_equal(f->hart.trap.tinst, 0);
    }
}

/* norm:H_vm_twostage */
static void every_scheme_works_over_every_scheme(void **state)
{
    (void)state;
    for (unsigned vs = 3; vs <= 5; vs++)
        for (unsigned g = 3; g <= 5; g++) {
            struct fixture *f = prepared(vs, g);
            struct translation tr;
            for (unsigned i = 0; i < 3; i++) {
                assert_int_equal(walk(f, VA, types[i], &tr), 0);
                assert_int_equal(tr.pa, frame(PAGE) << 12 | 0xabc);
                assert_int_equal(tr.gpa, VA_GPA);
                assert_int_equal(tr.page_bits, 12);
                assert_int_equal(tr.guest_bits, 12);
            }
            fixture_destroy(f);
        }
}

/* norm:H_vm_gstagetrans, norm:hgatp_mode_bare_trans */
static void either_stage_may_be_bare(void **state)
{
    (void)state;
    struct translation tr;
    struct fixture *f = prepared(0, 4);
    assert_int_equal(walk(f, VA_GPA, ACCESS_LOAD, &tr), 0);
    assert_int_equal(tr.pa, frame(PAGE) << 12 | 0xabc);
    assert_int_equal(tr.page_bits, 64);
    fixture_destroy(f);
    f = prepared(0, 0);
    assert_int_equal(walk(f, VA, ACCESS_STORE, &tr), 0);
    assert_int_equal(tr.pa, VA);
    fixture_destroy(f);
    f = prepared(3, 0);
    f->hart.csr.vsatp = UINT64_C(8) << 60 | frame(VS_TABLES);
    *entry(f, VS_TABLES, 0) = make(frame(VS_TABLES + 1), V);
    *entry(f, VS_TABLES + 1, 0) = make(frame(VS_TABLES + 2), V);
    assert_int_equal(walk(f, VA, ACCESS_FETCH, &tr), 0);
    assert_int_equal(tr.pa, VA_GPA);
    fixture_destroy(f);
}

/* norm:hgatp_mode_sv39x4, norm:hgatp_mode_sv48x4, norm:hgatp_mode_sv57x4 */
static void guest_addresses_have_two_bits_more_and_zeros_above(void **state)
{
    (void)state;
    for (unsigned g = 3; g <= 5; g++) {
        struct fixture *f = prepared(0, g);
        struct translation tr;
        unsigned bits = 12 + 9 * g + 2;
        *entry(f, G_TABLES, 2047) = make(0, URWXAD);
        assert_int_equal(walk(f, BIT(bits) - 1, ACCESS_LOAD, &tr), 0);
        assert_int_equal(tr.guest_bits, bits - 11);
        for (unsigned b = bits; b < 64; b++)
            expect_guest_fault(f, BIT(b) | VA_GPA, BIT(b) | VA_GPA, 0);
        fixture_destroy(f);
    }
}

/* norm:hgatp_mode_x4, norm:hgatp_ppn_op */
static void the_root_is_aligned_to_its_sixteen_kilobytes(void **state)
{
    (void)state;
    struct fixture *f = prepared(3, 3);
    for (unsigned low = 0; low < 4; low++) {
        f->hart.csr.hgatp = UINT64_C(8) << 60 | (frame(G_TABLES) + low);
        assert_int_equal(walk(f, VA, ACCESS_LOAD, NULL), 0);
    }
    fixture_destroy(f);
}

/* norm:H_vm_gpa_g */
static void the_global_bit_of_guest_pages_says_nothing(void **state)
{
    (void)state;
    struct fixture *f = prepared(3, 3);
    *guest_leaf(f, 3, PAGE) |= GLOBAL;
    *entry(f, G_TABLES, 1) |= GLOBAL;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(walk(f, VA, types[i], NULL), 0);
    fixture_destroy(f);
}

/* norm:H_vm_gpatrans, norm:H_vm_gpapriv */
static void guest_pages_are_user_pages(void **state)
{
    (void)state;
    struct fixture *f = prepared(3, 3);
    *guest_leaf(f, 3, PAGE) &= ~(uint64_t)U;
    expect_guest_fault(f, VA, VA_GPA, 0);
    f->hart.csr.vsstatus = f->hart.csr.mstatus = SUM;
    expect_guest_fault(f, VA, VA_GPA, 0);
    map_guest(f, 3);
    *guest_leaf(f, 3, VS_TABLES + 1) &= ~(uint64_t)U;
    expect_guest_fault(f, VA, (GUEST + VS_TABLES + 1) << 12, 0x3000);
    fixture_destroy(f);
}

/* norm:H_vm_gpapriv */
static void the_guests_own_user_bit_is_the_guests_matter(void **state)
{
    (void)state;
    struct fixture *f = prepared(4, 4);
    *own_leaf(f, 4) |= U;
    expect_own_fault(f, VA, page_faults);
    f->hart.csr.mstatus |= SUM; /* the hypervisor's does not count */
    expect_own_fault(f, VA, page_faults);
    f->hart.csr.vsstatus = SUM;
    assert_int_equal(walk(f, VA, ACCESS_LOAD, NULL), 0);
    assert_int_equal(walk(f, VA, ACCESS_FETCH, NULL), 12);
    fixture_mode(f, PRIV_U);
    assert_int_equal(walk(f, VA, ACCESS_FETCH, NULL), 0);
    *own_leaf(f, 4) &= ~(uint64_t)U;
    expect_own_fault(f, VA, page_faults);
    fixture_destroy(f);
}

/* norm:htval_trapval, norm:H_trap_xtinst_guestpage: of the entry that could not be read, at every level. */
static void faults_on_tables_name_the_entry_and_a_read(void **state)
{
    (void)state;
    for (unsigned level = 0; level < 5; level++) {
        struct fixture *f = prepared(5, 5);
        *guest_leaf(f, 5, VS_TABLES + level) = 0;
        expect_guest_fault(f, VA, (GUEST + VS_TABLES + level) << 12 | (level == 4 ? 8 : 0), 0x3000);
        fixture_destroy(f);
    }
}

/* Execute-only tables cannot be walked, whatever MXR says: it is for explicit loads. */
static void tables_must_be_readable_whatever_mxr_says(void **state)
{
    (void)state;
    struct fixture *f = prepared(3, 3);
    *guest_leaf(f, 3, VS_TABLES + 2) = make(frame(VS_TABLES + 2), V | X | U | A | D);
    f->hart.csr.mstatus |= MXR;
    f->hart.csr.vsstatus |= MXR;
    expect_guest_fault(f, VA, (GUEST + VS_TABLES + 2) << 12 | 8, 0x3000);
    fixture_destroy(f);
}

/* norm:H_trap_xtinst_guestpage_rw */
static void setting_a_or_d_in_a_table_that_is_read_only_is_a_write(void **state)
{
    (void)state;
    struct fixture *f = prepared(3, 3);
    uint64_t before = make(GUEST + PAGE, V | R | W | X);
    *guest_leaf(f, 3, VS_TABLES + 2) = make(frame(VS_TABLES + 2), V | R | U | A);
    *own_leaf(f, 3) = before;
    expect_guest_fault(f, VA, (GUEST + VS_TABLES + 2) << 12 | 8, 0x3020);
    assert_int_equal(*own_leaf(f, 3), before);
    *own_leaf(f, 3) = before | A;
    assert_int_equal(walk(f, VA, ACCESS_LOAD, NULL), 0);
    assert_int_equal(walk(f, VA, ACCESS_STORE, NULL), 23);
    assert_int_equal(f->hart.trap.tinst, 0x3020);
    fixture_destroy(f);
}

static void a_and_d_are_set_at_both_stages(void **state)
{
    (void)state;
    struct fixture *f = prepared(3, 3);
    const uint64_t bits = V | R | W | X;
    *own_leaf(f, 3) = make(GUEST + PAGE, bits);
    *guest_leaf(f, 3, PAGE) = make(frame(PAGE), bits | U);
    *guest_leaf(f, 3, VS_TABLES + 2) = make(frame(VS_TABLES + 2), bits | U);
    *guest_leaf(f, 3, VS_TABLES + 1) = make(frame(VS_TABLES + 1), bits | U);
    assert_int_equal(walk(f, VA, ACCESS_LOAD, NULL), 0);
    assert_int_equal(*own_leaf(f, 3), make(GUEST + PAGE, bits | A));
    assert_int_equal(*guest_leaf(f, 3, PAGE), make(frame(PAGE), bits | U | A));
    assert_int_equal(*guest_leaf(f, 3, VS_TABLES + 2), make(frame(VS_TABLES + 2), bits | U | A | D)); /* A was stored */
    assert_int_equal(*guest_leaf(f, 3, VS_TABLES + 1), make(frame(VS_TABLES + 1), bits | U | A));
    assert_int_equal(walk(f, VA, ACCESS_STORE, NULL), 0);
    assert_int_equal(*own_leaf(f, 3), make(GUEST + PAGE, bits | A | D));
    assert_int_equal(*guest_leaf(f, 3, PAGE), make(frame(PAGE), bits | U | A | D));
    fixture_destroy(f);
}

/* norm:henvcfg_adue_op, norm:menvcfg_adue_henvcfg_adue_rdonly0 */
static void each_stage_has_its_own_adue(void **state)
{
    (void)state;
    for (unsigned both = 0; both < 4; both++) {
        bool menv = both & 1, henv = both & 2;
        struct fixture *f = prepared(3, 3);
        f->hart.csr.menvcfg = menv ? ADUE : 0;
        f->hart.csr.henvcfg = henv ? ADUE : 0;
        *own_leaf(f, 3) &= ~(uint64_t)A;
        for (unsigned i = 0; i < 3; i++)
            assert_int_equal(walk(f, VA, types[i], NULL), menv && henv ? 0 : page_faults[i]);
        map_own(f, 3);
        *guest_leaf(f, 3, PAGE) &= ~(uint64_t)A;
        for (unsigned i = 0; i < 3; i++)
            assert_int_equal(walk(f, VA, types[i], NULL), menv ? 0 : guest_faults[i]);
        map_guest(f, 3);
        *guest_leaf(f, 3, VS_TABLES) &= ~(uint64_t)A;
        for (unsigned i = 0; i < 3; i++) {
            assert_int_equal(walk(f, VA, types[i], NULL), menv ? 0 : guest_faults[i]);
            assert_int_equal(f->hart.trap.tinst, menv ? 0 : 0x3000);
        }
        fixture_destroy(f);
    }
}

/* norm:henvcfg_pbmte_op, norm:menvcfg_pbmte_op */
static void each_stage_has_its_own_pbmte(void **state)
{
    (void)state;
    for (unsigned both = 0; both < 4; both++)
        for (uint64_t pbmt = 1; pbmt < 4; pbmt++) {
            bool menv = both & 1, henv = both & 2, legal = pbmt != 3;
            struct fixture *f = prepared(4, 4);
            f->hart.csr.menvcfg = ADUE | (menv ? PBMTE : 0);
            f->hart.csr.henvcfg = ADUE | (henv ? PBMTE : 0);
            *own_leaf(f, 4) |= pbmt << 61;
            assert_int_equal(walk(f, VA, ACCESS_LOAD, NULL), menv && henv && legal ? 0 : 13);
            map_own(f, 4);
            *guest_leaf(f, 4, PAGE) |= pbmt << 61;
            assert_int_equal(walk(f, VA, ACCESS_LOAD, NULL), menv && legal ? 0 : 21);
            fixture_destroy(f);
        }
}

/* norm:vsstatus_mxr_vm, norm:sstatus_mxr_vm */
static void the_guests_mxr_opens_its_own_stage_and_the_hypervisors_both(void **state)
{
    (void)state;
    struct fixture *f = prepared(3, 3);
    *own_leaf(f, 3) = make(GUEST + PAGE, V | X | A | D);
    assert_int_equal(walk(f, VA, ACCESS_LOAD, NULL), 13);
    f->hart.csr.vsstatus = MXR;
    assert_int_equal(walk(f, VA, ACCESS_LOAD, NULL), 0);
    *guest_leaf(f, 3, PAGE) = make(frame(PAGE), V | X | U | A | D);
    assert_int_equal(walk(f, VA, ACCESS_LOAD, NULL), 21);
    f->hart.csr.vsstatus = 0;
    f->hart.csr.mstatus |= MXR;
    assert_int_equal(walk(f, VA, ACCESS_LOAD, NULL), 0);
    assert_int_equal(walk(f, VA, ACCESS_FETCH, NULL), 0);
    assert_int_equal(walk(f, VA, ACCESS_STORE, NULL), 15);
    fixture_destroy(f);
}

/* norm:Svnapot_valid_encoding, and superpages: the smaller leaf does not narrow the other's range. */
static void superpages_and_napot_ranges_work_at_both_stages(void **state)
{
    (void)state;
    struct fixture *f = prepared(3, 3);
    struct translation tr;
    *guest_leaf(f, 3, PAGE) = NAPOT | make((frame(PAGE) & ~UINT64_C(15)) | 8, URWXAD);
    assert_int_equal(walk(f, VA, ACCESS_LOAD, &tr), 0);
    assert_int_equal(tr.pa, frame(PAGE) << 12 | 0xabc);
    assert_int_equal(tr.guest_bits, 16);
    *guest_leaf(f, 3, PAGE) ^= 1u << 10;
    assert_int_equal(walk(f, VA, ACCESS_LOAD, &tr), 21);
    *entry(f, G_TABLES + 4, 0) = make(FIXTURE_RAM_BASE >> 12, URWXAD); /* 2 MiB from GUEST */
    assert_int_equal(walk(f, VA, ACCESS_LOAD, &tr), 0);
    assert_int_equal(tr.guest_bits, 21);
    *entry(f, VS_TABLES + 1, 0) = make(GUEST, RWXAD);
    assert_int_equal(walk(f, UINT64_C(0x28abc), ACCESS_LOAD, &tr), 0);
    assert_int_equal(tr.pa, FIXTURE_RAM_BASE + 0x28abc);
    assert_int_equal(tr.page_bits, 21);
    *entry(f, G_TABLES + 4, 0) |= make(1, 0);
    assert_int_equal(walk(f, VA, ACCESS_LOAD, &tr), 21);
    fixture_destroy(f);
}

/* norm:H_pmp: at any step, for the original access type; a guest physical address is told for guest page faults alone. */
static void pmp_refusals_are_access_faults_at_every_step(void **state)
{
    (void)state;
    static const unsigned frames[] = {VS_TABLES, VS_TABLES + 2, G_TABLES, G_TABLES + 4, G_TABLES + 5};
    for (unsigned i = 0; i < ARRAY_SIZE(frames); i++) {
        struct fixture *f = prepared(3, 3);
        fixture_set(f, CSR_pmpaddr1, ~UINT64_C(0));
        fixture_set(f, CSR_pmpaddr0, (frame(frames[i]) << 10) | 0x1ff);
        fixture_set(f, CSR_pmpcfg0, 0x1f18);
        expect_own_fault(f, VA, access_faults);
        fixture_destroy(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scheme_works_over_every_scheme),
        cmocka_unit_test(either_stage_may_be_bare),
        cmocka_unit_test(guest_addresses_have_two_bits_more_and_zeros_above),
        cmocka_unit_test(the_root_is_aligned_to_its_sixteen_kilobytes),
        cmocka_unit_test(the_global_bit_of_guest_pages_says_nothing),
        cmocka_unit_test(guest_pages_are_user_pages),
        cmocka_unit_test(the_guests_own_user_bit_is_the_guests_matter),
        cmocka_unit_test(faults_on_tables_name_the_entry_and_a_read),
        cmocka_unit_test(tables_must_be_readable_whatever_mxr_says),
        cmocka_unit_test(setting_a_or_d_in_a_table_that_is_read_only_is_a_write),
        cmocka_unit_test(a_and_d_are_set_at_both_stages),
        cmocka_unit_test(each_stage_has_its_own_adue),
        cmocka_unit_test(each_stage_has_its_own_pbmte),
        cmocka_unit_test(the_guests_mxr_opens_its_own_stage_and_the_hypervisors_both),
        cmocka_unit_test(superpages_and_napot_ranges_work_at_both_stages),
        cmocka_unit_test(pmp_refusals_are_access_faults_at_every_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
