/* SPDX-License-Identifier: MIT */
/* The VirtIO console with several ports: control messages, opening and closing, sizes (VirtIO 1.3 5.3.6.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "console_fixture.h"

#define FEATURES (BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_INDIRECT_DESC) | BIT(0) | BIT(1) | BIT(2))
enum { RECEIVE_0, TRANSMIT_0, CONTROL_IN, CONTROL_OUT, RECEIVE_1, TRANSMIT_1, RECEIVE_2, TRANSMIT_2, QUEUES };
enum { DEVICE_READY, PORT_ADD, PORT_REMOVE, PORT_READY, CONSOLE_PORT, RESIZE, PORT_OPEN, PORT_NAME };
#define INBOX DATA
#define INBOX_BYTES 128
#define OUTBOX (DATA + 0x8000)
#define BUFFERS (DATA + 0x9000)

struct message {
    uint32_t id;
    unsigned event, value;
    unsigned length; /* of what follows the header */
    char rest[INBOX_BYTES];
};

/* A console, a port with a name, and another console. */
static int set_up(void **state)
{
    struct virtio_console_port ports[PORTS] = {{.name = ""}, {.name = "org.example.0"}, {.name = ""}};
    *state = rig_create(ports, PORTS);
    return 0;
}

/* Buffers for messages, each at a place that follows from its id. */
static void offer_inbox(struct rig *rig, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct driver *driver = &rig->slot->drivers[CONTROL_IN];
        uint64_t place = INBOX + INBOX_BYTES * (uint64_t)driver->free_ids[driver->free_count - 1];
        slot_offer(rig->slot, CONTROL_IN, (struct model_buffer){place, INBOX_BYTES, true});
    }
}

static void start(struct rig *rig)
{
    slot_start(rig->slot, FEATURES, QUEUES, 16);
    offer_inbox(rig, 16);
}

static void tell(struct rig *rig, uint32_t id, unsigned event, unsigned value)
{
    uint32_t written;
    guest_mem_write_u32(&rig->slot->mem, OUTBOX, id);
    guest_mem_write_u16(&rig->slot->mem, OUTBOX + 4, (uint16_t)event);
    guest_mem_write_u16(&rig->slot->mem, OUTBOX + 6, (uint16_t)value);
    slot_offer(rig->slot, CONTROL_OUT, (struct model_buffer){OUTBOX, 8, false});
    assert_true(slot_used(rig->slot, CONTROL_OUT, &written));
    assert_int_equal(written, 0);
}

static bool next_message(struct rig *rig, struct message *message)
{
    uint32_t id, written;
    uint16_t event, value;
    if (!driver_used(&rig->slot->drivers[CONTROL_IN], &id, &written))
        return false;
    assert_in_range(written, 8, INBOX_BYTES);
    uint64_t place = INBOX + INBOX_BYTES * (uint64_t)id;
    *message = (struct message){.length = written - 8};
    guest_mem_read_u32(&rig->slot->mem, place, &message->id);
    guest_mem_read_u16(&rig->slot->mem, place + 4, &event);
    guest_mem_read_u16(&rig->slot->mem, place + 6, &value);
    guest_mem_read(&rig->slot->mem, place + 8, message->rest, message->length);
    message->event = event;
    message->value = value;
    return true;
}

static void expect(struct rig *rig, uint32_t id, unsigned event, unsigned value)
{
    struct message message;
    assert_true(next_message(rig, &message));
    assert_int_equal(message.id, id);
    assert_int_equal(message.event, event);
    assert_int_equal(message.value, value);
}

static void expect_none(struct rig *rig)
{
    struct message message;
    virtio_console_poll(rig->console);
    assert_false(next_message(rig, &message));
}

/* Up to all ports known, with what is said on the way thrown away. */
static void start_all(struct rig *rig)
{
    struct message message;
    start(rig);
    tell(rig, 0, DEVICE_READY, 1);
    for (unsigned i = 0; i < PORTS; i++)
        tell(rig, i, PORT_READY, 1);
    unsigned count = 0;
    while (next_message(rig, &message))
        count++;
    offer_inbox(rig, count);
}

static void there_are_two_queues_for_each_port_and_two_for_control(void **state)
{
    struct rig *rig = *state;
    for (unsigned i = 0; i < 40; i++) {
        set(rig->slot, QUEUE_SEL, i);
        assert_int_equal(get(rig->slot, QUEUE_SIZE_MAX) != 0, i < QUEUES);
    }
    assert_int_equal(get(rig->slot, CONFIG + 4), PORTS);
}

