/* SPDX-License-Identifier: MIT */
/* The network card. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net_fixture.h"

static void the_configuration_names_address_link_and_mtu(void **state)
{
    struct rig *rig = *state;
    for (unsigned i = 0; i < sizeof own_address; i++)
        assert_int_equal(reg_get(rig->slot->dev, CONFIG + i, 1), own_address[i]);
    assert_int_equal(reg_get(rig->slot->dev, CONFIG + 6, 2), 1);
    assert_int_equal(reg_get(rig->slot->dev, CONFIG + 10, 2), NET_JUMBO_MTU);
}

static void a_frame_leaves_without_its_header(void **state)
{
    struct rig *rig = *state;
    uint8_t header[12] = {0}, frame[100];
    uint32_t written = 1;
    make_frame(frame, sizeof frame);
    slot_start(rig->slot, PLAIN, 2, 8);
    transmit(rig, header, frame, sizeof frame);
    assert_int_equal(rig->sent_bytes, sizeof frame);
    assert_memory_equal(rig->sent, frame, sizeof frame);
    assert_true(slot_used(rig->slot, TRANSMIT, &written));
    assert_int_equal(written, 0);
}

static void a_buffer_that_is_no_frame_is_given_back_unsent(void **state)
{
    struct rig *rig = *state;
    uint32_t written;
    slot_start(rig->slot, PLAIN, 2, 8);
    slot_offer(rig->slot, TRANSMIT, (struct model_buffer){DATA, 12 + NET_HEADER_BYTES - 1, false});
    struct model_buffer inner[] = {{RAM_BASE, NET_FRAME_LIMIT, false}, {RAM_BASE, 13, false}};
    struct model_buffer table = driver_table(&rig->slot->drivers[TRANSMIT], TABLE, inner, 2);
    driver_add(&rig->slot->drivers[TRANSMIT], &table, 1, MODEL_INDIRECT);
    set(rig->slot, QUEUE_NOTIFY, TRANSMIT);
    assert_int_equal(rig->sent_count, 0);
    assert_true(slot_used(rig->slot, TRANSMIT, &written));
    assert_true(slot_used(rig->slot, TRANSMIT, &written));
    assert_int_equal(get(rig->slot, STATUS) & NEEDS_RESET, 0);
}

static void a_buffer_without_a_whole_header_needs_a_reset(void **state)
{
    struct rig *rig = *state;
    slot_start(rig->slot, PLAIN, 2, 8);
    slot_offer(rig->slot, TRANSMIT, (struct model_buffer){DATA, 11, false});
    assert_true(get(rig->slot, STATUS) & NEEDS_RESET);
    assert_non_null(strstr(rig->slot->said, "shorter than its header"));
}

/* The sum over 0x0102, 0x0304, 0x0500, and the field's own 0x1111, is 0x1a17. */
static void a_checksum_is_completed_where_the_header_says(void **state)
{
    struct rig *rig = *state;
    uint8_t header[12] = {1, 0, 0, 0, 0, 0, 20, 0, 4, 0}, frame[27] = {0};
    memcpy(frame + 20, "\x01\x02\x03\x04\x11\x11\x05", 7);
    slot_start(rig->slot, PLAIN | BIT(CSUM), 2, 8);
    transmit(rig, header, frame, sizeof frame);
    assert_int_equal(rig->sent[24] << 8 | rig->sent[25], 0xffff - 0x1a17);
    memcpy(frame + 20, "\xff\xff\x00\x00\x00\x00\x00", 7);
    transmit(rig, header, frame, sizeof frame);
    assert_int_equal(rig->sent[24] << 8 | rig->sent[25], 0xffff);
}

static void a_checksum_outside_of_its_frame_loses_the_frame_alone(void **state)
{
    struct rig *rig = *state;
    static const uint8_t headers[][12] = {
        {1, 0, 0, 0, 0, 0, 20, 0, 39, 0}, {1, 0, 0, 0, 0, 0, 61, 0, 0, 0}, {1, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}};
    uint8_t frame[60] = {0};
    slot_start(rig->slot, PLAIN | BIT(CSUM), 2, 8);
    for (unsigned i = 0; i < ARRAY_SIZE(headers); i++)
        transmit(rig, headers[i], frame, sizeof frame);
    assert_int_equal(rig->sent_count, 0);
    uint8_t fits[12] = {1, 0, 0, 0, 0, 0, 20, 0, 38, 0};
    transmit(rig, fits, frame, sizeof frame);
    assert_int_equal(rig->sent_count, 1);
}

