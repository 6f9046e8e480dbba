/* SPDX-License-Identifier: MIT */
/* Cutting packets for guests with a short MTU, and telling frames by what they cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "host/net/net_frame.h"

#define PAYLOAD 4001u
#define MTU 1500u

struct piece {
    size_t length;
    uint8_t frame[NET_HEADER_BYTES + 8000];
};

struct pieces {
    unsigned count;
    struct piece all[8];
};

static void take(void *owner, const uint8_t *frame, size_t length)
{
    struct pieces *pieces = owner;
    struct piece *piece = &pieces->all[pieces->count++];
    assert_true(pieces->count <= 8 && length <= sizeof piece->frame);
    piece->length = length;
    memcpy(piece->frame, frame, length);
}

static unsigned get16(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static size_t make_ipv4(uint8_t *frame, unsigned header, size_t payload)
{
    size_t total = header + payload;
    for (size_t i = 0; i < NET_HEADER_BYTES + total; i++)
        frame[i] = (uint8_t)(i + (i >> 8));
    uint8_t *packet = frame + NET_HEADER_BYTES;
    frame[12] = 8;
    frame[13] = 0;
    packet[0] = (uint8_t)(0x40 | header / 4);
    packet[2] = (uint8_t)(total >> 8);
    packet[3] = (uint8_t)total;
    packet[6] = packet[7] = 0;
    packet[9] = 17;
    return NET_HEADER_BYTES + total;
}

static size_t make_ipv6(uint8_t *frame, size_t payload)
{
    for (size_t i = 0; i < NET_HEADER_BYTES + 40 + payload; i++)
        frame[i] = (uint8_t)(i + (i >> 8));
    uint8_t *packet = frame + NET_HEADER_BYTES;
    frame[12] = 0x86;
    frame[13] = 0xdd;
    packet[0] = 0x60;
    packet[4] = (uint8_t)(payload >> 8);
    packet[5] = (uint8_t)payload;
    packet[6] = 17;
    return NET_HEADER_BYTES + 40 + payload;
}

static unsigned header_sum(const uint8_t *packet)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < (packet[0] & 15u) * 4; i += 2)
        sum += get16(packet + i);
    return (sum & 0xffff) + (sum >> 16);
}

static void a_short_packet_passes_as_it_is(void **state)
{
    (void)state;
    struct pieces pieces = {0};
    uint8_t frame[NET_HEADER_BYTES + MTU];
    size_t length = make_ipv4(frame, 20, MTU - 20);
    net_frame_cut(frame, length, MTU, 0, take, &pieces);
    assert_int_equal(pieces.count, 1);
    assert_int_equal(pieces.all[0].length, length);
    assert_memory_equal(pieces.all[0].frame, frame, length);
}

static void expect_whole_ipv4(unsigned header, size_t payload)
{
    struct pieces pieces = {0};
    uint8_t frame[8192], whole[8192];
    size_t length = make_ipv4(frame, header, payload), done = 0;
    net_frame_cut(frame, length, MTU, 0, take, &pieces);
    assert_true(pieces.count > 1);
    for (unsigned i = 0; i < pieces.count; i++) {
        const uint8_t *packet = pieces.all[i].frame + NET_HEADER_BYTES;
        size_t total = get16(packet + 2), part = total - header;
        assert_int_equal(pieces.all[i].length, NET_HEADER_BYTES + total);
        assert_true(total <= MTU);
        assert_int_equal(header_sum(packet), 0xffff);
        assert_int_equal((get16(packet + 6) & 0x1fff) * 8, done);
        assert_int_equal(get16(packet + 6) >> 13, i + 1 < pieces.count);
        assert_memory_equal(packet + 4, frame + NET_HEADER_BYTES + 4, 2);
        assert_memory_equal(pieces.all[i].frame, frame, NET_HEADER_BYTES);
        memcpy(whole + done, packet + header, part);
        done += part;
    }
    assert_int_equal(done, payload);
    assert_memory_equal(whole, frame + NET_HEADER_BYTES + header, payload);
}

static void fragments_of_ipv4_make_up_the_packet(void **state)
{
    (void)state;
    expect_whole_ipv4(20, PAYLOAD);
    expect_whole_ipv4(20, 1481);
    expect_whole_ipv4(20, 2 * 1480);
    expect_whole_ipv4(60, PAYLOAD);
}

static void fragments_of_ipv6_make_up_the_packet(void **state)
{
    (void)state;
    struct pieces pieces = {0};
    uint8_t frame[8192], whole[8192];
    size_t length = make_ipv6(frame, PAYLOAD), done = 0;
    net_frame_cut(frame, length, MTU, 0x12345678, take, &pieces);
    assert_true(pieces.count > 1);
    for (unsigned i = 0; i < pieces.count; i++) {
        const uint8_t *packet = pieces.all[i].frame + NET_HEADER_BYTES;
        size_t part = get16(packet + 4) - 8u;
        assert_int_equal(pieces.all[i].length, NET_HEADER_BYTES + 48 + part);
        assert_true(48 + part <= MTU);
        assert_int_equal(packet[6], 44);
        assert_int_equal(packet[40], 17);
        assert_int_equal(get16(packet + 42) & ~7u, done);
        assert_int_equal(get16(packet + 42) & 7, i + 1 < pieces.count);
        assert_memory_equal(packet + 44, "\x12\x34\x56\x78", 4);
        memcpy(whole + done, packet + 48, part);
        done += part;
    }
    assert_int_equal(done, PAYLOAD);
    assert_memory_equal(whole, frame + NET_HEADER_BYTES + 40, PAYLOAD);
}

static void a_fragment_may_be_cut_again(void **state)
{
    (void)state;
    struct pieces pieces = {0};
    uint8_t frame[8192];
    size_t length = make_ipv4(frame, 20, 2000);
    frame[NET_HEADER_BYTES + 6] = 0x20;
    frame[NET_HEADER_BYTES + 7] = 100;
    net_frame_cut(frame, length, MTU, 0, take, &pieces);
    assert_int_equal(pieces.count, 2);
    assert_int_equal(get16(pieces.all[0].frame + NET_HEADER_BYTES + 6), 0x2000 | 100);
    assert_int_equal(get16(pieces.all[1].frame + NET_HEADER_BYTES + 6), 0x2000 | (100 + 185));
}

static void what_lies_about_its_length_is_dropped(void **state)
{
    (void)state;
    struct pieces pieces = {0};
    uint8_t frame[8192];
    size_t length = make_ipv4(frame, 20, PAYLOAD);
    frame[NET_HEADER_BYTES + 2] = 0xff;
    net_frame_cut(frame, length, MTU, 0, take, &pieces);
    make_ipv4(frame, 20, PAYLOAD);
    frame[NET_HEADER_BYTES] = 0x44;
    net_frame_cut(frame, length, MTU, 0, take, &pieces);
    length = make_ipv6(frame, PAYLOAD);
    frame[NET_HEADER_BYTES + 4] = 0xff;
    net_frame_cut(frame, length, MTU, 0, take, &pieces);
    frame[12] = 0x88;
    net_frame_cut(frame, length, MTU, 0, take, &pieces);
    assert_int_equal(pieces.count, 0);
}

static void frames_are_told_by_what_they_open(void **state)
{
    (void)state;
    uint8_t frame[128];
    size_t length = make_ipv4(frame, 24, 40);
    uint8_t *packet = frame + NET_HEADER_BYTES;
    assert_int_equal(net_frame_kind(frame, length), NET_FRAME_DATAGRAM);
    packet[24 + 2] = 0;
    packet[24 + 3] = 67;
    assert_int_equal(net_frame_kind(frame, length), NET_FRAME_ORDINARY);
    packet[9] = 1;
    assert_int_equal(net_frame_kind(frame, length), NET_FRAME_DATAGRAM);
    packet[9] = 6;
    packet[24 + 13] = 2;
    assert_int_equal(net_frame_kind(frame, length), NET_FRAME_CONNECTS);
    assert_int_equal(net_frame_kind(frame, NET_HEADER_BYTES + 24 + 13), NET_FRAME_ORDINARY);
    packet[24 + 13] = 18;
    assert_int_equal(net_frame_kind(frame, length), NET_FRAME_ORDINARY);
    length = make_ipv6(frame, 40);
    packet[6] = 6;
    packet[40 + 13] = 2;
    assert_int_equal(net_frame_kind(frame, length), NET_FRAME_CONNECTS);
    frame[13] = 6;
    assert_int_equal(net_frame_kind(frame, NET_HEADER_BYTES), NET_FRAME_ORDINARY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_packet_passes_as_it_is),        cmocka_unit_test(fragments_of_ipv4_make_up_the_packet),
        cmocka_unit_test(fragments_of_ipv6_make_up_the_packet),  cmocka_unit_test(a_fragment_may_be_cut_again),
        cmocka_unit_test(what_lies_about_its_length_is_dropped), cmocka_unit_test(frames_are_told_by_what_they_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