static void ports_are_announced_once_the_driver_is_ready(void **state)
{
    struct rig *rig = *state;
    start(rig);
    expect_none(rig);
    tell(rig, 77, DEVICE_READY, 1);
    for (unsigned i = 0; i < PORTS; i++)
        expect(rig, i, PORT_ADD, 1);
    expect_none(rig);
}

static void a_driver_that_failed_hears_nothing(void **state)
{
    struct rig *rig = *state;
    start(rig);
    tell(rig, 0, DEVICE_READY, 0);
    tell(rig, 0, PORT_READY, 0);
    expect_none(rig);
}

static void a_ready_port_is_a_console_or_has_a_name(void **state)
{
    struct rig *rig = *state;
    struct message message;
    start(rig);
    tell(rig, 2, PORT_READY, 1);
    expect(rig, 2, CONSOLE_PORT, 1);
    tell(rig, 1, PORT_READY, 1);
    assert_true(next_message(rig, &message));
    assert_int_equal(message.event, PORT_NAME);
    assert_int_equal(message.length, strlen("org.example.0"));
    assert_memory_equal(message.rest, "org.example.0", message.length);
    expect_none(rig);
}

static void messages_about_ports_that_are_not_there_are_ignored(void **state)
{
    struct rig *rig = *state;
    static const uint32_t ids[] = {PORTS, 15, 16, 0x80000000, UINT32_MAX};
    start(rig);
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++)
        for (unsigned event = PORT_ADD; event < 12; event++)
            tell(rig, ids[i], event, 1);
    expect_none(rig);
    assert_int_equal(get(rig->slot, STATUS) & NEEDS_RESET, 0);
}

static void a_message_that_is_cut_off_is_ignored(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    start(rig);
    guest_mem_fill(&rig->slot->mem, OUTBOX, 0, 8);
    guest_mem_write_u16(&rig->slot->mem, OUTBOX + 6, 1); /* DEVICE_READY 1 */
    slot_offer(rig->slot, CONTROL_OUT, (struct model_buffer){OUTBOX, 7, false});
    assert_true(slot_used(rig->slot, CONTROL_OUT, &written));
    expect_none(rig);
}

static void messages_wait_for_buffers(void **state)
{
    struct rig *rig = *state;
    slot_start(rig->slot, FEATURES, QUEUES, 16);
    tell(rig, 0, DEVICE_READY, 1);
    offer_inbox(rig, 1);
    expect(rig, 0, PORT_ADD, 1);
    expect_none(rig);
    offer_inbox(rig, 3);
    expect(rig, 1, PORT_ADD, 1);
    expect(rig, 2, PORT_ADD, 1);
    expect_none(rig);
}

static void whoever_comes_and_goes_is_told_of(void **state)
{
    struct rig *rig = *state;
    start_all(rig);
    rig->ports[1].connected = true;
    virtio_console_poll(rig->console);
    expect(rig, 1, PORT_OPEN, 1);
    expect_none(rig);
    rig->ports[1].connected = false;
    virtio_console_poll(rig->console);
    expect(rig, 1, PORT_OPEN, 0);
    expect_none(rig);
}

static void whoever_was_there_before_is_told_of_when_the_port_is_ready(void **state)
{
    struct rig *rig = *state;
    rig->ports[1].connected = true;
    start(rig);
    expect_none(rig);
    tell(rig, 1, PORT_READY, 1);
    expect(rig, 1, PORT_NAME, 1);
    expect(rig, 1, PORT_OPEN, 1);
    expect_none(rig);
}

static void the_backend_learns_when_the_guest_opens_and_closes_a_port(void **state)
{
    struct rig *rig = *state;
    start_all(rig);
    tell(rig, 1, PORT_OPEN, 1);
    tell(rig, 1, PORT_OPEN, 1);
    assert_true(rig->ports[1].open && !rig->ports[0].open && !rig->ports[2].open);
    tell(rig, 1, PORT_OPEN, 0);
    assert_false(rig->ports[1].open);
    assert_int_equal(rig->ports[1].opens, 1);
    assert_int_equal(rig->ports[1].closes, 1);
}

static void a_reset_closes_the_ports(void **state)
{
    struct rig *rig = *state;
    start_all(rig);
    tell(rig, 2, PORT_OPEN, 1);
    set(rig->slot, STATUS, 0);
    assert_false(rig->ports[2].open);
    start(rig);
    rig->ports[2].connected = true;
    expect_none(rig); /* nothing of before is told, and nothing about ports that are not ready */
}

