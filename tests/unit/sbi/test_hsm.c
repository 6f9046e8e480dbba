/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "Hart State Management Extension": each function, each error and each way through
 * the states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sbi/sbi_fixture.h"


enum { START, STOP, GET_STATUS, SUSPEND };
enum { STARTED = 0, STOPPED = 1, SUSPENDED = 4 };

#define NON_RETENTIVE UINT64_C(0x80000000)
#define ENTRY (RAM_BASE + 0x1002)

static uint64_t status_of(struct bench *m, unsigned n)
{
    assert_int_equal(CALL(m, 0, EID_HSM, GET_STATUS, n), SUCCESS);
    return value_of(m, 0);
}

static void status_shows_started_and_stopped(void **state)
{
    struct bench *m = *state;
    assert_int_equal(status_of(m, 0), STARTED);
    for (unsigned i = 1; i < HARTS; i++)
        assert_int_equal(status_of(m, i), STOPPED);
}

static void status_of_an_absent_hart_is_an_invalid_parameter(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_HSM, GET_STATUS, HARTS), INVALID_PARAM);
    assert_int_equal(CALL(m, 0, EID_HSM, GET_STATUS, UINT64_MAX), INVALID_PARAM);
}

static void hart_that_waits_for_interrupts_is_started(void **state)
{
    struct bench *m = *state;
    start_hart(m, 1);
    m->hart[1].wait = HART_WFI;
    assert_int_equal(status_of(m, 1), STARTED);
}

static void started_hart_enters_s_mode_with_hartid_and_opaque(void **state)
{
    struct bench *m = *state;
    struct hart *h = &m->hart[3];
    assert_int_equal(CALL(m, 0, EID_HSM, START, 3, ENTRY, 0x1234567890abcdef), SUCCESS);
    assert_int_equal(h->wait, HART_RUNS);
    assert_int_equal(h->pc, ENTRY);
    assert_int_equal(h->priv, PRIV_S);
    assert_int_equal(h->x[10], 3);
    assert_int_equal(h->x[11], 0x1234567890abcdef);
    assert_int_equal(csr_of(m, 3, CSR_satp), 0);
    assert_int_equal(csr_of(m, 3, CSR_sstatus) & MSTATUS_SIE, 0);
    assert_int_equal(csr_of(m, 3, CSR_mideleg), csr_of(m, 0, CSR_mideleg));
    assert_int_equal(status_of(m, 3), STARTED);
}

static void starting_a_started_hart_fails_with_already_available(void **state)
{
    struct bench *m = *state;
    start_hart(m, 1);
    uint64_t pc = m->hart[1].pc;
    assert_int_equal(CALL(m, 0, EID_HSM, START, 1, ENTRY, 0), ALREADY_AVAILABLE);
    assert_int_equal(CALL(m, 0, EID_HSM, START, 0, ENTRY, 0), ALREADY_AVAILABLE);
    assert_int_equal(m->hart[1].pc, pc);
}

static void starting_a_suspended_hart_is_an_invalid_parameter(void **state)
{
    struct bench *m = *state;
    start_hart(m, 1);
    CALL(m, 1, EID_HSM, SUSPEND, 0);
    assert_int_equal(CALL(m, 0, EID_HSM, START, 1, ENTRY, 0), INVALID_PARAM);
    assert_int_equal(status_of(m, 1), SUSPENDED);
}

static void starting_an_absent_hart_is_an_invalid_parameter(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, EID_HSM, START, HARTS, ENTRY, 0), INVALID_PARAM);
    assert_int_equal(CALL(m, 0, EID_HSM, START, UINT64_C(1) << 32 | 1, ENTRY, 0), INVALID_PARAM);
}

