/* SPDX-License-Identifier: MIT */
/* Long TCP segments are cut, and what was cut is merged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/big_endian.h"
#include "bus/net_offload.h"
#include "bus/net_packet.h"
#include "host/net/net_merge.h"

#define ALL (NET_GUEST_CSUM | NET_GUEST_TSO4 | NET_GUEST_TSO6)
#define SEGMENT 1448u
#define OPTIONS 12u

/* A segment that a guest leaves to its card, with `bytes` of payload. */
struct made {
    struct net_offload offload;
    size_t length;
    uint8_t frame[NET_FRAME_LIMIT];
};

static void make(struct made *made, bool ipv6, size_t bytes, uint8_t flags)
{
    size_t tcp = NET_HEADER_BYTES + (ipv6 ? (int)IPV6_BYTES : (int)IPV4_BYTES), payload = tcp + TCP_BYTES + OPTIONS;
    uint8_t *f = made->frame, *ip = f + NET_HEADER_BYTES;
    memset(made, 0, sizeof *made);
    made->length = payload + bytes;
    big_put16(f + 12, ipv6 ? NET_TYPE_IPV6 : NET_TYPE_IPV4);
    memset(f, 0x52, 12);
    if (ipv6) {
        ip[0] = 0x60;
        big_put16(ip + IPV6_LENGTH, (unsigned)(made->length - tcp));
        ip[IPV6_NEXT] = NET_PROTOCOL_TCP;
        memset(ip + IPV6_SOURCE, 0xfe, 32);
    } else {
        ip[0] = 0x45;
        big_put16(ip + IPV4_LENGTH, (unsigned)(made->length - NET_HEADER_BYTES));
        big_put16(ip + IPV4_ID, 0xffff);
        big_put16(ip + IPV4_FRAGMENT, 0x4000);
        ip[8] = 64;
        ip[IPV4_PROTOCOL] = NET_PROTOCOL_TCP;
        memcpy(ip + IPV4_SOURCE, "\x0a\0\2\x0f\x0a\0\2\2", 8);
        uint16_t sum = net_checksum(0, ip, IPV4_BYTES);
        memcpy(ip + IPV4_SUM, &sum, 2);
    }
    big_put32(f + tcp, 0x04d20050);
    big_put32(f + tcp + TCP_SEQUENCE, 0xfffffff0);
    f[tcp + TCP_OFFSET] = (TCP_BYTES + OPTIONS) << 2;
    f[tcp + TCP_FLAGS] = flags;
    memset(f + tcp + TCP_BYTES, 1, OPTIONS);
    for (size_t i = 0; i < bytes; i++)
        f[payload + i] = (uint8_t)(i * 7 + (i >> 8));
    uint16_t pseudo = (uint16_t)net_pseudo_sum(ip, ipv6, made->length - tcp);
    memcpy(f + tcp + TCP_SUM, &pseudo, 2);
    made->offload = (struct net_offload){
        .flags = NET_NEEDS_CSUM,
        .gso = ipv6 ? NET_GSO_TCPV6 : NET_GSO_TCPV4,
        .gso_size = SEGMENT,
        .csum_start = (uint16_t)tcp,
        .csum_offset = TCP_SUM,
    };
}

/* What was cut, one behind the other. */
struct cuts {
    unsigned count;
    size_t lengths[64];
    uint8_t frames[64][2048];
};

static bool take(void *owner, const uint8_t *segment, size_t length)
{
    struct cuts *cuts = owner;
    assert_true(cuts->count < 64 && length <= sizeof cuts->frames[0]);
    memcpy(cuts->frames[cuts->count], segment, length);
    cuts->lengths[cuts->count++] = length;
    return true;
}

static struct made made, whole;
static struct cuts cuts;

static void cut(bool ipv6, size_t bytes, uint8_t flags)
{
    make(&made, ipv6, bytes, flags);
    cuts.count = 0;
    assert_true(net_offload_cut(&made.offload, made.frame, made.length, take, &cuts));
}

