/* SPDX-License-Identifier: MIT */
/* The PLIC: class 51 of the classes of bug that emulators have had. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "devices/plic.h"
#include "fakes.h"

#define HARTS 2
#define CONTEXTS (2 * HARTS)
#define PRIORITY(source) (UINT64_C(4) * (source))
#define PENDING(word) (UINT64_C(0x1000) + UINT64_C(4) * (word))
#define ENABLE(context, word) (UINT64_C(0x2000) + UINT64_C(0x80) * (context) + UINT64_C(4) * (word))
#define THRESHOLD(context) (UINT64_C(0x200000) + UINT64_C(0x1000) * (context))
#define CLAIM(context) (THRESHOLD(context) + 4)

struct fixture {
    struct fake_lines lines;
    struct plic *plic;
    const struct device *dev;
};

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    struct irq_line outputs[CONTEXTS];
    for (unsigned i = 0; i < CONTEXTS; i++)
        outputs[i] = fake_line(&f->lines, i);
    f->plic = plic_create(HARTS, outputs);
    f->dev = plic_device(f->plic);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    plic_destroy(f->plic);
    test_free(f);
    return 0;
}

static uint64_t get(struct fixture *f, uint64_t offset)
{
    return reg_get(f->dev, offset, 4);
}

static void set(struct fixture *f, uint64_t offset, uint64_t value)
{
    reg_set(f->dev, offset, 4, value);
}

static void enable(struct fixture *f, unsigned context, unsigned source)
{
    uint64_t word = get(f, ENABLE(context, source / 32));
    set(f, ENABLE(context, source / 32), word | UINT64_C(1) << source % 32);
}

static bool pending(struct fixture *f, unsigned source)
{
    return (get(f, PENDING(source / 32)) >> source % 32 & 1) != 0;
}

static void raise_source(struct fixture *f, unsigned source, unsigned priority)
{
    set(f, PRIORITY(source), priority);
    plic_set_line(f->plic, source, true);
}

static void claimed_source_is_gone_for_every_other_context(void **state)
{
    struct fixture *f = *state;
    enable(f, 0, 5);
    enable(f, 1, 5);
    raise_source(f, 5, 1);
    assert_true(f->lines.level[0] && f->lines.level[1]);
    assert_int_equal(get(f, CLAIM(0)), 5);
    assert_false(f->lines.level[0]);
    assert_false(f->lines.level[1]);
    assert_int_equal(get(f, CLAIM(1)), 0);
    assert_false(pending(f, 5));
}

static void completion_by_a_context_without_the_source_is_ignored(void **state)
{
    struct fixture *f = *state;
    enable(f, 0, 5);
    raise_source(f, 5, 1);
    assert_int_equal(get(f, CLAIM(0)), 5);
    set(f, CLAIM(1), 5);
    assert_false(pending(f, 5));
    set(f, CLAIM(0), 5);
    assert_true(pending(f, 5));
}

static void completion_by_another_context_that_has_it_enabled_counts(void **state)
{
    struct fixture *f = *state;
    enable(f, 0, 5);
    enable(f, 3, 5);
    raise_source(f, 5, 1);
    assert_int_equal(get(f, CLAIM(0)), 5);
    set(f, CLAIM(3), 5);
    assert_true(pending(f, 5));
}

static void level_that_stays_high_pends_again_only_at_completion(void **state)
{
    struct fixture *f = *state;
    enable(f, 0, 5);
    raise_source(f, 5, 1);
    assert_int_equal(get(f, CLAIM(0)), 5);
    plic_set_line(f->plic, 5, true);
    assert_false(pending(f, 5));
    assert_false(f->lines.level[0]);
    set(f, CLAIM(0), 5);
    assert_true(f->lines.level[0]);
    assert_int_equal(get(f, CLAIM(0)), 5);
}

static void level_that_fell_before_completion_does_not_pend_again(void **state)
{
    struct fixture *f = *state;
    enable(f, 0, 5);
    raise_source(f, 5, 1);
    assert_int_equal(get(f, CLAIM(0)), 5);
    plic_set_line(f->plic, 5, false);
    set(f, CLAIM(0), 5);
    assert_false(pending(f, 5));
    assert_int_equal(get(f, CLAIM(0)), 0);
    plic_set_line(f->plic, 5, true);
    assert_int_equal(get(f, CLAIM(0)), 5);
}

static void request_once_forwarded_is_not_retracted(void **state)
{
    struct fixture *f = *state;
    enable(f, 0, 5);
    raise_source(f, 5, 1);
    plic_set_line(f->plic, 5, false);
    assert_true(pending(f, 5));
    assert_true(f->lines.level[0]);
    assert_int_equal(get(f, CLAIM(0)), 5);
}

static void threshold_gates_the_notification(void **state)
{
    struct fixture *f = *state;
    enable(f, 1, 5);
    raise_source(f, 5, 3);
    assert_true(f->lines.level[1]);
    set(f, THRESHOLD(1), 3);
    assert_false(f->lines.level[1]);
    set(f, THRESHOLD(1), 2);
    assert_true(f->lines.level[1]);
}

static void claim_ignores_the_threshold(void **state)
{
    struct fixture *f = *state;
    enable(f, 1, 5);
    set(f, THRESHOLD(1), 7);
    raise_source(f, 5, 3);
    assert_false(f->lines.level[1]);
    assert_int_equal(get(f, CLAIM(1)), 5);
}

static void highest_priority_is_claimed_first_and_ties_go_to_the_lowest_number(void **state)
{
    struct fixture *f = *state;
    const unsigned sources[] = {40, 7, 95, 6};
    const unsigned priorities[] = {3, 3, 7, 1};
    for (unsigned i = 0; i < 4; i++) {
        enable(f, 0, sources[i]);
        raise_source(f, sources[i], priorities[i]);
    }
    assert_int_equal(get(f, CLAIM(0)), 95);
    assert_int_equal(get(f, CLAIM(0)), 7);
    assert_int_equal(get(f, CLAIM(0)), 40);
    assert_true(f->lines.level[0]);
    assert_int_equal(get(f, CLAIM(0)), 6);
    assert_false(f->lines.level[0]);
    assert_int_equal(get(f, CLAIM(0)), 0);
}

static void priority_0_never_interrupts_and_is_never_claimed(void **state)
{
    struct fixture *f = *state;
    enable(f, 0, 5);
    raise_source(f, 5, 0);
    assert_true(pending(f, 5));
    assert_false(f->lines.level[0]);
    assert_int_equal(get(f, CLAIM(0)), 0);
    set(f, PRIORITY(5), 1);
    assert_true(f->lines.level[0]);
}

static void enable_bit_decides_which_context_is_notified(void **state)
{
    struct fixture *f = *state;
    raise_source(f, 33, 1);
    for (unsigned i = 0; i < CONTEXTS; i++)
        assert_false(f->lines.level[i]);
    enable(f, 2, 33);
    assert_true(f->lines.level[2]);
    assert_false(f->lines.level[1] || f->lines.level[3] || f->lines.level[0]);
    set(f, ENABLE(2, 1), 0);
    assert_false(f->lines.level[2]);
}

static void priority_and_threshold_hold_three_bits(void **state)
{
    struct fixture *f = *state;
    for (uint64_t value = 0; value < 16; value++) {
        set(f, PRIORITY(1), value | 0xfffffff0);
        assert_int_equal(get(f, PRIORITY(1)), value & 7);
        set(f, THRESHOLD(3), value | 0xfffffff0);
        assert_int_equal(get(f, THRESHOLD(3)), value & 7);
    }
}

static void enable_bits_exist_for_sources_1_to_95(void **state)
{
    struct fixture *f = *state;
    for (unsigned word = 0; word < 32; word++)
        set(f, ENABLE(1, word), 0xffffffff);
    assert_int_equal(get(f, ENABLE(1, 0)), 0xfffffffe);
    assert_int_equal(get(f, ENABLE(1, 1)), 0xffffffff);
    assert_int_equal(get(f, ENABLE(1, 2)), 0xffffffff);
    for (unsigned word = 3; word < 32; word++)
        assert_int_equal(get(f, ENABLE(1, word)), 0);
    assert_int_equal(get(f, ENABLE(0, 0)), 0);
}

static void source_0_and_absent_sources_do_not_exist(void **state)
{
    struct fixture *f = *state;
    set(f, PRIORITY(0), 7);
    assert_int_equal(get(f, PRIORITY(0)), 0);
    set(f, PRIORITY(PLIC_SOURCES + 1), 7);
    assert_int_equal(get(f, PRIORITY(PLIC_SOURCES + 1)), 0);
    set(f, PRIORITY(PLIC_SOURCES), 7);
    assert_int_equal(get(f, PRIORITY(PLIC_SOURCES)), 7);
    plic_set_line(f->plic, 0, true);
    plic_set_line(f->plic, PLIC_SOURCES + 1, true);
    plic_set_line(f->plic, 1000, true);
    for (unsigned word = 0; word < 32; word++)
        assert_int_equal(get(f, PENDING(word)), 0);
    set(f, CLAIM(0), 0);
    set(f, CLAIM(0), PLIC_SOURCES + 1);
    set(f, CLAIM(0), 0xffffffff);
}

static void pending_bits_are_read_only(void **state)
{
    struct fixture *f = *state;
    set(f, PENDING(0), 0xffffffff);
    assert_int_equal(get(f, PENDING(0)), 0);
}

static void absent_contexts_read_zero_and_claim_nothing(void **state)
{
    struct fixture *f = *state;
    raise_source(f, 5, 1);
    set(f, ENABLE(CONTEXTS, 0), 0xffffffff);
    set(f, THRESHOLD(CONTEXTS), 3);
    assert_int_equal(get(f, ENABLE(CONTEXTS, 0)), 0);
    assert_int_equal(get(f, THRESHOLD(CONTEXTS)), 0);
    assert_int_equal(get(f, CLAIM(CONTEXTS)), 0);
    assert_int_equal(get(f, CLAIM(1023)), 0);
    assert_true(pending(f, 5));
}

static void only_word_accesses_to_registers_are_served(void **state)
{
    struct fixture *f = *state;
    const uint64_t offsets[] = {PRIORITY(2), PENDING(0), ENABLE(0, 0), THRESHOLD(0)};
    for (unsigned i = 0; i < 4; i++) {
        assert_true(reg_refused(f->dev, offsets[i], 1));
        assert_true(reg_refused(f->dev, offsets[i], 2));
        assert_true(reg_refused(f->dev, offsets[i], 8));
    }
    assert_true(reg_refused(f->dev, 0x1080, 4));
    assert_true(reg_refused(f->dev, THRESHOLD(0) + 8, 4));
    assert_true(reg_refused(f->dev, PLIC_SIZE - 4, 4));
}

static void peek_at_the_claim_register_claims_nothing(void **state)
{
    struct fixture *f = *state;
    enable(f, 0, 5);
    raise_source(f, 5, 1);
    uint64_t value = 0;
    assert_true(device_peek(f->dev, CLAIM(0), 4, &value));
    assert_int_equal(value, 5);
    assert_true(pending(f, 5));
    assert_true(f->lines.level[0]);
}

static void line_handed_out_drives_its_source(void **state)
{
    struct fixture *f = *state;
    struct irq_line line = plic_line(f->plic, 10);
    irq_set(&line, true);
    assert_true(pending(f, 10));
}

static void reset_forgets_everything_and_lowers_the_outputs(void **state)
{
    struct fixture *f = *state;
    enable(f, 0, 5);
    raise_source(f, 5, 1);
    f->dev->reset(f->dev->state);
    assert_false(f->lines.level[0]);
    assert_int_equal(get(f, ENABLE(0, 0)), 0);
    assert_int_equal(get(f, PRIORITY(5)), 0);
    assert_false(pending(f, 5));
    enable(f, 0, 5);
    raise_source(f, 5, 1);
    assert_int_equal(get(f, CLAIM(0)), 5);
}

static void every_context_of_64_harts_works_and_more_harts_are_refused(void **state)
{
    (void)state;
    struct fake_lines lines = {{0}, 0, 0};
    struct irq_line outputs[2 * PLIC_MAX_HARTS];
    for (unsigned i = 0; i < 2 * PLIC_MAX_HARTS; i++)
        outputs[i] = fake_line(&lines, i);
    assert_null(plic_create(0, outputs));
    assert_null(plic_create(PLIC_MAX_HARTS + 1, outputs));
    struct plic *plic = plic_create(PLIC_MAX_HARTS, outputs);
    struct fixture f = {.plic = plic, .dev = plic_device(plic)};
    raise_source(&f, 95, 7);
    for (unsigned i = 0; i < 2 * PLIC_MAX_HARTS; i++) {
        enable(&f, i, 95);
        assert_true(lines.level[i]);
        assert_int_equal(get(&f, CLAIM(i)), 95);
        assert_false(lines.level[i]);
        set(&f, CLAIM(i), 95);
        assert_true(lines.level[i]);
    }
    plic_destroy(plic);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(claimed_source_is_gone_for_every_other_context),
        TEST(completion_by_a_context_without_the_source_is_ignored),
        TEST(completion_by_another_context_that_has_it_enabled_counts),
        TEST(level_that_stays_high_pends_again_only_at_completion),
        TEST(level_that_fell_before_completion_does_not_pend_again),
        TEST(request_once_forwarded_is_not_retracted),
        TEST(threshold_gates_the_notification),
        TEST(claim_ignores_the_threshold),
        TEST(highest_priority_is_claimed_first_and_ties_go_to_the_lowest_number),
        TEST(priority_0_never_interrupts_and_is_never_claimed),
        TEST(enable_bit_decides_which_context_is_notified),
        TEST(priority_and_threshold_hold_three_bits),
        TEST(enable_bits_exist_for_sources_1_to_95),
        TEST(source_0_and_absent_sources_do_not_exist),
        TEST(pending_bits_are_read_only),
        TEST(absent_contexts_read_zero_and_claim_nothing),
        TEST(only_word_accesses_to_registers_are_served),
        TEST(peek_at_the_claim_register_claims_nothing),
        TEST(line_handed_out_drives_its_source),
        TEST(reset_forgets_everything_and_lowers_the_outputs),
        TEST(every_context_of_64_harts_works_and_more_harts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
