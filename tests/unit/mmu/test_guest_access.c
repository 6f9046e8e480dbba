/* SPDX-License-Identifier: MIT */
/* Accesses with a guest's eyes: MPRV, HLV, HSV and HLVX, across pages; and the walk explained. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../guest_tables.h"

/* norm:mstatus_mprv_ldst_op with MPV */
static void mprv_with_mpv_makes_loads_and_stores_the_guests(void **state)
{
    (void)state;
    struct fixture *f = prepared(3, 3);
    struct hart *h = &f->hart;
    uint64_t value;
    h->virt = false;
    fixture_mode(f, PRIV_M);
    f->ram.host[PAGE * 4096 + 0xabc] = 77;
    h->csr.mstatus = MSTATUS_MPRV | MSTATUS_MPV | field_set(0, MSTATUS_MPP, PRIV_S);
    csr_status_changed(h);
    assert_true(mmu_load(h, VA, 1, &value));
    assert_int_equal(value, 77);
    assert_false(mmu_load(h, VA + PAGE_BYTES, 1, &value));
    assert_int_equal(h->trap.cause, 13);
    assert_true(h->trap.gva);
    h->csr.mstatus = MSTATUS_MPRV | MSTATUS_MPV | field_set(0, MSTATUS_MPP, PRIV_M);
    csr_status_changed(h);
    assert_true(mmu_load(h, frame(PAGE) << 12 | 0xabc, 1, &value));
    assert_int_equal(value, 77);
    fixture_destroy(f);
}

/* norm:hlsv_priv, norm:hlsv_trans, norm:mstatus_mprv_hlsv */
static void hlv_and_hsv_access_as_the_guest_at_spvps_privilege(void **state)
{
    (void)state;
    struct fixture *f = prepared(3, 3);
    struct hart *h = &f->hart;
    uint64_t value;
    h->virt = false;
    h->csr.mstatus = MSTATUS_MPRV | field_set(0, MSTATUS_MPP, PRIV_U);
    fixture_mode(f, PRIV_M);
    h->csr.hstatus = HSTATUS_SPVP;
    f->ram.host[PAGE * 4096 + 0xabc] = 99;
    assert_true(mmu_guest_load(h, VA, 1, false, &value));
    assert_int_equal(value, 99);
    assert_true(mmu_guest_store(h, VA, 1, 98));
    assert_int_equal(f->ram.host[PAGE * 4096 + 0xabc], 98);
    h->csr.hstatus = 0; /* VU: the page is none of a user's */
    assert_false(mmu_guest_load(h, VA, 1, false, &value));
    assert_int_equal(h->trap.cause, 13);
    assert_true(h->trap.gva);
    *own_leaf(f, 3) |= U;
    assert_true(mmu_guest_load(h, VA, 1, false, &value));
    h->csr.hstatus = HSTATUS_SPVP;
    mmu_hfence_vvma(h, 0, &(struct mmu_fence){0});
    h->csr.mstatus |= SUM;
    assert_false(mmu_guest_load(h, VA, 1, false, &value));
    h->csr.vsstatus |= SUM;
    assert_true(mmu_guest_load(h, VA, 1, false, &value));
    fixture_destroy(f);
}