static void check_cut(bool ipv6)
{
    size_t ip = NET_HEADER_BYTES, tcp = ip + (ipv6 ? (int)IPV6_BYTES : (int)IPV4_BYTES),
           payload = tcp + TCP_BYTES + OPTIONS;
    cut(ipv6, 10 * SEGMENT + 5, TCP_ACK | TCP_PSH | TCP_FIN | TCP_CWR);
    assert_int_equal(cuts.count, 11);
    for (unsigned i = 0; i < 11; i++) {
        const uint8_t *f = cuts.frames[i];
        size_t bytes = i < 10 ? SEGMENT : 5, length = payload + bytes;
        assert_int_equal(cuts.lengths[i], length);
        assert_int_equal(big_get32(f + tcp + TCP_SEQUENCE), 0xfffffff0 + i * SEGMENT);
        assert_int_equal(f[tcp + TCP_FLAGS], TCP_ACK | (i == 10 ? TCP_PSH | TCP_FIN : 0) | (i == 0 ? TCP_CWR : 0));
        assert_int_equal(net_checksum(net_pseudo_sum(f + ip, ipv6, length - tcp), f + tcp, length - tcp), 0);
        assert_int_equal(f[payload], (uint8_t)(i * SEGMENT * 7 + (i * SEGMENT >> 8)));
        if (ipv6) {
            assert_int_equal(big_get16(f + ip + IPV6_LENGTH), length - tcp);
            continue;
        }
        assert_int_equal(big_get16(f + ip + IPV4_LENGTH), length - ip);
        assert_int_equal(big_get16(f + ip + IPV4_ID), (0xffff + i) & 0xffff);
        assert_int_equal(net_checksum(0, f + ip, IPV4_BYTES), 0);
    }
}

static void a_long_segment_is_cut_into_right_ones(void **state)
{
    (void)state;
    check_cut(false);
    check_cut(true);
}

static void what_is_no_long_segment_is_not_cut(void **state)
{
    (void)state;
    static const struct {
        size_t place; /* of a byte that is changed */
        uint8_t value;
    } rows[] = {{12, 0x86}, {14, 0x46}, {46, 0x40}, {46, 0xf0}};
    for (unsigned i = 0; i < 4; i++) {
        make(&made, false, i == 3 ? 20 : 5000, TCP_ACK);
        made.frame[rows[i].place] = rows[i].value;
        cuts.count = 0;
        assert_int_equal(net_offload_cut(&made.offload, made.frame, made.length, take, &cuts), false);
        assert_int_equal(cuts.count, 0);
    }
    make(&made, false, 5000, TCP_ACK);
    made.offload.gso_size = NET_GSO_LEAST - 1;
    assert_false(net_offload_cut(&made.offload, made.frame, made.length, take, &cuts));
    made.offload.gso_size = SEGMENT;
    made.offload.csum_start = 33;
    assert_false(net_offload_cut(&made.offload, made.frame, made.length, take, &cuts));
}

/* How many of the cuts are taken into the whole. */
static unsigned merge_from(unsigned first, unsigned kinds)
{
    struct net_merge merge;
    unsigned n = first + 1;
    whole.length = cuts.lengths[first];
    whole.offload = (struct net_offload){0};
    memcpy(whole.frame, cuts.frames[first], whole.length);
    net_merge_begin(&merge, kinds, whole.frame, whole.length);
    while (n < cuts.count && net_merge_add(&merge, whole.frame, &whole.length, cuts.frames[n], cuts.lengths[n]))
        n++;
    net_merge_end(&merge, whole.frame, whole.length, &whole.offload);
    return n - first;
}

static void what_was_cut_is_merged_into_what_it_was(void **state)
{
    (void)state;
    for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
        cut(ipv6, 10 * SEGMENT + 5, TCP_ACK | TCP_PSH);
        assert_int_equal(merge_from(0, ALL), 11);
        make(&made, ipv6, 10 * SEGMENT + 5, TCP_ACK | TCP_PSH);
        assert_int_equal(whole.length, made.length);
        assert_memory_equal(whole.frame, made.frame, made.length);
        assert_int_equal(whole.offload.gso, made.offload.gso);
        assert_int_equal(whole.offload.gso_size, SEGMENT);
        assert_int_equal(whole.offload.csum_start, made.offload.csum_start);
        assert_int_equal(whole.offload.flags, NET_NEEDS_CSUM);
    }
}

