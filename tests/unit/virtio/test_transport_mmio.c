/* SPDX-License-Identifier: MIT */
/* The version 2 registers, seen by a driver that keeps the rules and by one that does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probe_device.h"
#include "slot_fixture.h"

#define ALL_KINDS (BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_INDIRECT_DESC) | BIT(VIRTIO_F_EVENT_IDX))

struct rig {
    struct slot *slot;
    struct probe probe;
};

static int set_up(void **state)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    for (unsigned i = 0; i < PROBE_CONFIG_BYTES; i++)
        rig->probe.config[i] = (uint8_t)(0xa0 + i);
    rig->slot = slot_create((struct virtio_device){&probe_class, &rig->probe}, false, 0);
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

static struct model_buffer writable(uint64_t gpa, uint32_t bytes)
{
    return (struct model_buffer){gpa, bytes, true};
}

static void a_slot_says_what_it_is(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(get(rig->slot, MAGIC_VALUE), 0x74726976);
    assert_int_equal(get(rig->slot, VENDOR), 0x554d4551);
    assert_int_equal(get(rig->slot, VERSION), 2);
    assert_int_equal(get(rig->slot, DEVICE_ID), PROBE_ID);
    assert_int_equal(get(rig->slot, STATUS), 0);
}

static void an_empty_slot_answers_with_device_id_0(void **state)
{
    (void)state;
    struct slot *slot = slot_create((struct virtio_device){NULL, NULL}, false, 0);
    assert_int_equal(get(slot, MAGIC_VALUE), 0x74726976);
    assert_int_equal(get(slot, VERSION), 2);
    assert_int_equal(get(slot, DEVICE_ID), 0);
    set(slot, STATUS, 0);
    set(slot, QUEUE_NOTIFY, 1);
    assert_int_equal(get(slot, STATUS), 0);
    slot->dev->reset(slot->dev->state);
    assert_int_equal(get(slot, DEVICE_ID), 0);
    slot_destroy(slot);
}

static void what_is_no_register_faults(void **state)
{
    struct rig *rig = *state;
    assert_true(reg_refused(rig->slot->dev, 0x18, 4));
    assert_true(reg_refused(rig->slot->dev, 0x200, 4));
    assert_true(reg_refused(rig->slot->dev, STATUS, 1));
    assert_true(reg_refused(rig->slot->dev, STATUS, 8));
    assert_true(reg_refused(rig->slot->dev, 0xffc, 4));
}

static void the_features_are_the_devices_and_the_transports(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(slot_offered(rig->slot),
                     PROBE_FEATURES | ALL_KINDS | BIT(VIRTIO_F_RING_PACKED) | BIT(VIRTIO_F_RING_RESET));
    set(rig->slot, DEVICE_FEATURES_SEL, 2);
    assert_int_equal(get(rig->slot, DEVICE_FEATURES), 0);
}

static void features_can_be_withheld(void **state)
{
    (void)state;
    struct probe probe = {.v = NULL};
    struct slot *slot =
        slot_create((struct virtio_device){&probe_class, &probe}, false, BIT(VIRTIO_F_RING_PACKED) | BIT(5));
    assert_int_equal(slot_offered(slot), BIT(0) | BIT(50) | ALL_KINDS | BIT(VIRTIO_F_RING_RESET));
    slot_destroy(slot);
}

static void features_not_offered_are_refused(void **state)
{
    struct rig *rig = *state;
    assert_true(slot_negotiate(rig->slot, BIT(0) | ALL_KINDS));
    assert_false(slot_negotiate(rig->slot, BIT(1) | ALL_KINDS));
    assert_false(slot_negotiate(rig->slot, BIT(63)));
    assert_false(virtio_has(rig->probe.v, 63));
    assert_true(slot_negotiate(rig->slot, 0));
}

static void features_are_settled_once_they_are_accepted(void **state)
{
    struct rig *rig = *state;
    assert_true(slot_negotiate(rig->slot, BIT(0) | BIT(VIRTIO_F_VERSION_1)));
    set(rig->slot, DRIVER_FEATURES_SEL, 0);
    set(rig->slot, DRIVER_FEATURES, BIT(5));
    assert_true(virtio_has(rig->probe.v, 0));
    assert_false(virtio_has(rig->probe.v, 5));
    set(rig->slot, STATUS, 0);
    assert_false(virtio_has(rig->probe.v, 0));
}

static void queues_that_are_not_there_have_size_0_and_swallow_writes(void **state)
{
    struct rig *rig = *state;
    static const uint32_t queues[] = {PROBE_QUEUES, 31, 32, 33, 0x10000, UINT32_MAX};
    assert_int_equal(get(rig->slot, QUEUE_SIZE_MAX), PROBE_QUEUE_SIZE);
    for (unsigned i = 0; i < ARRAY_SIZE(queues); i++) {
        set(rig->slot, QUEUE_SEL, queues[i]);
        assert_int_equal(get(rig->slot, QUEUE_SIZE_MAX), 0);
        set(rig->slot, QUEUE_SIZE_NOW, 4);
        slot_set_address(rig->slot, QUEUE_DESC, DATA);
        slot_set_address(rig->slot, QUEUE_DEVICE, DATA);
        set(rig->slot, QUEUE_READY, 1);
        assert_int_equal(get(rig->slot, QUEUE_READY), 0);
        set(rig->slot, QUEUE_RESET, 1);
        set(rig->slot, QUEUE_NOTIFY, queues[i]);
    }
    assert_int_equal(get(rig->slot, STATUS), 0);
}

static void run_requests(struct rig *rig, uint64_t features)
{
    uint32_t written = 0;
    rig->probe.answers = true;
    slot_start(rig->slot, features, PROBE_QUEUES, 8);
    for (unsigned i = 0; i < 100; i++) {
        slot_offer(rig->slot, i % 3, writable(DATA, 10 + i));
        assert_true(slot_used(rig->slot, i % 3, &written));
        assert_int_equal(written, 10 + i);
        assert_true(irq(rig->slot));
        assert_int_equal(get(rig->slot, INTERRUPT_STATUS), 1);
        set(rig->slot, INTERRUPT_ACK, 1);
        assert_false(irq(rig->slot));
        driver_want_interrupt(&rig->slot->drivers[i % 3], true);
    }
}

static void requests_are_answered_with_an_interrupt(void **state)
{
    run_requests(*state, BIT(VIRTIO_F_VERSION_1));
    run_requests(*state, ALL_KINDS);
    run_requests(*state, ALL_KINDS | BIT(VIRTIO_F_RING_PACKED));
    run_requests(*state, BIT(VIRTIO_F_RING_PACKED) | BIT(VIRTIO_F_VERSION_1));
    run_requests(*state, 0); /* a teaching kernel's */
}