/* norm:hlsv_u_op: of both stages execute, of PMP execute and read; the exceptions are a load's. */
static void hlvx_reads_what_may_be_executed(void **state)
{
    (void)state;
    struct fixture *f = prepared(3, 3);
    struct hart *h = &f->hart;
    uint64_t value;
    h->virt = false;
    fixture_mode(f, PRIV_S);
    h->csr.hstatus = HSTATUS_SPVP;
    for (unsigned bits = 0; bits < 16; bits++) {
        bool own = bits & 1, guest = bits & 2, pmp_x = bits & 4, pmp_r = bits & 8;
        *own_leaf(f, 3) = make(GUEST + PAGE, V | A | D | (own ? X : R));
        *guest_leaf(f, 3, PAGE) = make(frame(PAGE), V | A | D | U | (guest ? X : R));
        fixture_set(f, CSR_pmpaddr1, ~UINT64_C(0));
        fixture_set(f, CSR_pmpaddr0, (frame(PAGE) << 10) | 0x1ff);
        fixture_set(f, CSR_pmpcfg0, 0x1f18u | (pmp_x ? 4 : 0) | (pmp_r ? 1 : 0));
        unsigned want = !own ? 13 : !guest ? 21 : !pmp_x || !pmp_r ? 5 : 0;
        h->csr.mstatus |= MXR;
        bool done = mmu_guest_load(h, VA & ~UINT64_C(3), 4, true, &value);
        assert_int_equal(done ? 0 : h->trap.cause, want);
        mmu_flush_all(h);
    }
    fixture_destroy(f);
}

/* norm:H_straddle, norm:mtval2_htval_virtaddr, norm:mtval2_trapval_other */
static void an_access_across_pages_names_the_part_that_failed(void **state)
{
    (void)state;
    struct fixture *f = prepared(3, 3);
    uint64_t value;
    *entry(f, VS_TABLES + 2, 2) = make(GUEST + PAGE + 7, RWXAD);
    *guest_leaf(f, 3, PAGE + 7) = 0;
    assert_false(mmu_load(&f->hart, 0x1ffd, 8, &value));
    assert_int_equal(f->hart.trap.cause, 21);
    assert_int_equal(f->hart.trap.tval, 0x2000);
    assert_int_equal(f->hart.trap.tval2, (GUEST + PAGE + 7) << 10);
    *guest_leaf(f, 3, PAGE) = 0;
    mmu_flush_all(&f->hart);
    assert_false(mmu_store(&f->hart, 0x1ffd, 8, 0));
    assert_int_equal(f->hart.trap.cause, 23);
    assert_int_equal(f->hart.trap.tval, 0x1ffd);
    assert_int_equal(f->hart.trap.tval2, ((GUEST + PAGE) << 12 | 0xffd) >> 2);
    fixture_destroy(f);
}

static void the_explanation_names_each_step_and_changes_nothing(void **state)
{
    (void)state;
    struct fixture *f = prepared(3, 3);
    struct mmu_context ctx = mmu_data_context(&f->hart);
    struct walk_trace trace;
    char text[WALK_STEP_TEXT_BYTES];
    *own_leaf(f, 3) &= ~(uint64_t)(A | D);
    uint64_t before = *own_leaf(f, 3);
    assert_true(walk_explain(&f->hart, &ctx, VA, ACCESS_STORE, &trace));
    assert_int_equal(*own_leaf(f, 3), before);
    /* Three VS entries, each behind three of the G stage; three more for A and D, three for the page, PMP. */
    assert_int_equal(trace.count, 3 * 4 + 3 + 3 + 1);
    walk_step_text(&trace.step[3], text);
    assert_string_equal(text, "VS level 2, entry at 0x40000000 = 0x10000401: table");
    assert_int_equal(trace.step[14].verdict, WALK_LEAF_UPDATED);
    walk_step_text(&trace.step[trace.count - 1], text);
    assert_string_equal(text, "PMP at 0x80028abc: granted");
    *guest_leaf(f, 3, PAGE) = make(frame(PAGE), V | R | U | A);
    assert_false(walk_explain(&f->hart, &ctx, VA, ACCESS_STORE, &trace));
    walk_step_text(&trace.step[trace.count - 1], text);
    assert_string_equal(text, "G level 0, entry at 0x80015140 = 0x2000a053: not writable");
    fixture_destroy(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mprv_with_mpv_makes_loads_and_stores_the_guests),
        cmocka_unit_test(hlv_and_hsv_access_as_the_guest_at_spvps_privilege),
        cmocka_unit_test(hlvx_reads_what_may_be_executed),
        cmocka_unit_test(an_access_across_pages_names_the_part_that_failed),
        cmocka_unit_test(the_explanation_names_each_step_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