static void a_packet_does_not_grow_beyond_what_ip_can_have(void **state)
{
    (void)state;
    cut(false, 40 * SEGMENT, TCP_ACK);
    for (unsigned i = 0; i < 20; i++) { /* another 20 segments behind the 40 */
        memcpy(cuts.frames[40 + i], cuts.frames[39], cuts.lengths[39]);
        uint8_t *tcp = cuts.frames[40 + i] + 34;
        big_put32(tcp + TCP_SEQUENCE, 0xfffffff0 + (40 + i) * SEGMENT);
        big_put16(tcp + TCP_SUM, 0);
        uint16_t sum = net_checksum(net_pseudo_sum(tcp - 20, false, cuts.lengths[39] - 34), tcp, cuts.lengths[39] - 34);
        memcpy(tcp + TCP_SUM, &sum, 2);
        cuts.lengths[cuts.count++] = cuts.lengths[39];
    }
    assert_int_equal(merge_from(0, ALL), (65535 - 52) / SEGMENT);
}

static void nothing_is_merged_that_the_guest_would_not_take(void **state)
{
    (void)state;
    cut(false, 3 * SEGMENT, TCP_ACK);
    assert_int_equal(merge_from(0, NET_GUEST_CSUM | NET_GUEST_TSO6), 1);
    assert_int_equal(whole.offload.flags, NET_DATA_VALID);
    assert_int_equal(merge_from(0, 0), 1);
    assert_int_equal(whole.offload.flags, 0);
}

static void what_does_not_follow_is_not_merged(void **state)
{
    (void)state;
    static const size_t places[] = {0, 15, 22, 30, 34, 38, 42, 46, 48, 50, 56, 70};
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        cut(false, 4 * SEGMENT, TCP_ACK);
        cuts.frames[2][places[i]] ^= 1; /* its sum is wrong, too, but for the Ethernet header's byte */
        assert_int_equal(merge_from(0, ALL), 2);
    }
    cut(false, 4 * SEGMENT, TCP_ACK);
    memmove(cuts.frames[1], cuts.frames[2], sizeof cuts.frames[2]);
    assert_int_equal(merge_from(0, ALL), 1); /* one is missing */
    cut(false, 4 * SEGMENT, TCP_ACK | TCP_FIN);
    assert_int_equal(merge_from(0, ALL), 3); /* the end is told by itself */
}

static void a_wrong_sum_is_left_to_the_guest(void **state)
{
    (void)state;
    cut(false, 2 * SEGMENT, TCP_ACK);
    cuts.frames[0][100] ^= 1;
    assert_int_equal(merge_from(0, ALL), 1);
    assert_int_equal(whole.offload.flags, 0);
    assert_memory_equal(whole.frame, cuts.frames[0], cuts.lengths[0]);
}

static void a_short_frame_is_looked_at_no_further_than_it_goes(void **state)
{
    (void)state;
    cut(false, SEGMENT, TCP_ACK);
    for (size_t length = NET_HEADER_BYTES; length < 100; length++) {
        struct net_merge merge;
        struct made *cut_off = &whole;
        memcpy(cut_off->frame, cuts.frames[0], length);
        net_merge_begin(&merge, ALL, cut_off->frame, length);
        assert_false(merge.open);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_segment_is_cut_into_right_ones),
        cmocka_unit_test(what_is_no_long_segment_is_not_cut),
        cmocka_unit_test(what_was_cut_is_merged_into_what_it_was),
        cmocka_unit_test(a_packet_does_not_grow_beyond_what_ip_can_have),
        cmocka_unit_test(nothing_is_merged_that_the_guest_would_not_take),
        cmocka_unit_test(what_does_not_follow_is_not_merged),
        cmocka_unit_test(a_wrong_sum_is_left_to_the_guest),
        cmocka_unit_test(a_short_frame_is_looked_at_no_further_than_it_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
