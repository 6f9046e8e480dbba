/* SPDX-License-Identifier: MIT */
/* The VirtIO console as a driver without F_MULTIPORT sees it: one port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "console_fixture.h"

#define FEATURES (BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_INDIRECT_DESC) | BIT(0) | BIT(2))
enum { RECEIVE, TRANSMIT };

static int set_up(void **state)
{
    struct virtio_console_port port = {0};
    *state = rig_create(&port, 1);
    return 0;
}

/* How much of the text the guest takes. */
static size_t type(struct rig *rig, const char *text)
{
    fake_port_type(&rig->ports[0], text);
    virtio_console_poll(rig->console);
    return strlen(text) - rig->ports[0].input_count;
}

static void output_leaves_at_once(void **state)
{
    struct rig *rig = *state;
    uint32_t written = 1;
    slot_start(rig->slot, FEATURES, 2, 8);
    guest_mem_write(&rig->slot->mem, DATA, "hello", 5);
    slot_offer(rig->slot, TRANSMIT, (struct model_buffer){DATA, 5, false});
    slot_offer(rig->slot, TRANSMIT, (struct model_buffer){DATA, 2, false});
    assert_memory_equal(rig->ports[0].output, "hellohe", 7);
    assert_int_equal(rig->ports[0].output_count, 7);
    assert_true(slot_used(rig->slot, TRANSMIT, &written));
    assert_int_equal(written, 0);
}

static void output_without_end_is_refused(void **state)
{
    struct rig *rig = *state;
    slot_start(rig->slot, FEATURES, 2, 8);
    struct model_buffer inner[3] = {{DATA, 0x60000, false}, {DATA, 0x60000, false}, {DATA, 0x60000, false}};
    struct model_buffer table = driver_table(&rig->slot->drivers[TRANSMIT], TABLE, inner, 3);
    driver_add(&rig->slot->drivers[TRANSMIT], &table, 1, MODEL_INDIRECT);
    set(rig->slot, QUEUE_NOTIFY, TRANSMIT);
    assert_int_equal(rig->ports[0].output_count, 0);
    assert_true(get(rig->slot, STATUS) & NEEDS_RESET);
}

static void output_without_room_stays_in_the_queue(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    slot_start(rig->slot, FEATURES, 2, 8);
    guest_mem_write(&rig->slot->mem, DATA, "hello world", 11);
    rig->ports[0].room = 3;
    slot_offer(rig->slot, TRANSMIT, (struct model_buffer){DATA, 5, false});
    slot_offer(rig->slot, TRANSMIT, (struct model_buffer){DATA + 5, 6, false});
    assert_false(slot_used(rig->slot, TRANSMIT, &written));
    for (unsigned i = 0; i < 4; i++) {
        rig->ports[0].room = 2;
        virtio_console_poll(rig->console);
    }
    assert_int_equal(rig->ports[0].output_count, 11);
    assert_memory_equal(rig->ports[0].output, "hello world", 11);
    assert_true(slot_used(rig->slot, TRANSMIT, &written));
    assert_true(slot_used(rig->slot, TRANSMIT, &written));
    assert_false(slot_used(rig->slot, TRANSMIT, &written));
}

/* In a ring of three, so that a chain of two also straddles its end. */
static void packed_output_without_room_stays_in_the_queue(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    slot_start(rig->slot, FEATURES | BIT(VIRTIO_F_RING_PACKED), 2, 3);
    guest_mem_write(&rig->slot->mem, DATA, "abcdef", 6);
    for (unsigned i = 0; i < 10; i++) {
        struct model_buffer two[2] = {{DATA, 3, false}, {DATA + 3, 3, false}};
        rig->ports[0].output_count = 0;
        rig->ports[0].room = 4;
        driver_add(&rig->slot->drivers[TRANSMIT], two, 2, 0);
        set(rig->slot, QUEUE_NOTIFY, TRANSMIT);
        assert_false(slot_used(rig->slot, TRANSMIT, &written));
        virtio_console_poll(rig->console);
        rig->ports[0].room = 4;
        virtio_console_poll(rig->console);
        assert_true(slot_used(rig->slot, TRANSMIT, &written));
        assert_int_equal(rig->ports[0].output_count, 6);
        assert_memory_equal(rig->ports[0].output, "abcdef", 6);
    }
    assert_int_equal(get(rig->slot, STATUS) & NEEDS_RESET, 0);
}