static void buffers_wait_until_the_driver_is_ready(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    rig->probe.answers = true;
    slot_negotiate(rig->slot, ALL_KINDS);
    slot_enable_queue(rig->slot, 1, ALL_KINDS, 8);
    slot_offer(rig->slot, 1, writable(DATA, 4));
    assert_int_equal(rig->probe.notified[1], 0);
    assert_false(slot_used(rig->slot, 1, &written));
    set(rig->slot, STATUS, DRIVER_OK);
    assert_true(slot_used(rig->slot, 1, &written));
    assert_int_equal(rig->probe.notified[0], 0);
}

static void registers_of_a_running_queue_cannot_be_written(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    rig->probe.answers = true;
    slot_start(rig->slot, ALL_KINDS, 1, 8);
    set(rig->slot, QUEUE_SIZE_NOW, 0xffff);
    slot_set_address(rig->slot, QUEUE_DESC, UINT64_MAX);
    slot_set_address(rig->slot, QUEUE_DRIVER, UINT64_MAX);
    slot_set_address(rig->slot, QUEUE_DEVICE, UINT64_MAX);
    set(rig->slot, QUEUE_READY, 1);
    slot_offer(rig->slot, 0, writable(DATA, 4));
    assert_true(slot_used(rig->slot, 0, &written));
    set(rig->slot, QUEUE_READY, 0);
    set(rig->slot, QUEUE_READY, 1); /* with what was refused above */
    assert_int_equal(get(rig->slot, STATUS) & NEEDS_RESET, 0);
}

static void a_bad_queue_is_not_started(void **state)
{
    struct rig *rig = *state;
    slot_negotiate(rig->slot, ALL_KINDS);
    set(rig->slot, QUEUE_SEL, 0);
    set(rig->slot, QUEUE_SIZE_NOW, PROBE_QUEUE_SIZE * 2);
    slot_set_address(rig->slot, QUEUE_DESC, DATA);
    slot_set_address(rig->slot, QUEUE_DRIVER, DATA + 0x1000);
    slot_set_address(rig->slot, QUEUE_DEVICE, DATA + 0x2000);
    set(rig->slot, QUEUE_READY, 1);
    assert_int_equal(get(rig->slot, QUEUE_READY), 0);
    assert_true(get(rig->slot, STATUS) & NEEDS_RESET);
    assert_int_equal(rig->slot->lines_said, 1);
    assert_non_null(strstr(rig->slot->said, "queue 0"));
}

/* What the device holds when the queue ends is dead: it is not given back, and another buffer with the same number is
 * not taken for it. */
