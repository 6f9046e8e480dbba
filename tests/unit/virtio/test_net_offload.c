/* SPDX-License-Identifier: MIT */
/* The network card: its cable, and the work that it leaves to the guest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus/net_offload.h"
#include "net_fixture.h"

static void a_card_without_its_cable_says_so_and_hears_nothing(void **state)
{
    struct rig *rig = *state;
    uint8_t frame[60];
    make_frame(frame, sizeof frame);
    slot_start(rig->slot, PLAIN, 2, 8);
    offer_room(rig, 0, 2048);
    set(rig->slot, QUEUE_NOTIFY, RECEIVE);
    uint32_t generation = reg_get(rig->slot->dev, 0xfc, 4);
    virtio_net_set_link(rig->net, false);
    assert_int_equal(reg_get(rig->slot->dev, CONFIG + 6, 2), 0);
    assert_int_equal(reg_get(rig->slot->dev, 0x60, 4) & 2, 2);
    assert_int_not_equal(reg_get(rig->slot->dev, 0xfc, 4), generation);
    assert_true(receive(rig, frame, sizeof frame));
    uint32_t written;
    assert_false(slot_used(rig->slot, RECEIVE, &written));
    virtio_net_set_link(rig->net, true);
    assert_int_equal(reg_get(rig->slot->dev, CONFIG + 6, 2), 1);
    assert_true(receive(rig, frame, sizeof frame));
    assert_true(slot_used(rig->slot, RECEIVE, &written));
}

static void frames_wait_in_the_queue_while_the_cable_takes_none(void **state)
{
    struct rig *rig = *state;
    uint8_t header[12] = {0}, frame[60];
    uint32_t written;
    make_frame(frame, sizeof frame);
    slot_start(rig->slot, PLAIN, 2, 8);
    rig->full = true;
    transmit(rig, header, frame, sizeof frame);
    assert_true(slot_used(rig->slot, TRANSMIT, &written));
    assert_true(virtio_net_is_stalled(rig->net));
    transmit(rig, header, frame, sizeof frame);
    transmit(rig, header, frame, sizeof frame);
    assert_int_equal(rig->sent_count, 1);
    assert_false(slot_used(rig->slot, TRANSMIT, &written));
    virtio_net_go_on(rig->net);
    assert_int_equal(rig->sent_count, 2);
    rig->full = false;
    virtio_net_go_on(rig->net);
    assert_int_equal(rig->sent_count, 3);
    assert_false(virtio_net_is_stalled(rig->net));
    rig->full = true;
    transmit(rig, header, frame, sizeof frame);
    set(rig->slot, STATUS, 0);
    assert_false(virtio_net_is_stalled(rig->net));
}

/* A frame of which its sum is left to the guest. */
static bool receive_unsummed(struct rig *rig, const uint8_t *frame, size_t length, uint8_t gso)
{
    struct net_offload offload = {
        .flags = NET_NEEDS_CSUM, .gso = gso, .header_bytes = 54, .gso_size = 1448, .csum_start = 34, .csum_offset = 16};
    return rig->sink.receive_offloaded(rig->sink.owner, &offload, frame, length);
}

/* VirtIO 1.3 5.1.6.4.1, "MUST use all buffers but the last completely", wherever the headers end. */
static void all_buffers_of_a_segment_but_the_last_are_full(void **state)
{
    struct rig *rig = *state;
    uint8_t frame[54 + 300];
    uint32_t written;
    make_frame(frame, sizeof frame);
    slot_start(rig->slot, PLAIN | BIT(1) | BIT(7) | BIT(MRG_RXBUF), 2, 8);
    for (unsigned i = 0; i < 3; i++)
        offer_room(rig, 0x1000 * i, 192);
    assert_true(receive_unsummed(rig, frame, sizeof frame, NET_GSO_TCPV4));
    static const uint32_t expected[] = {192, 12 + 54 + 300 - 192};
    for (unsigned i = 0; i < 2; i++) {
        assert_true(slot_used(rig->slot, RECEIVE, &written));
        assert_int_equal(written, expected[i]);
    }
    assert_false(slot_used(rig->slot, RECEIVE, &written));
    expect_bytes(rig, DATA + 12, frame, 180);
    expect_bytes(rig, DATA + 0x1000, frame + 180, sizeof frame - 180);
}

static void what_is_left_to_the_guest_is_what_it_has_agreed_to(void **state)
{
    struct rig *rig = *state;
    uint8_t frame[100];
    uint32_t written;
    make_frame(frame, sizeof frame);
    slot_start(rig->slot, PLAIN | BIT(1) | BIT(7), 2, 8);
    assert_int_equal(rig->sink.offloads(rig->sink.owner), NET_GUEST_CSUM | NET_GUEST_TSO4);
    offer_room(rig, 0, 2048);
    set(rig->slot, QUEUE_NOTIFY, RECEIVE);
    assert_true(receive_unsummed(rig, frame, sizeof frame, NET_GSO_TCPV6)); /* lost */
    assert_false(slot_used(rig->slot, RECEIVE, &written));
    assert_true(receive_unsummed(rig, frame, sizeof frame, NET_GSO_TCPV4));
    assert_true(slot_used(rig->slot, RECEIVE, &written));
    expect_bytes(rig, DATA, "\1\1\x36\0\xa8\5\x22\0\x10\0\1\0", 12);
    expect_bytes(rig, DATA + 12, frame, sizeof frame);
}

static void a_sum_is_completed_for_a_guest_that_sums_up_none(void **state)
{
    struct rig *rig = *state;
    uint8_t frame[100];
    uint32_t written;
    make_frame(frame, sizeof frame);
    slot_start(rig->slot, PLAIN, 2, 8);
    offer_room(rig, 0, 2048);
    set(rig->slot, QUEUE_NOTIFY, RECEIVE);
    assert_true(receive_unsummed(rig, frame, sizeof frame, NET_GSO_NONE));
    assert_true(slot_used(rig->slot, RECEIVE, &written));
    struct net_offload offload = {.flags = NET_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16};
    net_offload_complete(&offload, frame, sizeof frame);
    expect_bytes(rig, DATA, "\0\0\0\0", 4);
    expect_bytes(rig, DATA + 12, frame, sizeof frame);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_card_without_its_cable_says_so_and_hears_nothing),
        TEST(frames_wait_in_the_queue_while_the_cable_takes_none),
        TEST(all_buffers_of_a_segment_but_the_last_are_full),
        TEST(what_is_left_to_the_guest_is_what_it_has_agreed_to),
        TEST(a_sum_is_completed_for_a_guest_that_sums_up_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
