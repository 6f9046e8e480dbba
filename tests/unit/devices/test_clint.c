/* SPDX-License-Identifier: MIT */
/* The CLINT: class 52 of the classes of bug that emulators have had. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "devices/clint.h"
#include "fakes.h"

#define HARTS 3
enum { MSIP = 0x0000, MTIMECMP = 0x4000, MTIME = 0xbff8 };

struct fixture {
    struct fake_clock clock;
    struct fake_lines lines; /* msip at 0.., mtip at HARTS.. */
    struct clint *clint;
    const struct device *dev;
};

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    struct irq_line msip[HARTS];
    struct irq_line mtip[HARTS];
    for (unsigned i = 0; i < HARTS; i++) {
        msip[i] = fake_line(&f->lines, i);
        mtip[i] = fake_line(&f->lines, HARTS + i);
    }
    struct time_source time = fake_time(&f->clock);
    f->clock.ticks = 1000;
    f->clint = clint_create(HARTS, &time, msip, mtip);
    f->dev = clint_device(f->clint);
    for (unsigned i = 0; i < HARTS; i++)
        reg_set(f->dev, MTIMECMP + 8 * i, 8, UINT64_MAX);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    clint_destroy(f->clint);
    test_free(f);
    return 0;
}

static bool msip(const struct fixture *f, unsigned hart)
{
    return f->lines.level[hart];
}

static bool mtip(const struct fixture *f, unsigned hart)
{
    return f->lines.level[HARTS + hart];
}

static void advance(struct fixture *f, uint64_t ticks)
{
    f->clock.ticks = ticks;
    clint_update(f->clint, ticks);
}

static void msip_holds_bit_0_only_and_drives_its_hart(void **state)
{
    struct fixture *f = *state;
    reg_set(f->dev, MSIP + 4, 4, 0xffffffff);
    assert_int_equal(reg_get(f->dev, MSIP + 4, 4), 1);
    assert_true(msip(f, 1));
    assert_false(msip(f, 0));
    assert_false(msip(f, 2));
    reg_set(f->dev, MSIP + 4, 4, 0xfffffffe);
    assert_int_equal(reg_get(f->dev, MSIP + 4, 4), 0);
    assert_false(msip(f, 1));
}

static void mtimecmp_resets_to_zero_and_fires_at_the_first_update(void **state)
{
    struct fixture *f = *state;
    f->dev->reset(f->dev->state);
    assert_int_equal(reg_get(f->dev, MTIMECMP, 8), 0);
    assert_false(mtip(f, 0));
    clint_update(f->clint, f->clock.ticks);
    assert_true(mtip(f, 0) && mtip(f, 1) && mtip(f, 2));
}

static void all_ones_never_fires(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(clint_next_deadline(f->clint, 0), UINT64_MAX);
    advance(f, UINT64_MAX - 1);
    assert_false(mtip(f, 0));
}

static void mtip_is_high_exactly_from_mtimecmp_on(void **state)
{
    struct fixture *f = *state;
    reg_set(f->dev, MTIMECMP + 8, 8, 2000);
    assert_false(mtip(f, 1));
    advance(f, 1999);
    assert_false(mtip(f, 1));
    advance(f, 2000);
    assert_true(mtip(f, 1));
    assert_false(mtip(f, 0));
    assert_false(mtip(f, 2));
}

static void mtimecmp_in_the_past_fires_within_the_store(void **state)
{
    struct fixture *f = *state;
    reg_set(f->dev, MTIMECMP, 8, 1000);
    assert_true(mtip(f, 0));
    reg_set(f->dev, MTIMECMP, 8, 1001);
    assert_false(mtip(f, 0));
}

static void comparison_is_unsigned(void **state)
{
    struct fixture *f = *state;
    reg_set(f->dev, MTIMECMP, 8, UINT64_C(1) << 63);
    assert_false(mtip(f, 0));
    advance(f, UINT64_C(1) << 63);
    assert_true(mtip(f, 0));
}

static void mtimecmp_halves_are_stored_apart(void **state)
{
    struct fixture *f = *state;
    reg_set(f->dev, MTIMECMP + 4, 4, 0);
    assert_int_equal(reg_get(f->dev, MTIMECMP, 8), 0xffffffff);
    assert_false(mtip(f, 0));
    reg_set(f->dev, MTIMECMP, 4, 999);
    assert_true(mtip(f, 0));
    assert_int_equal(reg_get(f->dev, MTIMECMP, 4), 999);
    assert_int_equal(reg_get(f->dev, MTIMECMP + 4, 4), 0);
    reg_set(f->dev, MTIMECMP + 4, 4, 0x12345678);
    assert_int_equal(reg_get(f->dev, MTIMECMP, 8), UINT64_C(0x12345678000003e7));
    assert_false(mtip(f, 0));
}

static void mtime_reads_whole_and_by_halves(void **state)
{
    struct fixture *f = *state;
    f->clock.ticks = UINT64_C(0x123456789abcdef0);
    assert_int_equal(reg_get(f->dev, MTIME, 8), UINT64_C(0x123456789abcdef0));
    assert_int_equal(reg_get(f->dev, MTIME, 4), 0x9abcdef0);
    assert_int_equal(reg_get(f->dev, MTIME + 4, 4), 0x12345678);
}