static void expect_dead(struct rig *rig)
{
    struct virtio_token token = rig->probe.held[0];
    uint32_t written;
    assert_false(virtio_alive(rig->probe.v, &token));
    slot_start(rig->slot, ALL_KINDS, 1, 8);
    slot_offer(rig->slot, 0, writable(DATA, 4));
    assert_false(virtio_alive(rig->probe.v, &token));
    virtio_push(rig->probe.v, &token, 4);
    virtio_signal(rig->probe.v, 0);
    assert_false(slot_used(rig->slot, 0, &written));
    assert_false(irq(rig->slot));
    virtio_push(rig->probe.v, &rig->probe.held[1], 4);
    assert_true(slot_used(rig->slot, 0, &written));
}

static void hold_one(struct rig *rig, uint64_t features)
{
    slot_start(rig->slot, features, 1, 8);
    slot_offer(rig->slot, 0, writable(DATA, 4));
    assert_int_equal(rig->probe.held_count, 1);
    assert_true(virtio_alive(rig->probe.v, &rig->probe.held[0]));
}

static void a_reset_drops_what_is_in_flight(void **state)
{
    struct rig *rig = *state;
    hold_one(rig, ALL_KINDS);
    unsigned resets = rig->probe.resets;
    set(rig->slot, STATUS, 0);
    assert_int_equal(rig->probe.resets, resets + 1);
    assert_int_equal(rig->probe.stopped[0], 1);
    assert_int_equal(get(rig->slot, STATUS), 0);
    assert_int_equal(get(rig->slot, QUEUE_READY), 0);
    expect_dead(rig);
}

static void a_reset_of_the_machine_drops_what_is_in_flight(void **state)
{
    struct rig *rig = *state;
    hold_one(rig, ALL_KINDS);
    rig->slot->dev->reset(rig->slot->dev->state);
    expect_dead(rig);
}

static void stopping_a_queue_drops_what_is_in_flight(void **state)
{
    struct rig *rig = *state;
    hold_one(rig, ALL_KINDS);
    set(rig->slot, QUEUE_READY, 0);
    assert_int_equal(get(rig->slot, QUEUE_READY), 0);
    expect_dead(rig);
}

static void a_queue_can_be_reset_by_itself(void **state)
{
    struct rig *rig = *state;
    hold_one(rig, ALL_KINDS | BIT(VIRTIO_F_RING_RESET));
    set(rig->slot, QUEUE_SEL, 0);
    set(rig->slot, QUEUE_RESET, 1);
    assert_int_equal(get(rig->slot, QUEUE_RESET), 0);
    assert_int_equal(get(rig->slot, QUEUE_READY), 0);
    assert_false(virtio_alive(rig->probe.v, &rig->probe.held[0]));
    slot_enable_queue(rig->slot, 0, ALL_KINDS, 4);
    rig->probe.answers = true;
    uint32_t written;
    slot_offer(rig->slot, 0, writable(DATA, 4));
    assert_true(slot_used(rig->slot, 0, &written));
}

static void queue_reset_needs_its_feature(void **state)
{
    struct rig *rig = *state;
    hold_one(rig, ALL_KINDS);
    set(rig->slot, QUEUE_SEL, 0);
    set(rig->slot, QUEUE_RESET, 1);
    assert_int_equal(get(rig->slot, QUEUE_READY), 1);
    assert_true(virtio_alive(rig->probe.v, &rig->probe.held[0]));
}

static void a_fault_of_the_guest_asks_for_a_reset(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    slot_start(rig->slot, ALL_KINDS, 2, 8);
    slot_offer(rig->slot, 1, writable(DATA, 4));
    slot_offer(rig->slot, 0, writable(RAM_END, 4));
    assert_true(get(rig->slot, STATUS) & NEEDS_RESET);
    assert_int_equal(get(rig->slot, INTERRUPT_STATUS), 2);
    assert_true(irq(rig->slot));
    assert_string_equal(rig->slot->said,
                        "probe: queue 0: a descriptor's buffer is not in RAM; the device needs a reset");
    set(rig->slot, INTERRUPT_ACK, 2);
    assert_false(irq(rig->slot));
    virtio_push(rig->probe.v, &rig->probe.held[0], 4);
    virtio_signal(rig->probe.v, 1);
    assert_false(slot_used(rig->slot, 1, &written));
    set(rig->slot, QUEUE_NOTIFY, 1);
    assert_int_equal(rig->slot->lines_said, 1);
    run_requests(rig, ALL_KINDS);
}

static void messages_are_few_however_often_the_guest_is_wrong(void **state)
{
    struct rig *rig = *state;
    for (unsigned i = 0; i < 100; i++) {
        slot_start(rig->slot, ALL_KINDS, 1, 8);
        slot_offer(rig->slot, 0, writable(RAM_END, 4));
        assert_true(get(rig->slot, STATUS) & NEEDS_RESET);
    }
    assert_in_range(rig->slot->lines_said, 1, 10);
}

