/* SPDX-License-Identifier: MIT */
/* The state in which a kernel finds its hart, and which harts run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sbi/sbi_fixture.h"


static void boot_hart_enters_s_mode_with_hartid_and_dtb(void **state)
{
    struct bench *m = *state;
    const struct hart *h = &m->hart[0];
    assert_int_equal(h->pc, KERNEL);
    assert_int_equal(h->priv, PRIV_S);
    assert_int_equal(h->x[10], 0);
    assert_int_equal(h->x[11], DTB);
    assert_int_equal(h->wait, HART_RUNS);
    assert_int_equal(csr_of(m, 0, CSR_satp), 0);
    assert_int_equal(csr_of(m, 0, CSR_sstatus) & MSTATUS_SIE, 0);
    assert_int_equal(csr_of(m, 0, CSR_sie), 0);
}

static void other_harts_are_stopped(void **state)
{
    struct bench *m = *state;
    for (unsigned i = 1; i < HARTS; i++)
        assert_int_equal(m->hart[i].wait, HART_STOPPED);
}

static void any_hart_may_be_the_boot_hart(void **state)
{
    struct bench *m = *state;
    sbi_enter(m->sbi, &m->hart[2], KERNEL, DTB);
    assert_int_equal(m->hart[2].wait, HART_RUNS);
    assert_int_equal(m->hart[2].x[10], 2);
    assert_int_equal(m->hart[0].wait, HART_STOPPED);
}

static void s_mode_may_access_all_physical_memory(void **state)
{
    struct bench *m = *state;
    for (enum access_type t = ACCESS_LOAD; t <= ACCESS_FETCH; t++) {
        assert_true(pmp_allows(&m->hart[0], 0, 8, t, PRIV_S));
        assert_true(pmp_allows(&m->hart[0], KERNEL, 8, t, PRIV_U));
        assert_true(pmp_allows(&m->hart[0], BITS(55, 3), 8, t, PRIV_S));
    }
}

static void exceptions_go_to_s_mode(void **state)
{
    struct bench *m = *state;
    const unsigned cause[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 13, 15, 20, 21, 22, 23};
    struct hart *h = &m->hart[0];
    for (unsigned i = 0; i < sizeof cause / sizeof *cause; i++) {
        set_csr(m, 0, CSR_stvec, KERNEL + 0x100);
        h->priv = PRIV_U;
        h->pc = KERNEL;
        hart_raise(h, cause[i], 5);
        trap_enter(h);
        assert_int_equal(h->priv, PRIV_S);
        assert_int_equal(h->pc, KERNEL + 0x100);
        assert_int_equal(csr_of(m, 0, CSR_scause), cause[i]);
    }
}

static void supervisor_interrupts_are_delegated_and_machine_ones_off(void **state)
{
    struct bench *m = *state;
    assert_int_equal(csr_of(m, 0, CSR_mideleg),
                     MIP_SSIP | MIP_STIP | MIP_SEIP | MIP_VSSIP | MIP_VSTIP | MIP_VSEIP | MIP_LCOFIP);
    assert_int_equal(csr_of(m, 0, CSR_mie), 0);
}

static void counters_are_open_to_s_mode_and_time_to_u_mode(void **state)
{
    struct bench *m = *state;
    uint64_t value;
    assert_int_equal(csr_read(&m->hart[0], CSR_cycle, &value), CSR_OK);
    assert_int_equal(csr_read(&m->hart[0], CSR_instret, &value), CSR_OK);
    assert_int_equal(csr_read(&m->hart[0], CSR_time, &value), CSR_OK);
    m->hart[0].priv = PRIV_U;
    assert_int_equal(csr_read(&m->hart[0], CSR_time, &value), CSR_OK);
    assert_int_equal(csr_read(&m->hart[0], CSR_cycle, &value), CSR_ILLEGAL);
}

static void environment_of_s_mode_has_all_that_the_hart_has(void **state)
{
    struct bench *m = *state;
    assert_int_equal(csr_of(m, 0, CSR_menvcfg), ENVCFG_CBIE | ENVCFG_CBCFE | ENVCFG_CBZE |
                                                    ENVCFG_ADUE | ENVCFG_PBMTE | ENVCFG_STCE);
}

/* norm:hstateen_sstateen_zero_initialization */
static void state_enables_are_open_to_s_mode_and_closed_to_its_guests(void **state)
{
    struct bench *m = *state;
    uint64_t value;
    assert_int_equal(csr_of(m, 0, CSR_mstateen0), STATEEN_SE | STATEEN_ENVCFG);
    assert_int_equal(csr_of(m, 0, CSR_mstateen3), STATEEN_SE);
    assert_int_equal(csr_of(m, 0, CSR_hstateen0), 0);
    assert_int_equal(csr_read(&m->hart[0], CSR_senvcfg, &value), CSR_OK);
    assert_int_equal(csr_read(&m->hart[0], CSR_henvcfg, &value), CSR_OK);
    assert_int_equal(csr_read(&m->hart[0], CSR_sstateen1, &value), CSR_OK);
}

static void svade_beside_svadu_leaves_a_and_d_to_software(void **state)
{
    (void)state;
    struct bench *m = bench_create("svade=on");
    assert_int_equal(csr_of(m, 0, CSR_menvcfg) & ENVCFG_ADUE, 0);
    bench_destroy(m);
}

static void fields_of_absent_extensions_stay_zero(void **state)
{
    (void)state;
    struct bench *m = bench_create("zicbom=off,zicboz=off,svpbmt=off,sstc=off,svadu=off");
    assert_int_equal(csr_of(m, 0, CSR_menvcfg), 0);
    bench_destroy(m);
}

static void fpu_is_on_at_entry(void **state)
{
    struct bench *m = *state;
    assert_int_equal(field_get(csr_of(m, 0, CSR_sstatus), MSTATUS_FS), CONTEXT_DIRTY);
}

static void entering_does_not_touch_ram(void **state)
{
    struct bench *m = *state;
    for (uint64_t i = 0; i < RAM_BYTES; i++)
        assert_int_equal(m->ram.host[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(boot_hart_enters_s_mode_with_hartid_and_dtb, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(other_harts_are_stopped, setup, teardown),
        cmocka_unit_test_setup_teardown(any_hart_may_be_the_boot_hart, setup, teardown),
        cmocka_unit_test_setup_teardown(s_mode_may_access_all_physical_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(exceptions_go_to_s_mode, setup, teardown),
        cmocka_unit_test_setup_teardown(supervisor_interrupts_are_delegated_and_machine_ones_off,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(counters_are_open_to_s_mode_and_time_to_u_mode, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(environment_of_s_mode_has_all_that_the_hart_has, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(state_enables_are_open_to_s_mode_and_closed_to_its_guests, setup,
                                        teardown),
        cmocka_unit_test(svade_beside_svadu_leaves_a_and_d_to_software),
        cmocka_unit_test(fields_of_absent_extensions_stay_zero),
        cmocka_unit_test_setup_teardown(fpu_is_on_at_entry, setup, teardown),
        cmocka_unit_test_setup_teardown(entering_does_not_touch_ram, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