static void mtime_write_moves_the_clock_and_every_line(void **state)
{
    struct fixture *f = *state;
    reg_set(f->dev, MTIMECMP, 8, 5000);
    reg_set(f->dev, MTIMECMP + 16, 8, 6000);
    reg_set(f->dev, MTIME, 8, 5500);
    assert_int_equal(f->clock.ticks, 5500);
    assert_true(mtip(f, 0));
    assert_false(mtip(f, 2));
    reg_set(f->dev, MTIME, 4, 100);
    assert_int_equal(f->clock.ticks, 100);
    assert_false(mtip(f, 0));
    reg_set(f->dev, MTIME + 4, 4, 1);
    assert_int_equal(f->clock.ticks, UINT64_C(0x100000064));
    assert_true(mtip(f, 2));
}

static void comparator_and_time_writes_announce_a_new_deadline(void **state)
{
    struct fixture *f = *state;
    unsigned before = f->clock.deadline_changes;
    reg_set(f->dev, MTIMECMP, 8, 5000);
    assert_int_equal(f->clock.deadline_changes, before + 1);
    reg_set(f->dev, MTIME, 8, 0);
    assert_int_equal(f->clock.deadline_changes, before + 2);
    reg_set(f->dev, MSIP, 4, 1);
    assert_int_equal(f->clock.deadline_changes, before + 2);
}

static void deadline_is_the_earliest_comparator_that_is_not_past(void **state)
{
    struct fixture *f = *state;
    reg_set(f->dev, MTIMECMP, 8, 500);
    reg_set(f->dev, MTIMECMP + 8, 8, 3000);
    reg_set(f->dev, MTIMECMP + 16, 8, 2000);
    assert_int_equal(clint_next_deadline(f->clint, 1000), 2000);
    assert_int_equal(clint_next_deadline(f->clint, 2000), 3000);
    assert_int_equal(clint_next_deadline(f->clint, 3000), UINT64_MAX);
}

static void registers_of_absent_harts_read_zero_and_ignore_writes(void **state)
{
    struct fixture *f = *state;
    unsigned edges = f->lines.edges;
    reg_set(f->dev, MSIP + 4 * HARTS, 4, 1);
    reg_set(f->dev, MTIMECMP + 8 * HARTS, 8, 5);
    reg_set(f->dev, MTIMECMP + 8 * 4094, 8, 5);
    assert_int_equal(reg_get(f->dev, MSIP + 4 * HARTS, 4), 0);
    assert_int_equal(reg_get(f->dev, MTIMECMP + 8 * HARTS, 8), 0);
    assert_int_equal(reg_get(f->dev, MTIMECMP + 8 * 4094, 8), 0);
    assert_int_equal(f->lines.edges, edges);
    assert_int_equal(clint_next_deadline(f->clint, 0), UINT64_MAX);
}

static void bytes_halfwords_and_reserved_offsets_are_refused(void **state)
{
    struct fixture *f = *state;
    for (unsigned size = 1; size <= 2; size++) {
        assert_true(reg_refused(f->dev, MSIP, size));
        assert_true(reg_refused(f->dev, MTIMECMP, size));
        assert_true(reg_refused(f->dev, MTIME, size));
    }
    assert_true(reg_refused(f->dev, MSIP, 8));
    assert_true(reg_refused(f->dev, 0x3ffc, 4));
    assert_true(reg_refused(f->dev, 0xc000, 4));
    assert_true(reg_refused(f->dev, CLINT_SIZE - 8, 8));
}

static void reset_lowers_all_lines_and_asks_for_an_update(void **state)
{
    struct fixture *f = *state;
    reg_set(f->dev, MSIP, 4, 1);
    reg_set(f->dev, MTIMECMP + 8, 8, 0);
    assert_true(msip(f, 0) && mtip(f, 1));
    unsigned changes = f->clock.deadline_changes;
    f->dev->reset(f->dev->state);
    assert_false(msip(f, 0));
    assert_false(mtip(f, 1));
    assert_int_equal(f->clock.deadline_changes, changes + 1);
    assert_int_equal(f->clock.ticks, 1000);
}

static void update_drives_a_line_only_when_it_changes(void **state)
{
    struct fixture *f = *state;
    reg_set(f->dev, MTIMECMP, 8, 1500);
    unsigned drives = f->lines.drives;
    advance(f, 1500);
    advance(f, 1501);
    assert_int_equal(f->lines.drives, drives + 1);
}

static void impossible_numbers_of_harts_are_refused(void **state)
{
    struct fixture *f = *state;
    struct time_source time = fake_time(&f->clock);
    struct irq_line none = {0};
    assert_null(clint_create(0, &time, &none, &none));
    assert_null(clint_create(CLINT_MAX_HARTS + 1, &time, &none, &none));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(msip_holds_bit_0_only_and_drives_its_hart),
        TEST(mtimecmp_resets_to_zero_and_fires_at_the_first_update),
        TEST(all_ones_never_fires),
        TEST(mtip_is_high_exactly_from_mtimecmp_on),
        TEST(mtimecmp_in_the_past_fires_within_the_store),
        TEST(comparison_is_unsigned),
        TEST(mtimecmp_halves_are_stored_apart),
        TEST(mtime_reads_whole_and_by_halves),
        TEST(mtime_write_moves_the_clock_and_every_line),
        TEST(comparator_and_time_writes_announce_a_new_deadline),
        TEST(deadline_is_the_earliest_comparator_that_is_not_past),
        TEST(registers_of_absent_harts_read_zero_and_ignore_writes),
        TEST(bytes_halfwords_and_reserved_offsets_are_refused),
        TEST(reset_lowers_all_lines_and_asks_for_an_update),
        TEST(update_drives_a_line_only_when_it_changes),
        TEST(impossible_numbers_of_harts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