static void status_bits_are_added_until_a_reset(void **state)
{
    struct rig *rig = *state;
    set(rig->slot, STATUS, ACKNOWLEDGE);
    set(rig->slot, STATUS, DRIVER);
    assert_int_equal(get(rig->slot, STATUS), ACKNOWLEDGE | DRIVER);
    set(rig->slot, STATUS, NEEDS_RESET);
    assert_int_equal(get(rig->slot, STATUS), ACKNOWLEDGE | DRIVER);
    set(rig->slot, STATUS, 0);
    assert_int_equal(get(rig->slot, STATUS), 0);
}

static void the_configuration_is_read_in_any_width(void **state)
{
    struct rig *rig = *state;
    const struct device *dev = rig->slot->dev;
    assert_int_equal(reg_get(dev, CONFIG, 8), UINT64_C(0xa7a6a5a4a3a2a1a0));
    assert_int_equal(reg_get(dev, CONFIG + 4, 4), 0xa7a6a5a4);
    assert_int_equal(reg_get(dev, CONFIG + 10, 2), 0xabaa);
    assert_int_equal(reg_get(dev, CONFIG + 19, 1), 0xb3);
    assert_int_equal(reg_get(dev, CONFIG + 20, 4), 0);
    assert_int_equal(reg_get(dev, CONFIG + 0xfc, 4), 0);
}

static void the_device_hears_of_words_that_change(void **state)
{
    struct rig *rig = *state;
    reg_set(rig->slot->dev, CONFIG + 4, 4, 0xa7a6a5a4);
    reg_set(rig->slot->dev, CONFIG + 20, 4, 1);
    reg_set(rig->slot->dev, CONFIG + 0xfc, 4, 1);
    assert_int_equal(rig->probe.config_writes, 0);
    reg_set(rig->slot->dev, CONFIG + 13, 1, 0x11);
    assert_int_equal(rig->probe.config_writes, 1);
    assert_int_equal(rig->probe.written_offset, 12);
    assert_int_equal(rig->probe.written_value, 0xafae11ac);
}

static void a_changed_configuration_has_another_generation(void **state)
{
    struct rig *rig = *state;
    uint32_t before = get(rig->slot, CONFIG_GENERATION);
    virtio_config_changed(rig->probe.v);
    assert_int_not_equal(get(rig->slot, CONFIG_GENERATION), before);
    assert_false(irq(rig->slot));
    slot_start(rig->slot, ALL_KINDS, 1, 8);
    virtio_config_changed(rig->probe.v);
    assert_int_equal(get(rig->slot, INTERRUPT_STATUS), 2);
    assert_true(irq(rig->slot));
    set(rig->slot, STATUS, 0);
    assert_false(irq(rig->slot));
}

static void a_driver_for_version_1_is_told_so_once(void **state)
{
    struct rig *rig = *state;
    set(rig->slot, QUEUE_PFN, 0x80010);
    set(rig->slot, QUEUE_PFN, 0x80010);
    assert_int_equal(rig->slot->lines_said, 1);
    assert_non_null(strstr(rig->slot->said, "virtio-legacy=on"));
    assert_int_equal(get(rig->slot, QUEUE_PFN), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_slot_says_what_it_is),
        cmocka_unit_test(an_empty_slot_answers_with_device_id_0),
        TEST(what_is_no_register_faults),
        TEST(the_features_are_the_devices_and_the_transports),
        cmocka_unit_test(features_can_be_withheld),
        TEST(features_not_offered_are_refused),
        TEST(features_are_settled_once_they_are_accepted),
        TEST(queues_that_are_not_there_have_size_0_and_swallow_writes),
        TEST(requests_are_answered_with_an_interrupt),
        TEST(buffers_wait_until_the_driver_is_ready),
        TEST(registers_of_a_running_queue_cannot_be_written),
        TEST(a_bad_queue_is_not_started),
        TEST(a_reset_drops_what_is_in_flight),
        TEST(a_reset_of_the_machine_drops_what_is_in_flight),
        TEST(stopping_a_queue_drops_what_is_in_flight),
        TEST(a_queue_can_be_reset_by_itself),
        TEST(queue_reset_needs_its_feature),
        TEST(a_fault_of_the_guest_asks_for_a_reset),
        TEST(messages_are_few_however_often_the_guest_is_wrong),
        TEST(status_bits_are_added_until_a_reset),
        TEST(the_configuration_is_read_in_any_width),
        TEST(the_device_hears_of_words_that_change),
        TEST(a_changed_configuration_has_another_generation),
        TEST(a_driver_for_version_1_is_told_so_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
