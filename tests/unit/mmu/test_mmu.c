/* SPDX-License-Identifier: MIT */
/* Loads, stores and atomics at every alignment, across pages, into faults and into devices, with cold and warm TLBs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "support.h"

#define CODE FIXTURE_RAM_BASE
#define ROOT (CODE + 0x100000)
#define VIRTUAL UINT64_C(0x40000000) /* three pages: two that are apart in memory, and none */
#define LOW_PAGE (CODE + 0x21000)
#define HIGH_PAGE (CODE + 0x18000)
#define DEVICE_VIRTUAL (VIRTUAL + 0x100000)
#define READ_ONLY (VIRTUAL + 0x200000)

static int setup(void **state)
{
    struct rig *rig = rig_create(&engine_switch, "", 1 << 20);
    uint64_t free_page = ROOT + PAGE_BYTES;
    rig_map(rig, ROOT, &free_page, VIRTUAL, LOW_PAGE, PTE_RW);
    rig_map(rig, ROOT, &free_page, VIRTUAL + PAGE_BYTES, HIGH_PAGE, PTE_RW);
    rig_map(rig, ROOT, &free_page, DEVICE_VIRTUAL, RIG_DEVICE, PTE_RW);
    rig_map(rig, ROOT, &free_page, DEVICE_VIRTUAL - PAGE_BYTES, LOW_PAGE, PTE_RW);
    rig_map(rig, ROOT, &free_page, READ_ONLY, LOW_PAGE, PTE_RW & ~4u);
    rig_enter_s(rig, ROOT, 1);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    rig_destroy(*state);
    return 0;
}

static uint8_t *byte_at(struct rig *rig, uint64_t offset)
{
    uint64_t page = offset < PAGE_BYTES ? LOW_PAGE : HIGH_PAGE;
    return ram_at(&rig->f->ram, page + offset % PAGE_BYTES, 1);
}

static void expect_trap(const struct hart *h, uint64_t cause, uint64_t tval)
{
    assert_int_equal(h->trap.cause, cause);
    assert_int_equal(h->trap.tval, tval);
}

static void accesses_of_any_size_and_alignment_reach_their_bytes(void **state)
{
    struct rig *rig = *state;
    struct hart *h = rig_hart(rig);
    for (unsigned warm = 0; warm < 2; warm++)
        for (unsigned size = 1; size <= 8; size *= 2)
            for (uint64_t offset = PAGE_BYTES - 40; offset < PAGE_BYTES + 40; offset++) {
                uint64_t value = 0, pattern = (offset + 1) * UINT64_C(0x9e3779b97f4a7c15);
                uint8_t before = *byte_at(rig, offset - 1), behind = *byte_at(rig, offset + size);
                if (!warm)
                    mmu_flush_all(h);
                assert_true(mmu_store(h, VIRTUAL + offset, size, pattern));
                for (unsigned i = 0; i < size; i++)
                    assert_int_equal(*byte_at(rig, offset + i), pattern >> 8 * i & 0xff);
                assert_int_equal(*byte_at(rig, offset - 1), before);
                assert_int_equal(*byte_at(rig, offset + size), behind);
                if (!warm)
                    mmu_flush_all(h);
                assert_true(mmu_load(h, VIRTUAL + offset, size, &value));
                assert_int_equal(value, size == 8 ? pattern : pattern & (BIT(8 * size) - 1));
            }
}

/* The second page's base is what the trap names, and the first page keeps its bytes. */
static void a_fault_in_the_second_page_leaves_the_first_untouched(void **state)
{
    struct rig *rig = *state;
    struct hart *h = rig_hart(rig);
    uint64_t end = VIRTUAL + 2 * PAGE_BYTES, value;
    for (unsigned warm = 0; warm < 2; warm++)
        for (unsigned size = 2; size <= 8; size *= 2)
            for (unsigned within = 1; within < size; within++) {
                rig_put64(rig, HIGH_PAGE + PAGE_BYTES - 8, 0x1122334455667788);
                if (warm)
                    assert_true(mmu_store(h, end - 16, 8, 0));
                else
                    mmu_flush_all(h);
                assert_false(mmu_store(h, end - within, size, 0));
                expect_trap(h, CAUSE_store_page_fault, end);
                assert_int_equal(rig_get64(rig, HIGH_PAGE + PAGE_BYTES - 8), 0x1122334455667788);
                assert_false(mmu_load(h, end - within, size, &value));
                expect_trap(h, CAUSE_load_page_fault, end);
            }
}

