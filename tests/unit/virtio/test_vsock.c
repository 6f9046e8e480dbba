/* SPDX-License-Identifier: MIT */
/* The socket device, with a backend that takes what it is told to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/little_endian.h"
#include "slot_fixture.h"
#include "virtio/vsock.h"

#define FEATURES (BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_EVENT_IDX))
#define CID UINT64_C(0x12345)
enum { RECEIVE, TRANSMIT, EVENT };

struct rig {
    struct slot *slot;
    struct virtio_vsock *vsock;
    struct vsock_sink sink;
    bool refuses;
    unsigned sent, rooms;
    size_t length;
    struct vsock_header header;
    bool listening;
};

static bool on_send(void *owner, const uint8_t *packet, size_t length)
{
    struct rig *rig = owner;
    if (rig->refuses)
        return false;
    rig->sent++;
    rig->length = length;
    rig->header = vsock_header_get(packet);
    return true;
}

static void on_room(void *owner)
{
    ((struct rig *)owner)->rooms++;
}

static void on_listening(void *owner, bool listening)
{
    ((struct rig *)owner)->listening = listening;
}

static int set_up(void **state)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    struct vsock_backend backend = {rig, on_send, on_room, on_listening};
    rig->vsock = virtio_vsock_create(&backend, CID);
    rig->sink = virtio_vsock_sink(rig->vsock);
    rig->slot = slot_create(virtio_vsock_device(rig->vsock), false, 0);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    slot_destroy(rig->slot);
    virtio_vsock_destroy(rig->vsock);
    test_free(rig);
    return 0;
}

static void start(struct rig *rig)
{
    slot_start(rig->slot, FEATURES, 3, 8);
}

static size_t room(const struct rig *rig)
{
    return rig->sink.room(rig->sink.owner);
}

static void offer_packet(struct rig *rig, uint32_t said, uint32_t there)
{
    uint8_t bytes[VSOCK_HEADER_BYTES];
    struct vsock_header header = {.source_cid = CID, .target_cid = 2, .length = said, .op = VSOCK_OP_RW};
    vsock_header_put(bytes, &header);
    guest_mem_write(&rig->slot->mem, DATA, bytes, sizeof bytes);
    slot_offer(rig->slot, TRANSMIT, (struct model_buffer){DATA, there, false});
}

static void the_configuration_names_the_guest(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(get(rig->slot, DEVICE_ID), 19);
    assert_int_equal(get(rig->slot, CONFIG), CID);
    assert_int_equal(get(rig->slot, CONFIG + 4), 0);
}

static void a_packet_goes_out_with_the_data_that_its_header_tells_of(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    start(rig);
    offer_packet(rig, 100, VSOCK_HEADER_BYTES + 200);
    assert_int_equal(rig->length, VSOCK_HEADER_BYTES + 100);
    assert_int_equal(rig->header.source_cid, CID);
    assert_true(slot_used(rig->slot, TRANSMIT, &written));
    offer_packet(rig, 100, VSOCK_HEADER_BYTES + 20);
    assert_int_equal(rig->length, VSOCK_HEADER_BYTES + 20);
    assert_int_equal(rig->header.length, 100);
}

static void less_than_a_header_is_no_packet(void **state)
{
    struct rig *rig = *state;
    start(rig);
    offer_packet(rig, 0, VSOCK_HEADER_BYTES - 1);
    assert_true(get(rig->slot, STATUS) & NEEDS_RESET);
    assert_int_equal(rig->sent, 0);
    assert_string_equal(rig->slot->said, "virtio-vsock: a packet is shorter than its header; the device needs a reset");
}

static void what_the_backend_refuses_waits_and_is_offered_again(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    start(rig);
    rig->refuses = true;
    offer_packet(rig, 0, VSOCK_HEADER_BYTES);
    offer_packet(rig, 0, VSOCK_HEADER_BYTES);
    virtio_vsock_poll(rig->vsock);
    assert_false(slot_used(rig->slot, TRANSMIT, &written));
    rig->refuses = false;
    virtio_vsock_poll(rig->vsock);
    assert_int_equal(rig->sent, 2);
    assert_true(slot_used(rig->slot, TRANSMIT, &written) && slot_used(rig->slot, TRANSMIT, &written));
    virtio_vsock_poll(rig->vsock);
    assert_int_equal(rig->sent, 2);
}

static void room_is_that_of_the_next_buffer(void **state)
{
    struct rig *rig = *state;
    uint8_t packet[VSOCK_HEADER_BYTES + 10];
    uint32_t written;
    memset(packet, 7, sizeof packet);
    start(rig);
    assert_int_equal(room(rig), 0);
    unsigned rooms = rig->rooms;
    slot_offer(rig->slot, RECEIVE, (struct model_buffer){DATA, 60, true});
    assert_int_equal(rig->rooms, rooms + 1);
    slot_offer(rig->slot, RECEIVE, (struct model_buffer){DATA + 0x1000, 100, true});
    assert_int_equal(room(rig), 60);
    assert_int_equal(room(rig), 60);
    rig->sink.receive(rig->sink.owner, packet, sizeof packet);
    assert_true(slot_used(rig->slot, RECEIVE, &written));
    assert_int_equal(written, sizeof packet);
    assert_memory_equal(guest_mem_source(&rig->slot->mem, DATA, sizeof packet), packet, sizeof packet);
    assert_int_equal(room(rig), 100);
    rig->sink.receive(rig->sink.owner, packet, sizeof packet);
    assert_int_equal(room(rig), 0);
    rig->sink.receive(rig->sink.owner, packet, sizeof packet);
    assert_true(slot_used(rig->slot, RECEIVE, &written));
    assert_false(slot_used(rig->slot, RECEIVE, &written));
}

static bool add_and_ask(struct rig *rig)
{
    struct model_buffer buffer = {DATA, 60, true};
    assert_true(driver_add(&rig->slot->drivers[RECEIVE], &buffer, 1, 0) >= 0);
    return driver_must_kick(&rig->slot->drivers[RECEIVE]);
}

static void new_buffers_are_told_of_only_where_there_was_none(void **state)
{
    struct rig *rig = *state;
    uint8_t packet[VSOCK_HEADER_BYTES] = {0};
    start(rig);
    assert_true(add_and_ask(rig));
    set(rig->slot, QUEUE_NOTIFY, RECEIVE);
    assert_false(add_and_ask(rig));
    rig->sink.receive(rig->sink.owner, packet, sizeof packet);
    assert_false(add_and_ask(rig));
    for (unsigned i = 0; i < 2; i++)
        rig->sink.receive(rig->sink.owner, packet, sizeof packet);
    assert_true(add_and_ask(rig));
}

static void the_driver_hears_of_lost_connections_once_it_can(void **state)
{
    struct rig *rig = *state;
    uint32_t written, id = 7;
    rig->sink.lose_connections(rig->sink.owner);
    start(rig);
    slot_offer(rig->slot, EVENT, (struct model_buffer){DATA, 4, true});
    assert_false(slot_used(rig->slot, EVENT, &written)); /* there was no driver to have any */
    rig->sink.lose_connections(rig->sink.owner);
    assert_true(slot_used(rig->slot, EVENT, &written));
    assert_int_equal(written, 4);
    guest_mem_read_u32(&rig->slot->mem, DATA, &id);
    assert_int_equal(id, 0);
    rig->sink.lose_connections(rig->sink.owner);
    assert_false(slot_used(rig->slot, EVENT, &written));
    slot_offer(rig->slot, EVENT, (struct model_buffer){DATA, 4, true});
    assert_true(slot_used(rig->slot, EVENT, &written));
}

static void the_backend_hears_of_drivers_that_come_and_go(void **state)
{
    struct rig *rig = *state;
    assert_false(rig->listening);
    start(rig);
    assert_true(rig->listening);
    set(rig->slot, STATUS, 0);
    assert_false(rig->listening);
    assert_int_equal(room(rig), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_configuration_names_the_guest),
        TEST(a_packet_goes_out_with_the_data_that_its_header_tells_of),
        TEST(less_than_a_header_is_no_packet),
        TEST(what_the_backend_refuses_waits_and_is_offered_again),
        TEST(room_is_that_of_the_next_buffer),
        TEST(new_buffers_are_told_of_only_where_there_was_none),
        TEST(the_driver_hears_of_lost_connections_once_it_can),
        TEST(the_backend_hears_of_drivers_that_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
