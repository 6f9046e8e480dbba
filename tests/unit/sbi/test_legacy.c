/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "Legacy Extensions". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sbi/sbi_fixture.h"


enum { SET_TIMER, PUTCHAR, GETCHAR, CLEAR_IPI, SEND_IPI };
enum { FENCE_I = 5, SFENCE_VMA, SFENCE_VMA_ASID, SHUTDOWN };

#define MASK (RAM_BASE + 0x4000)
#define HOLE UINT64_C(0x40000000)
#define A1 UINT64_C(0x5555)

static void set_mask(struct bench *m, uint64_t mask)
{
    memcpy(ram_at(&m->ram, MASK, sizeof mask), &mask, sizeof mask);
}

static void legacy_calls_return_in_a0_alone_and_ignore_a6(void **state)
{
    struct bench *m = *state;
    set_mask(m, 1);
    for (uint64_t eid = SET_TIMER; eid <= SFENCE_VMA_ASID; eid++) {
        CALL(m, 0, eid, 1234567, eid > CLEAR_IPI ? MASK : UINT64_MAX, A1, 0, 0);
        assert_int_equal(value_of(m, 0), A1);
    }
}

static void reserved_legacy_calls_are_not_supported_and_leave_a1(void **state)
{
    struct bench *m = *state;
    for (uint64_t eid = 9; eid <= 15; eid++) {
        assert_int_equal(CALL(m, 0, eid, 0, 0, A1), NOT_SUPPORTED);
        assert_int_equal(value_of(m, 0), A1);
    }
}

static void set_timer_arms_the_timer(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, SET_TIMER, 0, 5), 0);
    assert_true(pending(m, 0, MIP_STIP));
    assert_int_equal(CALL(m, 0, SET_TIMER, 0, UINT64_MAX), 0);
    assert_false(pending(m, 0, MIP_STIP));
}

static void putchar_sends_a_byte(void **state)
{
    struct bench *m = *state;
    assert_int_equal(CALL(m, 0, PUTCHAR, 0, 'Z'), 0);
    assert_int_equal(m->written, 1);
    assert_int_equal(m->output[0], 'Z');
}

static void getchar_gives_each_byte_once_and_then_minus_1(void **state)
{
    struct bench *m = *state;
    m->input = "a\xff";
    assert_int_equal(CALL(m, 0, GETCHAR, 0), 'a');
    assert_int_equal(CALL(m, 0, GETCHAR, 0), 0xff);
    assert_int_equal(CALL(m, 0, GETCHAR, 0), -1);
}

static void clear_ipi_says_whether_one_was_pending(void **state)
{
    struct bench *m = *state;
    CALL(m, 0, EID_IPI, 0, 1, 0);
    assert_int_equal(CALL(m, 0, CLEAR_IPI, 0), 1);
    assert_false(pending(m, 0, MIP_SSIP));
    assert_int_equal(CALL(m, 0, CLEAR_IPI, 0), 0);
}

static void send_ipi_reads_the_mask_from_memory(void **state)
{
    struct bench *m = *state;
    start_hart(m, 1);
    start_hart(m, 2);
    set_mask(m, 4);
    assert_int_equal(CALL(m, 0, SEND_IPI, 0, MASK), 0);
    assert_false(pending(m, 0, MIP_SSIP));
    assert_false(pending(m, 1, MIP_SSIP));
    assert_true(pending(m, 2, MIP_SSIP));
}

static void mask_pointer_of_0_stands_for_all_harts(void **state)
{
    struct bench *m = *state;
    start_hart(m, 1);
    assert_int_equal(CALL(m, 0, SEND_IPI, 0, 0), 0);
    assert_true(pending(m, 0, MIP_SSIP));
    assert_true(pending(m, 1, MIP_SSIP));
}

static void mask_bits_of_absent_harts_mean_nothing(void **state)
{
    struct bench *m = *state;
    set_mask(m, UINT64_MAX);
    assert_int_equal(CALL(m, 0, SEND_IPI, 0, MASK), 0);
    assert_true(pending(m, 0, MIP_SSIP));
}

/* Sv39 with one gigabyte page: virtual 0x40000000 leads to RAM_BASE. */
static void switch_on_paging(struct bench *m)
{
    const uint64_t leaf = RAM_BASE >> 2 | 0xcf, root = RAM_BASE + 0x8000;
    memcpy(ram_at(&m->ram, root + 8, 8), &leaf, 8);
    set_csr(m, 0, CSR_satp, field_set(root >> PAGE_SHIFT, SATP_MODE, SATP_SV39));
}

static void mask_pointer_is_a_virtual_address(void **state)
{
    struct bench *m = *state;
    set_mask(m, 1);
    switch_on_paging(m);
    assert_int_equal(CALL(m, 0, SEND_IPI, 0, UINT64_C(0x40000000) + (MASK - RAM_BASE)), 0);
    assert_true(pending(m, 0, MIP_SSIP));
}