static void start_address_must_be_an_aligned_one_in_ram(void **state)
{
    struct bench *m = *state;
    const uint64_t bad[] = {0, RAM_BASE - 2, RAM_BASE + RAM_BYTES, ENTRY + 1, UINT64_MAX - 1};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(CALL(m, 0, EID_HSM, START, 1, bad[i], 0), INVALID_ADDRESS);
        assert_int_equal(CALL(m, 0, EID_HSM, SUSPEND, NON_RETENTIVE, bad[i], 0), INVALID_ADDRESS);
    }
    assert_int_equal(status_of(m, 1), STOPPED);
    assert_int_equal(status_of(m, 0), STARTED);
}

static void without_compressed_instructions_the_start_is_word_aligned(void **state)
{
    (void)state;
    struct bench *m = bench_create("c=off");
    assert_int_equal(CALL(m, 0, EID_HSM, START, 1, RAM_BASE + 2, 0), INVALID_ADDRESS);
    assert_int_equal(CALL(m, 0, EID_HSM, START, 1, RAM_BASE + 4, 0), SUCCESS);
    bench_destroy(m);
}

static void stopped_hart_can_be_started_again(void **state)
{
    struct bench *m = *state;
    start_hart(m, 1);
    CALL(m, 1, EID_TIME, 0, 5);
    CALL(m, 1, EID_HSM, STOP);
    assert_int_equal(m->hart[1].wait, HART_STOPPED);
    assert_int_equal(status_of(m, 1), STOPPED);
    assert_int_equal(CALL(m, 0, EID_HSM, START, 1, ENTRY, 9), SUCCESS);
    assert_int_equal(m->hart[1].pc, ENTRY);
    assert_int_equal(m->hart[1].x[11], 9);
    assert_false(pending(m, 1, MIP_STIP));
}

static void stopped_hart_has_no_timer(void **state)
{
    struct bench *m = *state;
    start_hart(m, 1);
    CALL(m, 1, EID_TIME, 0, 5000);
    CALL(m, 1, EID_HSM, STOP);
    assert_int_equal(sbi_update_timer(m->sbi, 4000), UINT64_MAX);
}

static void restarted_hart_has_no_old_translations(void **state)
{
    struct bench *m = *state;
    start_hart(m, 1);
    tlb_fill(m->hart[1].data, ACCESS_LOAD, RAM_BASE, m->ram.host, PAGE_SHIFT);
    CALL(m, 1, EID_HSM, STOP);
    start_hart(m, 1);
    assert_null(tlb_lookup(m->hart[1].data, ACCESS_LOAD, RAM_BASE, 8));
}

static void retentive_suspend_keeps_the_registers_and_returns_success(void **state)
{
    struct bench *m = *state;
    struct hart *h = &m->hart[1];
    start_hart(m, 1);
    for (unsigned i = 1; i < 32; i++)
        h->x[i] = i;
    h->x[10] = h->x[11] = h->x[12] = h->x[13] = h->x[14] = h->x[16] = h->x[17] = 0;
    struct hart before = *h;
    assert_int_equal(CALL(m, 1, EID_HSM, SUSPEND, 0, 1, 2), SUCCESS);
    assert_int_equal(h->wait, HART_SUSPENDED);
    assert_int_equal(h->pc, before.pc + 4);
    before.x[12] = 2;
    before.x[16] = SUSPEND;
    before.x[17] = EID_HSM;
    assert_true(only_a0_a1_differ(&before, h));
    assert_int_equal(status_of(m, 1), SUSPENDED);
}

static void non_retentive_suspend_resumes_at_the_address_given(void **state)
{
    struct bench *m = *state;
    struct hart *h = &m->hart[1];
    start_hart(m, 1);
    set_csr(m, 1, CSR_sstatus, MSTATUS_SIE);
    set_csr(m, 1, CSR_satp, field_set(0x80000, SATP_MODE, 8));
    CALL(m, 1, EID_HSM, SUSPEND, NON_RETENTIVE, ENTRY, 42);
    assert_int_equal(h->wait, HART_SUSPENDED);
    assert_int_equal(h->pc, ENTRY);
    assert_int_equal(h->x[10], 1);
    assert_int_equal(h->x[11], 42);
    assert_int_equal(h->priv, PRIV_S);
    assert_int_equal(csr_of(m, 1, CSR_satp), 0);
    assert_int_equal(csr_of(m, 1, CSR_sstatus) & MSTATUS_SIE, 0);
    assert_int_equal(status_of(m, 1), SUSPENDED);
}

