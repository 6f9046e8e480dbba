/* SPDX-License-Identifier: MIT */
/* The memory balloon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/little_endian.h"
#include "slot_fixture.h"
#include "virtio/balloon.h"

#define FEATURES (BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_EVENT_IDX))
enum { INFLATE, DEFLATE, STATS, THIRD, FOURTH };
enum { F_MUST_TELL_HOST = 0, F_STATS = 1, F_OOM = 2, F_HINT = 3, F_POISON = 4, F_REPORTING = 5 };
enum { NUM_PAGES = CONFIG, ACTUAL = CONFIG + 4, POISON = CONFIG + 12 };
#define PAGES (RAM_BASE + 0xa0000)

struct rig {
    struct slot *slot;
    struct virtio_balloon *balloon;
    uint64_t ticks;
};

static uint64_t now(void *owner)
{
    return ((struct rig *)owner)->ticks;
}

static int set_up(void **state)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    struct time_source time = {.owner = rig, .now = now};
    rig->balloon = virtio_balloon_create(&time);
    rig->slot = slot_create(virtio_balloon_device(rig->balloon), false, 0);
    guest_mem_fill(&rig->slot->mem, PAGES, 0x5a, 0x10000);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    slot_destroy(rig->slot);
    virtio_balloon_destroy(rig->balloon);
    test_free(rig);
    return 0;
}

static struct virtio_balloon_view look(const struct rig *rig)
{
    struct virtio_balloon_view view;
    virtio_balloon_look(rig->balloon, &view);
    return view;
}

static void expect_pages(const struct rig *rig, const char *bytes)
{
    for (unsigned page = 0; bytes[page] != '\0'; page++) {
        uint8_t first, last, expected = bytes[page] == '.' ? 0 : 0x5a;
        guest_mem_read(&rig->slot->mem, PAGES + page * PAGE_BYTES, &first, 1);
        guest_mem_read(&rig->slot->mem, PAGES + (page + 1) * PAGE_BYTES - 1, &last, 1);
        assert_int_equal(first, expected);
        assert_int_equal(last, expected);
    }
}

static void offer_numbers(struct rig *rig, unsigned queue, const uint64_t *pages, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        guest_mem_write_u32(&rig->slot->mem, DATA + 4 * i, (uint32_t)(pages[i] >> PAGE_SHIFT));
    slot_offer(rig->slot, queue, (struct model_buffer){DATA, 4 * count, false});
}

static void free_page_hinting_and_telling_the_host_are_not_offered(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(get(rig->slot, DEVICE_ID), 5);
    assert_int_equal(slot_offered(rig->slot) & 0x3f, BIT(F_STATS) | BIT(F_OOM) | BIT(F_POISON) | BIT(F_REPORTING));
}

static void inflated_pages_go_to_the_host_in_whatever_order_they_come(void **state)
{
    struct rig *rig = *state;
    static const uint64_t pages[] = {PAGES,          PAGES + 0x1000, PAGES + 0x6000,    PAGES + 0x5000,
                                     PAGES + 0x4000, PAGES + 0x8000, RAM_BASE - 0x1000, PAGES + 0xa000};
    uint32_t written = 1;
    slot_start(rig->slot, FEATURES, 2, 8);
    offer_numbers(rig, INFLATE, pages, ARRAY_SIZE(pages));
    assert_true(slot_used(rig->slot, INFLATE, &written));
    assert_int_equal(written, 0);
    expect_pages(rig, "..xx...x.x.xxxxx");
    assert_int_equal(look(rig).inflated, 7 * PAGE_BYTES);
    assert_true(look(rig).driven);
    offer_numbers(rig, DEFLATE, pages, 2);
    assert_true(slot_used(rig->slot, DEFLATE, &written));
    assert_int_equal(rig->slot->lines_said, 0);
}

static void a_new_target_interrupts_the_driver_which_says_how_far_it_came(void **state)
{
    struct rig *rig = *state;
    slot_start(rig->slot, FEATURES, 2, 8);
    assert_false(irq(rig->slot));
    virtio_balloon_set_target(rig->balloon, 100);
    assert_int_equal(get(rig->slot, INTERRUPT_STATUS), 2);
    assert_int_equal(get(rig->slot, NUM_PAGES), 100);
    set(rig->slot, INTERRUPT_ACK, 2);
    virtio_balloon_set_target(rig->balloon, 100);
    assert_false(irq(rig->slot));
    set(rig->slot, ACTUAL, 60);
    assert_int_equal(look(rig).actual, 60);
    set(rig->slot, STATUS, 0);
    assert_int_equal(look(rig).actual, 0);
    assert_int_equal(look(rig).target, 100);
}

static void put_stat(const struct rig *rig, unsigned n, uint64_t tag, uint64_t value)
{
    uint8_t bytes[10];
    little_put(bytes, 2, tag);
    little_put(bytes + 2, 8, value);
    guest_mem_write(&rig->slot->mem, DATA + 10 * n, bytes, sizeof bytes);
}

static void statistics_come_when_asked_for_and_unknown_ones_are_ignored(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    slot_start(rig->slot, FEATURES | BIT(F_STATS), 3, 8);
    put_stat(rig, 0, 4, 1000);
    put_stat(rig, 1, 77, 5);
    put_stat(rig, 2, 5, 2000);
    rig->ticks = 42;
    slot_offer(rig->slot, STATS, (struct model_buffer){DATA, 30, false});
    assert_false(slot_used(rig->slot, STATS, &written));
    assert_int_equal(look(rig).stats.known, BIT(4) | BIT(5));
    assert_int_equal(look(rig).stats.values[4], 1000);
    assert_int_equal(look(rig).stats.ticks, 42);
    virtio_balloon_ask(rig->balloon);
    assert_true(slot_used(rig->slot, STATS, &written));
    virtio_balloon_ask(rig->balloon);
    assert_false(slot_used(rig->slot, STATS, &written));
    put_stat(rig, 0, 4, 900);
    slot_offer(rig->slot, STATS, (struct model_buffer){DATA, 10, false});
    assert_int_equal(look(rig).stats.known, BIT(4));
    assert_int_equal(look(rig).stats.values[4], 900);
}

static void report(struct rig *rig, unsigned queue, uint64_t at, uint32_t bytes)
{
    uint32_t written;
    slot_offer(rig->slot, queue, (struct model_buffer){at, bytes, true});
    assert_true(slot_used(rig->slot, queue, &written));
}

static void reported_pages_hold_zeros_by_either_number_of_the_queue(void **state)
{
    struct rig *rig = *state;
    slot_start(rig->slot, FEATURES | BIT(F_STATS) | BIT(F_REPORTING), 5, 8);
    assert_true(look(rig).reports);
    report(rig, THIRD, PAGES + 0x1000, 0x2000);
    report(rig, FOURTH, PAGES + 0x4800, 0x2000);
    expect_pages(rig, "x..xx.xx");
    assert_int_equal(look(rig).reported, 3 * PAGE_BYTES);
}

static void a_driver_without_statistics_may_report_where_they_would_be(void **state)
{
    struct rig *rig = *state;
    slot_start(rig->slot, FEATURES | BIT(F_REPORTING), 3, 8);
    report(rig, STATS, PAGES, 0x1000);
    expect_pages(rig, ".xxx");
}

static void what_is_poisoned_stays_unless_the_poison_is_zero(void **state)
{
    struct rig *rig = *state;
    slot_start(rig->slot, FEATURES | BIT(F_REPORTING) | BIT(F_POISON), 3, 8);
    set(rig->slot, POISON, 0x5a5a5a5a);
    assert_false(look(rig).reports);
    report(rig, STATS, PAGES, 0x2000);
    expect_pages(rig, "xxxx");
    set(rig->slot, STATUS, 0);
    slot_start(rig->slot, FEATURES | BIT(F_REPORTING) | BIT(F_POISON), 3, 8);
    assert_true(look(rig).reports);
    report(rig, STATS, PAGES, 0x2000);
    expect_pages(rig, "..xx");
}

static void more_free_memory_than_there_is_is_refused(void **state)
{
    struct rig *rig = *state;
    struct model_buffer buffers[] = {{RAM_BASE, RAM_BYTES, true}, {PAGES, PAGE_BYTES, true}};
    slot_start(rig->slot, FEATURES | BIT(F_REPORTING), 3, 8);
    assert_true(driver_add(&rig->slot->drivers[STATS], buffers, 2, 0) >= 0);
    set(rig->slot, QUEUE_NOTIFY, STATS);
    assert_true(get(rig->slot, STATUS) & NEEDS_RESET);
    expect_pages(rig, "xxxx");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(free_page_hinting_and_telling_the_host_are_not_offered),
        TEST(inflated_pages_go_to_the_host_in_whatever_order_they_come),
        TEST(a_new_target_interrupts_the_driver_which_says_how_far_it_came),
        TEST(statistics_come_when_asked_for_and_unknown_ones_are_ignored),
        TEST(reported_pages_hold_zeros_by_either_number_of_the_queue),
        TEST(a_driver_without_statistics_may_report_where_they_would_be),
        TEST(what_is_poisoned_stays_unless_the_poison_is_zero),
        TEST(more_free_memory_than_there_is_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