static void a_received_frame_stands_behind_its_header(void **state)
{
    struct rig *rig = *state;
    uint8_t frame[60];
    static const uint8_t header[12] = {[10] = 1}, valid[12] = {[0] = 2, [10] = 1};
    uint32_t written = 0;
    make_frame(frame, sizeof frame);
    slot_start(rig->slot, PLAIN, 2, 8);
    offer_room(rig, 0, 1526);
    assert_true(receive(rig, frame, sizeof frame));
    assert_true(irq(rig->slot));
    assert_true(slot_used(rig->slot, RECEIVE, &written));
    assert_int_equal(written, 12 + sizeof frame);
    expect_bytes(rig, DATA, header, sizeof header);
    expect_bytes(rig, DATA + 12, frame, sizeof frame);
    slot_start(rig->slot, PLAIN | BIT(GUEST_CSUM), 2, 8);
    offer_room(rig, 0, 1526);
    assert_true(receive(rig, frame, sizeof frame));
    expect_bytes(rig, DATA, valid, sizeof valid);
}

static void a_frame_waits_for_a_buffer_and_asks_to_hear_of_it(void **state)
{
    struct rig *rig = *state;
    uint8_t frame[60];
    make_frame(frame, sizeof frame);
    uint64_t features = PLAIN | BIT(VIRTIO_F_EVENT_IDX);
    slot_start(rig->slot, features, 2, 8);
    driver_must_kick(&rig->slot->drivers[RECEIVE]);
    struct model_buffer buffer = {DATA, 1526, true};
    assert_false(receive(rig, frame, sizeof frame));
    driver_add(&rig->slot->drivers[RECEIVE], &buffer, 1, 0);
    assert_true(driver_must_kick(&rig->slot->drivers[RECEIVE]));
    unsigned before = rig->room_count;
    set(rig->slot, QUEUE_NOTIFY, RECEIVE);
    assert_int_equal(rig->room_count, before + 1);
    assert_true(receive(rig, frame, sizeof frame));
    driver_add(&rig->slot->drivers[RECEIVE], &buffer, 1, 0);
    assert_false(driver_must_kick(&rig->slot->drivers[RECEIVE]));
}

static void a_frame_is_merged_from_buffers_or_takes_none(void **state)
{
    struct rig *rig = *state;
    uint8_t frame[300];
    uint32_t written = 0;
    make_frame(frame, sizeof frame);
    slot_start(rig->slot, PLAIN | BIT(MRG_RXBUF), 2, 8);
    offer_room(rig, 0, 112);
    offer_room(rig, 0x1000, 100);
    assert_false(receive(rig, frame, sizeof frame));
    assert_false(slot_used(rig->slot, RECEIVE, &written));
    assert_false(irq(rig->slot));
    offer_room(rig, 0x2000, 200);
    assert_true(receive(rig, frame, sizeof frame));
    static const uint32_t expected[] = {112, 100, 100};
    for (unsigned i = 0; i < ARRAY_SIZE(expected); i++) {
        assert_true(slot_used(rig->slot, RECEIVE, &written));
        assert_int_equal(written, expected[i]);
    }
    assert_false(slot_used(rig->slot, RECEIVE, &written));
    assert_int_equal(reg_get(rig->slot->dev, STATUS, 4) & NEEDS_RESET, 0);
    expect_bytes(rig, DATA + 10, "\3\0", 2);
    expect_bytes(rig, DATA + 12, frame, 100);
    expect_bytes(rig, DATA + 0x1000, frame + 100, 100);
    expect_bytes(rig, DATA + 0x2000, frame + 200, 100);
}

static void a_frame_too_long_for_its_only_buffer_is_lost_and_the_buffer_is_not(void **state)
{
    struct rig *rig = *state;
    uint8_t frame[100];
    uint32_t written = 0;
    make_frame(frame, sizeof frame);
    slot_start(rig->slot, PLAIN, 2, 8);
    offer_room(rig, 0, 111);
    assert_true(receive(rig, frame, 100));
    assert_false(slot_used(rig->slot, RECEIVE, &written));
    assert_true(receive(rig, frame, 99));
    assert_true(slot_used(rig->slot, RECEIVE, &written));
    assert_int_equal(written, 111);
}

