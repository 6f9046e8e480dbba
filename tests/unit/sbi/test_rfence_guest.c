/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "RFENCE Extension", functions 3 to 6: fences of guests' translations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sbi/sbi_fixture.h"

enum { GVMA_VMID = 3, GVMA, VVMA_ASID, VVMA };

#define GVA_A UINT64_C(0x10000000)
#define GVA_B UINT64_C(0x10001000)
#define GPA_A UINT64_C(0x84000000)
#define GPA_B UINT64_C(0x84009000)

static struct tlb_bank *bank_of(struct bench *m, unsigned n, uint64_t vmid, uint64_t asid)
{
    const struct mmu_context context = {
        .satp = field_set(field_set(1, SATP_MODE, SATP_SV39), SATP_ASID, asid),
        .hgatp = field_set(field_set(4, HGATP_MODE, SATP_SV39), HGATP_VMID, vmid),
        .priv = PRIV_S,
        .virt = true,
    };
    return tlb_bank_for(&m->tlb[n], &context);
}

static void fill(struct bench *m, unsigned n, uint64_t vmid, uint64_t asid, uint64_t gva, uint64_t gpa)
{
    tlb_fill(bank_of(m, n, vmid, asid), ACCESS_LOAD, gva, m->ram.host, PAGE_SHIFT);
    tlb_note_guest(bank_of(m, n, vmid, asid), gpa, PAGE_SHIFT);
}

static bool cached(struct bench *m, unsigned n, uint64_t vmid, uint64_t asid, uint64_t gva)
{
    return tlb_lookup(bank_of(m, n, vmid, asid), ACCESS_LOAD, gva, 8) != NULL;
}

static int setup_filled(void **state)
{
    setup(state);
    struct bench *m = *state;
    start_hart(m, 1);
    for (unsigned n = 0; n < 2; n++)
        for (uint64_t vmid = 1; vmid <= 2; vmid++)
            for (uint64_t asid = 1; asid <= 2; asid++) {
                fill(m, n, vmid, asid, GVA_A, GPA_A);
                fill(m, n, vmid, asid, GVA_B, GPA_B);
            }
    return 0;
}

static void gvma_with_vmid_leaves_other_guests_and_other_harts(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_RFENCE, GVMA_VMID, 2, 0, GPA_A, PAGE_BYTES, 1), SUCCESS);
    assert_false(cached(m, 1, 1, 1, GVA_A));
    assert_false(cached(m, 1, 1, 2, GVA_A));
    assert_true(cached(m, 1, 2, 1, GVA_A));
    assert_true(cached(m, 0, 1, 1, GVA_A));
    assert_int_equal(CALL(m, 0, EID_RFENCE, GVMA_VMID, 2, 0, 0, 0, 2), SUCCESS);
    assert_false(cached(m, 1, 2, 1, GVA_A));
    assert_false(cached(m, 1, 2, 2, GVA_B));
}

static void gvma_concerns_all_guests(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_RFENCE, GVMA, 2, 0, GPA_A + 0x800, 8), SUCCESS);
    for (uint64_t vmid = 1; vmid <= 2; vmid++)
        assert_false(cached(m, 1, vmid, 1, GVA_A));
    assert_true(cached(m, 0, 1, 1, GVA_A));
    assert_int_equal(CALL(m, 0, EID_RFENCE, GVMA, 1, 0, 0, UINT64_MAX), SUCCESS);
    assert_false(cached(m, 0, 2, 2, GVA_B));
}

static void vvma_concerns_the_guest_in_the_callers_hgatp(void **state)
{
    struct bench *m = *state;
    set_csr(m, 0, CSR_hgatp, field_set(0, HGATP_VMID, 2));
    set_csr(m, 1, CSR_hgatp, field_set(0, HGATP_VMID, 1));
    assert_int_equal(CALL(m, 0, EID_RFENCE, VVMA, 2, 0, GVA_A, PAGE_BYTES), SUCCESS);
    assert_false(cached(m, 1, 2, 1, GVA_A));
    assert_false(cached(m, 1, 2, 2, GVA_A));
    assert_true(cached(m, 1, 2, 2, GVA_B));
    assert_true(cached(m, 1, 1, 1, GVA_A));
    assert_int_equal(CALL(m, 0, EID_RFENCE, VVMA, 2, 0, 0, 0), SUCCESS);
    assert_false(cached(m, 1, 2, 2, GVA_B));
    assert_true(cached(m, 1, 1, 1, GVA_B));
}

static void vvma_with_asid_leaves_other_address_spaces(void **state)
{
    struct bench *m = *state;
    set_csr(m, 0, CSR_hgatp, field_set(0, HGATP_VMID, 1));
    assert_int_equal(CALL(m, 0, EID_RFENCE, VVMA_ASID, 2, 0, GVA_A, 2 * PAGE_BYTES, 2), SUCCESS);
    assert_false(cached(m, 1, 1, 2, GVA_A));
    assert_false(cached(m, 1, 1, 2, GVA_B));
    assert_true(cached(m, 1, 1, 1, GVA_A));
    assert_true(cached(m, 1, 2, 2, GVA_A));
}

static void arguments_that_cannot_be_are_refused(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_RFENCE, GVMA_VMID, 2, 0, 0, 0, 0x4000), INVALID_PARAM);
    assert_int_equal(CALL(m, 0, EID_RFENCE, VVMA_ASID, 2, 0, 0, 0, 0x10000), INVALID_PARAM);
    for (uint64_t fid = GVMA_VMID; fid <= VVMA; fid++) {
        assert_int_equal(CALL(m, 0, EID_RFENCE, fid, 1 << HARTS, 0, 0, 0, 1), INVALID_PARAM);
        assert_int_equal(CALL(m, 0, EID_RFENCE, fid, 2, 0, UINT64_MAX - 5, 8, 1), INVALID_ADDRESS);
    }
    assert_true(cached(m, 1, 1, 1, GVA_A));
}

static void without_the_hypervisor_extension_they_are_not_supported(void **state)
{
    (void)state;
    struct bench *m = bench_create("h=off");
    for (uint64_t fid = GVMA_VMID; fid <= VVMA; fid++)
        assert_int_equal(CALL(m, 0, EID_RFENCE, fid, 1, 0, 0, 0, 0), NOT_SUPPORTED);
    bench_destroy(m);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup_filled, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gvma_with_vmid_leaves_other_guests_and_other_harts),
        TEST(gvma_concerns_all_guests),
        TEST(vvma_concerns_the_guest_in_the_callers_hgatp),
        TEST(vvma_with_asid_leaves_other_address_spaces),
        TEST(arguments_that_cannot_be_are_refused),
        cmocka_unit_test(without_the_hypervisor_extension_they_are_not_supported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