static void what_was_sent_before_a_reset_does_not_count_after_it(void **state)
{
    struct rig *rig = *state;
    slot_start(rig->slot, FEATURES, 2, 8);
    guest_mem_write(&rig->slot->mem, DATA, "hello", 5);
    rig->ports[0].room = 3;
    slot_offer(rig->slot, TRANSMIT, (struct model_buffer){DATA, 5, false});
    slot_start(rig->slot, FEATURES, 2, 8);
    rig->ports[0].room = 100;
    virtio_console_poll(rig->console);
    assert_int_equal(rig->ports[0].output_count, 3);
    slot_offer(rig->slot, TRANSMIT, (struct model_buffer){DATA, 5, false});
    assert_int_equal(rig->ports[0].output_count, 8);
}

static void input_waits_for_buffers(void **state)
{
    struct rig *rig = *state;
    uint32_t written = 0;
    char text[8] = {0};
    assert_int_equal(type(rig, "early"), 0);
    slot_start(rig->slot, FEATURES, 2, 8);
    assert_int_equal(type(rig, "early"), 0);
    slot_offer(rig->slot, RECEIVE, (struct model_buffer){DATA, 4, true});
    slot_offer(rig->slot, RECEIVE, (struct model_buffer){DATA + 64, 4, true});
    assert_false(irq(rig->slot));
    assert_int_equal(type(rig, "abcdefghij"), 8);
    assert_true(irq(rig->slot));
    assert_true(slot_used(rig->slot, RECEIVE, &written));
    assert_int_equal(written, 4);
    guest_mem_read(&rig->slot->mem, DATA + 64, text, 4);
    assert_string_equal(text, "efgh");
    assert_int_equal(type(rig, "ij"), 0);
}

static void a_short_input_fills_part_of_a_buffer(void **state)
{
    struct rig *rig = *state;
    uint32_t written = 0;
    slot_start(rig->slot, FEATURES, 2, 8);
    slot_offer(rig->slot, RECEIVE, (struct model_buffer){DATA, 100, true});
    slot_offer(rig->slot, RECEIVE, (struct model_buffer){DATA + 100, 100, true});
    assert_int_equal(type(rig, "x"), 1);
    assert_true(slot_used(rig->slot, RECEIVE, &written));
    assert_int_equal(written, 1);
    assert_false(slot_used(rig->slot, RECEIVE, &written));
    assert_int_equal(type(rig, "yz"), 2);
    assert_true(slot_used(rig->slot, RECEIVE, &written));
    assert_int_equal(written, 2);
}

static void input_stops_at_a_reset(void **state)
{
    struct rig *rig = *state;
    slot_start(rig->slot, FEATURES, 2, 8);
    slot_offer(rig->slot, RECEIVE, (struct model_buffer){DATA, 100, true});
    set(rig->slot, STATUS, 0);
    assert_int_equal(type(rig, "x"), 0);
}

static void an_emergency_write_needs_no_driver(void **state)
{
    struct rig *rig = *state;
    reg_set(rig->slot->dev, CONFIG + 8, 4, 'E');
    reg_set(rig->slot->dev, CONFIG + 8, 1, '!');
    assert_int_equal(rig->ports[0].output_count, 2);
    assert_memory_equal(rig->ports[0].output, "E!", 2);
    assert_int_equal(get(rig->slot, CONFIG + 8), 0);
}

static void the_terminals_size_reaches_the_driver(void **state)
{
    struct rig *rig = *state;
    slot_start(rig->slot, FEATURES, 2, 8);
    assert_int_equal(get(rig->slot, CONFIG), 0);
    virtio_console_resize(rig->console, 0, 132, 43);
    assert_int_equal(get(rig->slot, INTERRUPT_STATUS), 2);
    assert_int_equal(reg_get(rig->slot->dev, CONFIG, 2), 132);
    assert_int_equal(reg_get(rig->slot->dev, CONFIG + 2, 2), 43);
    set(rig->slot, INTERRUPT_ACK, 2);
    virtio_console_resize(rig->console, 0, 132, 43);
    assert_int_equal(get(rig->slot, INTERRUPT_STATUS), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(output_leaves_at_once),
        TEST(output_without_end_is_refused),
        TEST(output_without_room_stays_in_the_queue),
        TEST(packed_output_without_room_stays_in_the_queue),
        TEST(what_was_sent_before_a_reset_does_not_count_after_it),
        TEST(input_waits_for_buffers),
        TEST(a_short_input_fills_part_of_a_buffer),
        TEST(input_stops_at_a_reset),
        TEST(an_emergency_write_needs_no_driver),
        TEST(the_terminals_size_reaches_the_driver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