static void suspend_type_is_32_bits_wide(void **state)
{
    struct bench *m = *state;
    start_hart(m, 1);
    CALL(m, 1, EID_HSM, SUSPEND, 0xffffffff80000000, ENTRY, 42);
    assert_int_equal(m->hart[1].pc, ENTRY);
    assert_int_equal(m->hart[1].wait, HART_SUSPENDED);
}

static void interrupt_that_is_pending_already_ends_the_sleep_at_once(void **state)
{
    struct bench *m = *state;
    start_hart(m, 1);
    set_csr(m, 1, CSR_sie, MIP_SSIP);
    CALL(m, 0, EID_IPI, 0, 2, 0);
    assert_int_equal(CALL(m, 1, EID_HSM, SUSPEND, 0), SUCCESS);
    assert_int_equal(m->hart[1].wait, HART_RUNS);
    CALL(m, 1, EID_HSM, SUSPEND, NON_RETENTIVE, ENTRY, 0);
    assert_int_equal(m->hart[1].wait, HART_RUNS);
    assert_int_equal(m->hart[1].pc, ENTRY);
    assert_true(pending(m, 1, MIP_SSIP));
}

static void suspended_hart_is_woken_by_an_ipi_it_enabled(void **state)
{
    struct bench *m = *state;
    start_hart(m, 1);
    set_csr(m, 1, CSR_sie, MIP_SSIP);
    CALL(m, 1, EID_HSM, SUSPEND, NON_RETENTIVE, ENTRY, 0);
    assert_false(trap_wakes(&m->hart[1]));
    CALL(m, 0, EID_IPI, 0, 2, 0);
    assert_true(trap_wakes(&m->hart[1]));
}

static void other_suspend_types_are_invalid_parameters(void **state)
{
    struct bench *m = *state;
    const uint64_t bad[] = {1,          0x0fffffff, 0x10000000, 0x7fffffff,
                            0x80000001, 0x90000000, 0xffffffff};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(CALL(m, 0, EID_HSM, SUSPEND, bad[i], ENTRY, 0), INVALID_PARAM);
    assert_int_equal(m->hart[0].wait, HART_RUNS);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(status_shows_started_and_stopped),
        TEST(status_of_an_absent_hart_is_an_invalid_parameter),
        TEST(hart_that_waits_for_interrupts_is_started),
        TEST(started_hart_enters_s_mode_with_hartid_and_opaque),
        TEST(starting_a_started_hart_fails_with_already_available),
        TEST(starting_a_suspended_hart_is_an_invalid_parameter),
        TEST(starting_an_absent_hart_is_an_invalid_parameter),
        TEST(start_address_must_be_an_aligned_one_in_ram),
        cmocka_unit_test(without_compressed_instructions_the_start_is_word_aligned),
        TEST(stopped_hart_can_be_started_again),
        cmocka_unit_test_setup_teardown(stopped_hart_has_no_timer, setup_without_sstc, teardown),
        TEST(restarted_hart_has_no_old_translations),
        TEST(retentive_suspend_keeps_the_registers_and_returns_success),
        TEST(non_retentive_suspend_resumes_at_the_address_given),
        TEST(suspend_type_is_32_bits_wide),
        TEST(interrupt_that_is_pending_already_ends_the_sleep_at_once),
        TEST(suspended_hart_is_woken_by_an_ipi_it_enabled),
        TEST(other_suspend_types_are_invalid_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