static void a_fault_in_the_first_page_comes_first_and_names_the_access(void **state)
{
    struct rig *rig = *state;
    struct hart *h = rig_hart(rig);
    uint64_t value;
    assert_false(mmu_load(h, VIRTUAL - 3, 8, &value));
    expect_trap(h, CAUSE_load_page_fault, VIRTUAL - 3);
    *byte_at(rig, 0) = 0x5a;
    assert_false(mmu_store(h, VIRTUAL - 3, 8, 0));
    expect_trap(h, CAUSE_store_page_fault, VIRTUAL - 3);
    assert_int_equal(*byte_at(rig, 0), 0x5a);
}

static void devices_are_reached_aligned_and_never_in_part(void **state)
{
    struct rig *rig = *state;
    struct hart *h = rig_hart(rig);
    uint64_t value, digest;
    for (unsigned size = 1; size <= 8; size *= 2) {
        assert_true(mmu_store(h, DEVICE_VIRTUAL + 8, size, 0x8877665544332211));
        assert_true(mmu_load(h, DEVICE_VIRTUAL + 8, size, &value));
        assert_int_equal(value, size == 8 ? 0x8877665544332211 : 0x8877665544332211 & (BIT(8 * size) - 1));
    }
    digest = rig->device_digest;
    for (unsigned size = 2; size <= 8; size *= 2)
        for (unsigned offset = 1; offset < size; offset++) {
            assert_false(mmu_load(h, DEVICE_VIRTUAL + offset, size, &value));
            expect_trap(h, CAUSE_load_access_fault, DEVICE_VIRTUAL + offset);
            assert_false(mmu_store(h, DEVICE_VIRTUAL + offset, size, 0));
            expect_trap(h, CAUSE_store_access_fault, DEVICE_VIRTUAL + offset);
        }
    /* RAM in front, the device behind: neither is touched. */
    rig_put64(rig, LOW_PAGE + PAGE_BYTES - 8, 42);
    assert_false(mmu_store(h, DEVICE_VIRTUAL - 4, 8, 0));
    expect_trap(h, CAUSE_store_access_fault, DEVICE_VIRTUAL);
    assert_int_equal(rig_get64(rig, LOW_PAGE + PAGE_BYTES - 8), 42);
    assert_int_equal(rig->device_digest, digest);
}

static void atomics_trap_as_the_kind_of_access_they_are(void **state)
{
    struct rig *rig = *state;
    struct hart *h = rig_hart(rig);
    uint64_t pa;
    for (unsigned warm = 0; warm < 2; warm++) {
        assert_non_null(mmu_atomic(h, VIRTUAL, 8, ACCESS_STORE, &pa));
        assert_int_equal(pa, LOW_PAGE);
        for (unsigned offset = 1; offset < 8; offset++) {
            assert_null(mmu_atomic(h, VIRTUAL + offset, 8, ACCESS_LOAD, &pa));
            expect_trap(h, CAUSE_load_address_misaligned, VIRTUAL + offset);
            assert_null(mmu_atomic(h, VIRTUAL + offset, 8, ACCESS_STORE, &pa));
            expect_trap(h, CAUSE_store_address_misaligned, VIRTUAL + offset);
        }
        assert_null(mmu_atomic(h, READ_ONLY, 8, ACCESS_STORE, &pa));
        expect_trap(h, CAUSE_store_page_fault, READ_ONLY);
        assert_non_null(mmu_atomic(h, READ_ONLY, 8, ACCESS_LOAD, &pa));
        assert_null(mmu_atomic(h, DEVICE_VIRTUAL, 4, ACCESS_LOAD, &pa));
        expect_trap(h, CAUSE_load_access_fault, DEVICE_VIRTUAL);
        assert_null(mmu_atomic(h, DEVICE_VIRTUAL, 4, ACCESS_STORE, &pa));
        expect_trap(h, CAUSE_store_access_fault, DEVICE_VIRTUAL);
    }
    assert_int_equal(rig->device_digest, 0);
}

