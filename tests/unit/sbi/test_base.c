/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "Binary Encoding" and "Base Extension": what every call has in common, and who is
 * there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sbi/sbi_fixture.h"


static void spec_version_is_3_0(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_BASE, 0), SUCCESS);
    assert_int_equal(value_of(m, 0), 0x3000000);
}

static void implementation_id_is_none_of_the_assigned_ones(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_BASE, 1), SUCCESS);
    assert_true(value_of(m, 0) > 11);
}

static void implementation_version_is_given(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_BASE, 2), SUCCESS);
    assert_int_equal(value_of(m, 0), 1);
}

static void machine_ids_are_those_of_the_csrs(void **state)
{
    struct bench *m = *state;
    const unsigned number[] = {CSR_mvendorid, CSR_marchid, CSR_mimpid};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(CALL(m, 0, EID_BASE, 4 + i, 77), SUCCESS);
        assert_int_equal(value_of(m, 0), csr_of(m, 0, number[i]));
    }
}

/* An extension is there if its function 0 is not refused as unsupported. */
static void probe_agrees_with_what_answers(void **state)
{
    struct bench *m = *state;
    const uint64_t there[] = {EID_BASE, EID_TIME, EID_IPI, EID_RFENCE, EID_HSM, EID_SRST, EID_DBCN,
                              0,        1,        2,       3,          4,       5,        6,
                              7,        8};
    const uint64_t absent[] = {9,        0xf,      0x11,       0x504d55,   0x53555350, 0x43505043,
                               0x535441, 0x535345, 0x46574654, 0x44425452, 0x4e41434c, 0x4d505859,
                               0x0a000000, UINT64_MAX, UINT64_C(0x1) << 32 | EID_BASE};
    for (unsigned i = 0; i < sizeof there / sizeof *there; i++) {
        assert_int_equal(CALL(m, 0, EID_BASE, 3, there[i]), SUCCESS);
        assert_int_equal(value_of(m, 0), 1);
        assert_int_not_equal(CALL(m, 0, there[i], 0), NOT_SUPPORTED);
    }
    for (unsigned i = 0; i < sizeof absent / sizeof *absent; i++) {
        assert_int_equal(CALL(m, 0, EID_BASE, 3, absent[i]), SUCCESS);
        assert_int_equal(value_of(m, 0), 0);
        assert_int_equal(CALL(m, 0, absent[i], 0), NOT_SUPPORTED);
    }
}

static void function_behind_the_last_is_not_supported(void **state)
{
    struct bench *m = *state;
    const struct call past[] = {{{EID_BASE, 7}}, {{EID_TIME, 1}}, {{EID_IPI, 1}}, {{EID_RFENCE, 7}},
                                {{EID_HSM, 4}},  {{EID_SRST, 1}}, {{EID_DBCN, 3}}};
    for (unsigned i = 0; i < sizeof past / sizeof *past; i++) {
        assert_int_equal(make_call(m, 0, past[i]), NOT_SUPPORTED);
        struct call far = past[i];
        far.arg[1] = UINT64_MAX;
        assert_int_equal(make_call(m, 0, far), NOT_SUPPORTED);
    }
}

static void call_changes_no_register_but_a0_and_a1(void **state)
{
    struct bench *m = *state;
    struct hart *h = &m->hart[0];
    for (unsigned i = 1; i < 32; i++)
        h->x[i] = h->f[i] = i * 0x0101010101010101;
    h->x[16] = 0;
    h->x[17] = EID_BASE;
    h->x[12] = h->x[13] = h->x[14] = 0;
    struct hart before = *h;
    assert_int_equal(CALL(m, 0, EID_BASE, 0), SUCCESS);
    assert_true(only_a0_a1_differ(&before, h));
    assert_int_equal(h->pc, before.pc + 4);
}

static void call_breaks_the_reservation(void **state)
{
    struct bench *m = *state;
    m->hart[0].reservation.valid = true;
    CALL(m, 0, EID_BASE, 0);
    assert_false(m->hart[0].reservation.valid);
}

static void calls_have_names(void **state)
{
    (void)state;
    const char *extension, *function;
    assert_true(sbi_call_name(EID_HSM, 3, &extension, &function));
    assert_string_equal(extension, "HSM");
    assert_string_equal(function, "hart_suspend");
    assert_true(sbi_call_name(1, 99, &extension, &function));
    assert_string_equal(function, "console_putchar");
    assert_false(sbi_call_name(EID_HSM, 4, &extension, &function));
    assert_false(sbi_call_name(0x11, 0, &extension, &function));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(spec_version_is_3_0, setup, teardown),
        cmocka_unit_test_setup_teardown(implementation_id_is_none_of_the_assigned_ones, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(implementation_version_is_given, setup, teardown),
        cmocka_unit_test_setup_teardown(machine_ids_are_those_of_the_csrs, setup, teardown),
        cmocka_unit_test_setup_teardown(probe_agrees_with_what_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(function_behind_the_last_is_not_supported, setup, teardown),
        cmocka_unit_test_setup_teardown(call_changes_no_register_but_a0_and_a1, setup, teardown),
        cmocka_unit_test_setup_teardown(call_breaks_the_reservation, setup, teardown),
        cmocka_unit_test(calls_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