static void long_packets_are_for_drivers_that_know_of_the_mtu(void **state)
{
    struct rig *rig = *state;
    slot_start(rig->slot, PLAIN, 2, 8);
    assert_int_equal(rig->sink.mtu(rig->sink.owner), NET_ETHERNET_MTU);
    slot_start(rig->slot, PLAIN | BIT(MTU), 2, 8);
    assert_int_equal(rig->sink.mtu(rig->sink.owner), NET_JUMBO_MTU);
}

static void nobody_listens_before_the_driver_and_after_its_end(void **state)
{
    struct rig *rig = *state;
    uint8_t frame[60];
    make_frame(frame, sizeof frame);
    assert_true(receive(rig, frame, sizeof frame));
    slot_start(rig->slot, PLAIN, 2, 8);
    assert_false(receive(rig, frame, sizeof frame));
    unsigned before = rig->room_count;
    set(rig->slot, STATUS, 0);
    assert_true(rig->room_count > before);
    assert_true(receive(rig, frame, sizeof frame));
}

/* Whether a frame to the address passes: then it needs a buffer, of which there is none. */
static bool passes(struct rig *rig, const char *address)
{
    uint8_t frame[60] = {0};
    memcpy(frame, address, NET_ADDRESS_BYTES);
    return !receive(rig, frame, sizeof frame);
}

static void commands_choose_what_passes(void **state)
{
    struct rig *rig = *state;
    static const char other[] = "\x52\x54\0\0\0\1", group[] = "\1\0\x5e\0\0\1", all[] = "\xff\xff\xff\xff\xff\xff";
    slot_start(rig->slot, PLAIN | BIT(CTRL_VQ) | BIT(CTRL_MAC_ADDR), 3, 8);
    assert_true(passes(rig, other) && passes(rig, group) && passes(rig, all));
    assert_int_equal(command(rig, "\0\0\0", 3), 0);
    assert_true(passes(rig, (const char *)own_address) && passes(rig, all));
    assert_false(passes(rig, other) || passes(rig, group));
    assert_int_equal(command(rig, "\0\1\1", 3), 0);
    assert_true(passes(rig, group));
    assert_int_equal(command(rig, "\0\1\0", 3), 0);
    assert_int_equal(command(rig, "\1\0\1\0\0\0\x52\x54\0\0\0\1\1\0\0\0\1\0\x5e\0\0\1", 22), 0);
    assert_true(passes(rig, other) && passes(rig, group));
    assert_int_equal(command(rig, "\1\0\0\0\0\0\0\0\0\0", 10), 0);
    assert_false(passes(rig, other) || passes(rig, group));
    assert_int_equal(command(rig, "\0\5\1", 3), 0);
    assert_false(passes(rig, all));
    assert_int_equal(command(rig, "\1\1\x52\x54\0\0\0\1", 8), 0);
    assert_true(passes(rig, other));
    assert_false(passes(rig, (const char *)own_address));
    assert_int_equal(reg_get(rig->slot->dev, CONFIG + 5, 1), 1);
}

static void commands_that_are_wrong_answer_so_and_change_nothing(void **state)
{
    struct rig *rig = *state;
    static const struct {
        const char *data;
        uint32_t length;
    } rows[] = {
        {"\0", 1},
        {"\0\0", 2},
        {"\0\6\0", 3},
        {"\0\0\0\0", 4},
        {"\1\0\1\0\0\0\x52\x54\0\0\0\1", 12},
        {"\1\0\2\0\0\0\x52\x54\0\0\0\1\0\0\0\0", 16},
        {"\1\0\xff\xff\xff\xff\x52\x54\0\0\0\1\0\0\0\0", 16},
        {"\1\0\0\0\0\0\0\0\0\0\0", 11},
        {"\1\1\x52\x54\0\0\0", 7},
        {"\2\0\0\x10", 4},
        {"\2\2\1\0", 4},
        {"\3\0\0", 3},
        {"\x7f\0\0", 3},
    };
    slot_start(rig->slot, PLAIN | BIT(CTRL_VQ) | BIT(CTRL_MAC_ADDR), 3, 8);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(command(rig, rows[i].data, rows[i].length), 1);
    assert_true(passes(rig, "\x52\x54\0\0\0\1"));
    assert_int_equal(get(rig->slot, STATUS) & NEEDS_RESET, 0);
}

static void more_addresses_than_the_table_holds_let_all_of_their_kind_through(void **state)
{
    struct rig *rig = *state;
    char data[2 + 4 + 65 * NET_ADDRESS_BYTES + 4] = {1, 0, 65};
    slot_start(rig->slot, PLAIN | BIT(CTRL_VQ), 3, 8);
    assert_int_equal(command(rig, "\0\0\0", 3), 0);
    assert_int_equal(command(rig, data, sizeof data), 0);
    assert_true(passes(rig, "\x52\x54\0\0\0\1"));
    assert_false(passes(rig, "\1\0\x5e\0\0\1"));
}