static void watched_pages_tell_of_every_store(void **state)
{
    struct rig *rig = *state;
    struct hart *h = rig_hart(rig);
    rig->f->ram.page_state[(LOW_PAGE - CODE) >> PAGE_SHIFT] |= RAM_PAGE_WATCHED;
    uint64_t seen = rig->device_digest, pa;
    for (unsigned i = 0; i < 4; i++) {
        const bool odd = i & 1;
        assert_true(mmu_store(h, odd ? VIRTUAL + PAGE_BYTES - 4 : VIRTUAL + 16, 8, 1));
        assert_int_not_equal(rig->device_digest, seen);
        seen = rig->device_digest;
    }
    assert_non_null(mmu_atomic(h, VIRTUAL + 24, 8, ACCESS_STORE, &pa));
    mmu_atomic_stored(h, VIRTUAL + 24, pa, 8);
    assert_int_not_equal(rig->device_digest, seen);
}

static void code_outside_ram_has_no_host_address_and_raises_nothing(void **state)
{
    struct rig *rig = *state;
    struct hart *h = rig_hart(rig);
    uint32_t bits;
    h->trap = (struct trap){.cause = 99};
    assert_null(mmu_code_at(h, VIRTUAL)); /* not executable */
    assert_null(mmu_code_at(h, 0));
    fixture_mode(rig->f, PRIV_M);
    assert_null(mmu_code_at(h, RIG_DEVICE));
    assert_null(mmu_code_at(h, UINT64_MAX - 1));
    assert_ptr_equal(mmu_code_at(h, CODE + 2), ram_at(&rig->f->ram, CODE + 2, 2));
    assert_int_equal(h->trap.cause, 99);
    assert_false(mmu_fetch(h, FIXTURE_RAM_BASE + FIXTURE_RAM_BYTES, &bits));
    expect_trap(h, CAUSE_instruction_access_fault, FIXTURE_RAM_BASE + FIXTURE_RAM_BYTES);
    rig_put32(rig, FIXTURE_RAM_BASE + FIXTURE_RAM_BYTES - 4, 0x00130001); /* c.nop, then half of an addi at the very end */
    assert_true(mmu_fetch(h, FIXTURE_RAM_BASE + FIXTURE_RAM_BYTES - 4, &bits));
    assert_int_equal(bits, 1);
    assert_false(mmu_fetch(h, FIXTURE_RAM_BASE + FIXTURE_RAM_BYTES - 2, &bits));
    expect_trap(h, CAUSE_instruction_access_fault, FIXTURE_RAM_BASE + FIXTURE_RAM_BYTES);
}

static void accesses_that_wrap_around_the_address_space_fault(void **state)
{
    struct rig *rig = *state;
    struct hart *h = rig_hart(rig);
    uint64_t value;
    for (unsigned priv = PRIV_U; priv <= PRIV_M; priv += 3) {
        fixture_mode(rig->f, priv);
        for (uint64_t va = UINT64_MAX - 12; va != 12; va++) {
            assert_false(mmu_load(h, va, 8, &value));
            assert_false(mmu_store(h, va, 8, 0));
        }
    }
    assert_false(mmu_load(h, FIXTURE_RAM_BASE + FIXTURE_RAM_BYTES - 4, 8, &value));
    expect_trap(h, CAUSE_load_access_fault, FIXTURE_RAM_BASE + FIXTURE_RAM_BYTES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(accesses_of_any_size_and_alignment_reach_their_bytes),
        TEST(a_fault_in_the_second_page_leaves_the_first_untouched),
        TEST(a_fault_in_the_first_page_comes_first_and_names_the_access),
        TEST(devices_are_reached_aligned_and_never_in_part),
        TEST(atomics_trap_as_the_kind_of_access_they_are),
        TEST(watched_pages_tell_of_every_store),
        TEST(code_outside_ram_has_no_host_address_and_raises_nothing),
        TEST(accesses_that_wrap_around_the_address_space_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