static void expect_redirect(struct bench *m, uint64_t eid, uint64_t pointer, uint64_t cause)
{
    struct hart *h = &m->hart[0];
    h->priv = PRIV_S;
    h->pc = KERNEL + 0x40;
    set_csr(m, 0, CSR_stvec, KERNEL + 0x100);
    CALL(m, 0, eid, 0, pointer, A1);
    assert_int_equal(h->pc, KERNEL + 0x100);
    assert_int_equal(csr_of(m, 0, CSR_sepc), KERNEL + 0x40);
    assert_int_equal(csr_of(m, 0, CSR_scause), cause);
    assert_int_equal(csr_of(m, 0, CSR_stval), pointer);
    assert_int_equal(h->x[10], pointer);
    assert_int_equal(h->x[11], A1);
    assert_false(pending(m, 0, MIP_SSIP));
}

static void fault_of_reading_the_mask_is_redirected_to_the_ecall(void **state)
{
    struct bench *m = *state;
    for (uint64_t eid = SEND_IPI; eid <= SFENCE_VMA_ASID; eid++)
        expect_redirect(m, eid, HOLE, CAUSE_load_access_fault);
    switch_on_paging(m);
    for (uint64_t eid = SEND_IPI; eid <= SFENCE_VMA_ASID; eid++)
        expect_redirect(m, eid, UINT64_C(0x123456780), CAUSE_load_page_fault);
}

static void fill(struct bench *m, unsigned n)
{
    tlb_fill(m->hart[n].data, ACCESS_LOAD, RAM_BASE, m->ram.host, PAGE_SHIFT);
}

static bool cached(const struct bench *m, unsigned n)
{
    return tlb_lookup(m->hart[n].data, ACCESS_LOAD, RAM_BASE, 8) != NULL;
}

static void remote_sfence_drops_translations_of_the_harts_in_the_mask(void **state)
{
    struct bench *m = *state;
    start_hart(m, 1);
    start_hart(m, 2);
    set_mask(m, 2);
    fill(m, 1);
    fill(m, 2);
    assert_int_equal(CALL(m, 0, SFENCE_VMA, 0, MASK, RAM_BASE + PAGE_BYTES, PAGE_BYTES), 0);
    assert_true(cached(m, 1));
    assert_int_equal(CALL(m, 0, SFENCE_VMA, 0, MASK, RAM_BASE, PAGE_BYTES), 0);
    assert_false(cached(m, 1));
    assert_true(cached(m, 2));
}

static void remote_sfence_by_asid_concerns_that_asid(void **state)
{
    struct bench *m = *state;
    switch_on_paging(m);
    const uint64_t va = UINT64_C(0x40000000);
    const uint64_t pointer = va + (MASK - RAM_BASE);
    set_mask(m, 1);
    uint64_t value;
    assert_true(mmu_load(&m->hart[0], va + 0x9000, 8, &value));
    assert_non_null(tlb_lookup(m->hart[0].data, ACCESS_LOAD, va + 0x9000, 8));
    assert_int_equal(CALL(m, 0, SFENCE_VMA_ASID, 0, pointer, va + 0x9000, PAGE_BYTES, 7), 0);
    assert_non_null(tlb_lookup(m->hart[0].data, ACCESS_LOAD, va + 0x9000, 8));
    assert_int_equal(CALL(m, 0, SFENCE_VMA_ASID, 0, pointer, va + 0x9000, PAGE_BYTES, 0), 0);
    assert_null(tlb_lookup(m->hart[0].data, ACCESS_LOAD, va + 0x9000, 8));
}

static void remote_fence_i_drops_code_that_was_written_since(void **state)
{
    struct bench *m = *state;
    const uint32_t jump_to_self = 0x0000006f;
    memcpy(ram_at(&m->ram, KERNEL, 4), &jump_to_self, 4);
    const struct block *block = code_cache_find(m->cache, &m->hart[0]);
    assert_non_null(block);
    ram_wrote(&m->ram, KERNEL, 4);
    set_mask(m, 1);
    assert_int_equal(CALL(m, 0, FENCE_I, 0, MASK), 0);
    assert_int_equal(block->pc, BLOCK_DEAD_PC);
}

static void shutdown_powers_off(void **state)
{
    struct bench *m = *state;
    CALL(m, 0, SHUTDOWN, 0);
    assert_int_equal(m->ends, 1);
    assert_int_equal(m->end, SBI_END_POWEROFF);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(legacy_calls_return_in_a0_alone_and_ignore_a6),
        TEST(reserved_legacy_calls_are_not_supported_and_leave_a1),
        TEST(set_timer_arms_the_timer),
        TEST(putchar_sends_a_byte),
        TEST(getchar_gives_each_byte_once_and_then_minus_1),
        TEST(clear_ipi_says_whether_one_was_pending),
        TEST(send_ipi_reads_the_mask_from_memory),
        TEST(mask_pointer_of_0_stands_for_all_harts),
        TEST(mask_bits_of_absent_harts_mean_nothing),
        TEST(mask_pointer_is_a_virtual_address),
        TEST(fault_of_reading_the_mask_is_redirected_to_the_ecall),
        TEST(remote_sfence_drops_translations_of_the_harts_in_the_mask),
        TEST(remote_sfence_by_asid_concerns_that_asid),
        TEST(remote_fence_i_drops_code_that_was_written_since),
        TEST(shutdown_powers_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