static void vlans_pass_that_the_driver_names(void **state)
{
    struct rig *rig = *state;
    uint8_t frame[60] = {[12] = 0x81, [13] = 0, [14] = 0x20, [15] = 7};
    slot_start(rig->slot, PLAIN | BIT(CTRL_VQ), 3, 8);
    assert_false(receive(rig, frame, sizeof frame));
    slot_start(rig->slot, PLAIN | BIT(CTRL_VQ) | BIT(CTRL_VLAN), 3, 8);
    assert_true(receive(rig, frame, sizeof frame));
    assert_int_equal(command(rig, "\2\0\7\0", 4), 0);
    assert_false(receive(rig, frame, sizeof frame));
    assert_int_equal(command(rig, "\2\1\7\0", 4), 0);
    assert_true(receive(rig, frame, sizeof frame));
}

/* VirtIO 1.3 5.1.6.1: without merged buffers a legacy header ends before num_buffers. */
static void a_legacy_header_has_ten_bytes(void **state)
{
    struct rig *rig = *state;
    uint8_t frame[60];
    tear_down(state);
    rig = test_calloc(1, sizeof *rig);
    create(rig, true);
    *state = rig;
    make_frame(frame, sizeof frame);
    set(rig->slot, STATUS, ACKNOWLEDGE | DRIVER);
    set(rig->slot, DRIVER_FEATURES, 0);
    set(rig->slot, GUEST_PAGE_SIZE, 4096);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t base = RAM_BASE + 0x10000 * (uint64_t)i;
        struct virtq_config config = {
            .size = 8, .descriptor_area = base, .driver_area = base + 128, .device_area = base + 4096};
        driver_start(&rig->slot->drivers[i], &rig->slot->mem, &config);
        set(rig->slot, QUEUE_SEL, i);
        set(rig->slot, QUEUE_SIZE_NOW, 8);
        set(rig->slot, QUEUE_ALIGN, 4096);
        set(rig->slot, QUEUE_PFN, (uint32_t)(base / 4096));
    }
    set(rig->slot, STATUS, ACKNOWLEDGE | DRIVER | DRIVER_OK);
    offer_room(rig, 0, 1526);
    assert_true(receive(rig, frame, sizeof frame));
    uint32_t written = 0;
    assert_true(slot_used(rig->slot, RECEIVE, &written));
    assert_int_equal(written, 10 + sizeof frame);
    expect_bytes(rig, DATA + 10, frame, sizeof frame);
    guest_mem_fill(&rig->slot->mem, DATA, 0, 10);
    slot_offer(rig->slot, TRANSMIT, (struct model_buffer){DATA, 10 + sizeof frame, false});
    assert_int_equal(rig->sent_bytes, sizeof frame);
    assert_memory_equal(rig->sent, frame, sizeof frame);
    reg_set(rig->slot->dev, CONFIG + 5, 1, 0x77);
    assert_int_equal(reg_get(rig->slot->dev, CONFIG + 5, 1), 0x77);
    assert_int_equal(reg_get(rig->slot->dev, CONFIG + 4, 1), own_address[4]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_configuration_names_address_link_and_mtu),
        TEST(a_frame_leaves_without_its_header),
        TEST(a_buffer_that_is_no_frame_is_given_back_unsent),
        TEST(a_buffer_without_a_whole_header_needs_a_reset),
        TEST(a_checksum_is_completed_where_the_header_says),
        TEST(a_checksum_outside_of_its_frame_loses_the_frame_alone),
        TEST(a_received_frame_stands_behind_its_header),
        TEST(a_frame_waits_for_a_buffer_and_asks_to_hear_of_it),
        TEST(a_frame_is_merged_from_buffers_or_takes_none),
        TEST(a_frame_too_long_for_its_only_buffer_is_lost_and_the_buffer_is_not),
        TEST(long_packets_are_for_drivers_that_know_of_the_mtu),
        TEST(nobody_listens_before_the_driver_and_after_its_end),
        TEST(commands_choose_what_passes),
        TEST(commands_that_are_wrong_answer_so_and_change_nothing),
        TEST(more_addresses_than_the_table_holds_let_all_of_their_kind_through),
        TEST(vlans_pass_that_the_driver_names),
        TEST(a_legacy_header_has_ten_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
