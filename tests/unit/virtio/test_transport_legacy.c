/* SPDX-License-Identifier: MIT */
/* Version 1 of virtio-mmio, as old drivers use it (VirtIO 1.3 4.2.4); and the places of the slots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probe_device.h"
#include "slot_fixture.h"
#include "virtio/slots.h"

struct rig {
    struct slot *slot;
    struct probe probe;
};

static int set_up(void **state)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    rig->probe.answers = true;
    rig->slot = slot_create((struct virtio_device){&probe_class, &rig->probe}, true, 0);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    slot_destroy(rig->slot);
    test_free(rig);
    return 0;
}

/* The driver's side of a queue of 8 entries whose pages begin at base. */
static void legacy_driver(struct rig *rig, uint64_t base, uint64_t align)
{
    struct virtq_config config = {.size = 8, .descriptor_area = base, .driver_area = base + 16 * 8};
    config.device_area = (config.driver_area + 6 + 2 * 8 + align - 1) & ~(align - 1);
    driver_start(&rig->slot->drivers[0], &rig->slot->mem, &config);
}

static void legacy_enable(struct rig *rig, uint32_t page, uint32_t align, uint32_t pfn)
{
    set(rig->slot, GUEST_PAGE_SIZE, page);
    set(rig->slot, QUEUE_SEL, 0);
    assert_int_equal(get(rig->slot, QUEUE_PFN), 0);
    set(rig->slot, QUEUE_SIZE_NOW, 8);
    set(rig->slot, QUEUE_ALIGN, align);
    set(rig->slot, QUEUE_PFN, pfn);
}

static void expect_answer(struct rig *rig)
{
    uint32_t written = 0;
    slot_offer(rig->slot, 0, (struct model_buffer){DATA, 99, true});
    assert_true(slot_used(rig->slot, 0, &written));
    assert_int_equal(written, 99);
    assert_true(irq(rig->slot));
    set(rig->slot, INTERRUPT_ACK, 1);
}

static void version_1_offers_no_feature_above_31(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(get(rig->slot, VERSION), 1);
    assert_int_equal(slot_offered(rig->slot), (uint32_t)PROBE_FEATURES | BIT(VIRTIO_F_ANY_LAYOUT) |
                                                  BIT(VIRTIO_F_INDIRECT_DESC) | BIT(VIRTIO_F_EVENT_IDX));
}

static void a_page_number_places_a_queue(void **state)
{
    struct rig *rig = *state;
    set(rig->slot, STATUS, ACKNOWLEDGE | DRIVER);
    legacy_driver(rig, RAM_BASE + 0x2000, 4096);
    legacy_enable(rig, 4096, 4096, (uint32_t)((RAM_BASE + 0x2000) / 4096));
    assert_int_equal(get(rig->slot, QUEUE_PFN), (RAM_BASE + 0x2000) / 4096);
    set(rig->slot, STATUS, ACKNOWLEDGE | DRIVER | DRIVER_OK);
    expect_answer(rig);
    expect_answer(rig);
}

static void other_page_sizes_and_alignments_count(void **state)
{
    struct rig *rig = *state;
    legacy_driver(rig, RAM_BASE + 0x10000, 64);
    legacy_enable(rig, 65536, 64, (uint32_t)((RAM_BASE + 0x10000) / 65536));
    expect_answer(rig);
}

static void old_drivers_use_the_device_before_they_are_ready(void **state)
{
    struct rig *rig = *state;
    legacy_driver(rig, RAM_BASE + 0x2000, 4096);
    legacy_enable(rig, 4096, 4096, (uint32_t)((RAM_BASE + 0x2000) / 4096));
    expect_answer(rig);
}

static void page_number_0_stops_the_queue(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    rig->probe.answers = false;
    legacy_driver(rig, RAM_BASE + 0x2000, 4096);
    legacy_enable(rig, 4096, 4096, (uint32_t)((RAM_BASE + 0x2000) / 4096));
    slot_offer(rig->slot, 0, (struct model_buffer){DATA, 9, true});
    assert_int_equal(rig->probe.held_count, 1);
    set(rig->slot, QUEUE_PFN, 0);
    assert_int_equal(get(rig->slot, QUEUE_PFN), 0);
    assert_int_equal(rig->probe.stopped[0], 1);
    virtio_push(rig->probe.v, &rig->probe.held[0], 9);
    assert_false(slot_used(rig->slot, 0, &written));
}

static void a_reset_clears_the_page_numbers(void **state)
{
    struct rig *rig = *state;
    legacy_enable(rig, 4096, 4096, (uint32_t)((RAM_BASE + 0x2000) / 4096));
    set(rig->slot, STATUS, 0);
    set(rig->slot, QUEUE_SEL, 0);
    assert_int_equal(get(rig->slot, QUEUE_PFN), 0);
}

static void bad_places_ask_for_a_reset(void **state)
{
    struct rig *rig = *state;
    static const uint32_t bad[][3] = {
        {4096, 4096, 1},     {4096, 4096, UINT32_MAX}, {0, 4096, 0x80010}, {4096, 0, 0x80010},
        {4096, 48, 0x80010}, {UINT32_MAX, 4096, 7},    {1, 1, 0x80000001}, {4096, 0x80000000, 0x80010},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        set(rig->slot, STATUS, 0);
        legacy_enable(rig, bad[i][0], bad[i][1], bad[i][2]);
        assert_true(get(rig->slot, STATUS) & NEEDS_RESET);
    }
}

static void what_came_with_version_2_is_not_there(void **state)
{
    struct rig *rig = *state;
    assert_true(reg_refused(rig->slot->dev, QUEUE_READY, 4));
    assert_true(reg_refused(rig->slot->dev, QUEUE_DESC, 4));
    assert_true(reg_refused(rig->slot->dev, CONFIG_GENERATION, 4));
}

static void slots_keep_the_documented_map_and_leave_the_clock_alone(void **state)
{
    (void)state;
    static const uint64_t base[VIRTIO_SLOT_PROBED] = {0x10001000, 0x10002000, 0x10003000, 0x10004000,
                                                      0x10006000, 0x10007000, 0x10008000};
    static const unsigned source[VIRTIO_SLOT_PROBED] = {1, 2, 3, 4, 6, 7, 8};
    for (unsigned i = 0; i < VIRTIO_SLOT_PROBED; i++) {
        assert_int_equal(virtio_slot(i).base, base[i]);
        assert_int_equal(virtio_slot(i).irq, source[i]);
        assert_int_equal(virtio_slot(i).size, 0x1000);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(version_1_offers_no_feature_above_31),
        TEST(a_page_number_places_a_queue),
        TEST(other_page_sizes_and_alignments_count),
        TEST(old_drivers_use_the_device_before_they_are_ready),
        TEST(page_number_0_stops_the_queue),
        TEST(a_reset_clears_the_page_numbers),
        TEST(bad_places_ask_for_a_reset),
        TEST(what_came_with_version_2_is_not_there),
        cmocka_unit_test(slots_keep_the_documented_map_and_leave_the_clock_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