static void input_waits_until_the_port_is_open(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    char text[4] = {0};
    start_all(rig);
    slot_offer(rig->slot, RECEIVE_1, (struct model_buffer){BUFFERS, 64, true});
    fake_port_type(&rig->ports[1], "abc");
    virtio_console_poll(rig->console);
    assert_int_equal(rig->ports[1].input_count, 3);
    tell(rig, 1, PORT_OPEN, 1);
    virtio_console_poll(rig->console);
    assert_int_equal(rig->ports[1].input_count, 0);
    assert_true(slot_used(rig->slot, RECEIVE_1, &written));
    assert_int_equal(written, 3);
    guest_mem_read(&rig->slot->mem, BUFFERS, text, 3);
    assert_string_equal(text, "abc");
}

static void each_port_has_its_own_output(void **state)
{
    struct rig *rig = *state;
    static const unsigned queues[PORTS] = {TRANSMIT_0, TRANSMIT_1, TRANSMIT_2};
    start_all(rig);
    guest_mem_write(&rig->slot->mem, BUFFERS, "012", 3);
    rig->ports[1].room = 0;
    for (unsigned i = 0; i < PORTS; i++)
        slot_offer(rig->slot, queues[i], (struct model_buffer){BUFFERS + i, 1, false});
    assert_int_equal(rig->ports[1].output_count, 0);
    rig->ports[1].room = 1;
    virtio_console_poll(rig->console);
    for (unsigned i = 0; i < PORTS; i++) {
        assert_int_equal(rig->ports[i].output_count, 1);
        assert_int_equal(rig->ports[i].output[0], '0' + i);
    }
}

/* Rows first, as Linux reads them. */
static void a_new_size_is_told_to_its_port(void **state)
{
    struct rig *rig = *state;
    struct message message;
    start_all(rig);
    virtio_console_resize(rig->console, 2, 132, 43);
    virtio_console_poll(rig->console);
    assert_true(next_message(rig, &message));
    assert_int_equal(message.id, 2);
    assert_int_equal(message.event, RESIZE);
    assert_int_equal(message.length, 4);
    assert_memory_equal(message.rest, "\x2b\0\x84\0", 4);
    assert_int_equal(get(rig->slot, CONFIG), 0);
    tell(rig, 2, PORT_READY, 1); /* a driver that comes anew hears of it, too */
    expect(rig, 2, CONSOLE_PORT, 1);
    expect(rig, 2, RESIZE, 1);
    expect_none(rig);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* What the backend has taken does not come again; input goes to the buffers that waited. */
static void a_port_that_is_saved_in_mid_output_goes_on_behind_what_has_left(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    char text[8] = "";
    void *loaded;
    start(rig);
    tell(rig, 1, PORT_OPEN, 1);
    rig->ports[1].room = 3;
    guest_mem_write(&rig->slot->mem, BUFFERS, "hello world", 11);
    slot_offer(rig->slot, TRANSMIT_1, (struct model_buffer){BUFFERS, 5, false});
    slot_offer(rig->slot, TRANSMIT_1, (struct model_buffer){BUFFERS + 5, 6, false});
    slot_offer(rig->slot, RECEIVE_1, (struct model_buffer){BUFFERS + 64, 8, true});
    assert_string_equal(rig->ports[1].output, "hel");
    set_up(&loaded);
    struct rig *other = loaded;
    slot_move(rig->slot, other->slot);
    assert_true(other->ports[1].open);
    fake_port_type(&other->ports[1], "input");
    virtio_console_poll(other->console);
    assert_string_equal(other->ports[1].output, "lo world");
    assert_true(slot_used(other->slot, TRANSMIT_1, &written) && slot_used(other->slot, TRANSMIT_1, &written));
    assert_false(slot_used(other->slot, TRANSMIT_1, &written));
    assert_true(slot_used(other->slot, RECEIVE_1, &written));
    assert_int_equal(written, 5);
    guest_mem_read(&other->slot->mem, BUFFERS + 64, text, 5);
    assert_string_equal(text, "input");
    tear_down(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(there_are_two_queues_for_each_port_and_two_for_control),
        TEST(ports_are_announced_once_the_driver_is_ready),
        TEST(a_driver_that_failed_hears_nothing),
        TEST(a_ready_port_is_a_console_or_has_a_name),
        TEST(messages_about_ports_that_are_not_there_are_ignored),
        TEST(a_message_that_is_cut_off_is_ignored),
        TEST(messages_wait_for_buffers),
        TEST(whoever_comes_and_goes_is_told_of),
        TEST(whoever_was_there_before_is_told_of_when_the_port_is_ready),
        TEST(the_backend_learns_when_the_guest_opens_and_closes_a_port),
        TEST(a_reset_closes_the_ports),
        TEST(input_waits_until_the_port_is_open),
        TEST(each_port_has_its_own_output),
        TEST(a_new_size_is_told_to_its_port),
        TEST(a_port_that_is_saved_in_mid_output_goes_on_behind_what_has_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
