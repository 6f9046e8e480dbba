/* SPDX-License-Identifier: MIT */
/* The user-mode network, with a guest that is a few frames, and the host's loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "usernet_fixture.h"

#define SKIPPED 77

static void the_router_answers_arp_and_ping_at_once(void **state)
{
    (void)state;
    struct rig *rig = start("user");
    announce(rig);
    assert_int_equal(rig->count, 1);
    assert_int_equal(get16(rig->frame + 20), 2);
    assert_memory_equal(rig->frame + 28, ROUTER, 4);
    uint8_t echo[16] = {8, 0, 0, 0, 0, 1, 0, 7, 'p', 'i', 'n', 'g'};
    put16(echo + 2, fold(add_up(0, echo, sizeof echo)));
    send_packet(rig, 1, echo, sizeof echo);
    assert_int_equal(rig->count, 2);
    assert_int_equal(rig->frame[NET_HEADER_BYTES + 20], 0);
    assert_memory_equal(rig->frame + NET_HEADER_BYTES + 28, "ping", 4);
    end(rig);
}

static void datagrams_go_to_the_hosts_loopback_and_back(void **state)
{
    (void)state;
    struct rig *rig = start("user");
    unsigned port;
    int server = open_udp(&port);
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    char text[16] = {0};
    announce(rig);
    send_udp(rig, 4000, port, "question");
    assert_int_equal(recvfrom(server, text, sizeof text, 0, (struct sockaddr *)&peer, &size), 8);
    assert_string_equal(text, "question");
    assert_int_equal(sendto(server, "answer", 6, 0, (struct sockaddr *)&peer, size), 6);
    while (rig->count < 2)
        turn(rig, true);
    assert_int_equal(get16(rig->frame + NET_HEADER_BYTES + 22), 4000);
    assert_memory_equal(rig->frame + NET_HEADER_BYTES + 28, "answer", 6);
    close(server);
    end(rig);
}

static void a_restricted_guest_does_not_reach_the_host(void **state)
{
    (void)state;
    struct rig *rig = start("user,restrict=on");
    unsigned port;
    int server = open_udp(&port);
    char text[16];
    announce(rig);
    send_udp(rig, 4000, port, "question");
    turn(rig, false);
    assert_int_equal(recv(server, text, sizeof text, MSG_DONTWAIT), -1);
    close(server);
    end(rig);
}

static unsigned said_port(const struct rig *rig)
{
    const char *place = strstr(rig->said, "127.0.0.1:");
    assert_non_null(place);
    return (unsigned)strtoul(place + 10, NULL, 10);
}

static int connect_to(int type, unsigned port)
{
    struct sockaddr_in place = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, type, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&place, sizeof place), 0);
    return fd;
}

static void a_free_port_is_chosen_told_and_forwarded(void **state)
{
    (void)state;
    struct rig *rig = start("user,hostfwd=tcp::0-:22");
    int client = connect_to(SOCK_STREAM, said_port(rig));
    announce(rig);
    while (rig->count < 2)
        turn(rig, true);
    const uint8_t *segment = rig->frame + NET_HEADER_BYTES + 20;
    assert_int_equal(rig->frame[NET_HEADER_BYTES + 9], 6);
    assert_int_equal(get16(segment + 2), 22);
    assert_int_equal(segment[13], 2);
    close(client);
    end(rig);
}

/* The guest answers late: the SYN waits for its address, and goes out without waiting for anything else. */
static void a_connection_that_waits_for_an_address_goes_on_when_it_comes(void **state)
{
    (void)state;
    struct rig *rig = start("user,hostfwd=tcp::0-:22");
    int client = connect_to(SOCK_STREAM, said_port(rig));
    while (rig->count < 1)
        turn(rig, true);
    assert_int_equal(get16(rig->frame + 12), 0x0806);
    uint8_t reply[42] = "\x52\x55\x0a\0\2\2\x52\x54\0\x12\x34\x56\x08\x06\0\1\x08\0\6\4\0\2";
    memcpy(reply + 22, "\x52\x54\0\x12\x34\x56" GUEST, 10);
    memcpy(reply + 32, rig->frame + 22, 10);
    send_frame(rig, reply, sizeof reply);
    struct event_source events = usernet_events(rig->net);
    uint64_t timeout_ns = UINT64_MAX;
    wait_set_clear(&rig->set);
    events.watch(events.owner, &rig->set, &timeout_ns);
    assert_int_equal(timeout_ns, 0);
    turn(rig, false);
    assert_int_equal(rig->frame[NET_HEADER_BYTES + 9], 6);
    close(client);
    end(rig);
}

/* As it comes from a guest that was saved with an open connection, and loaded: the network is a fresh one. */
static void a_segment_of_a_connection_that_is_not_there_is_answered_by_a_reset(void **state)
{
    (void)state;
    struct rig *rig = start("user");
    uint8_t segment[20] = {[4] = 1, [8] = 2, [12] = 0x50, [13] = 0x10 /* ACK */};
    static const uint8_t pseudo[12] = GUEST ROUTER "\0\6\0\x14";
    put16(segment, 5000);
    put16(segment + 2, 80);
    put16(segment + 14, 8192);
    put16(segment + 16, fold(add_up(add_up(0, pseudo, sizeof pseudo), segment, sizeof segment)));
    announce(rig);
    send_packet(rig, 6, segment, sizeof segment);
    const uint8_t *answer = rig->frame + NET_HEADER_BYTES + 20;
    assert_int_equal(rig->frame[NET_HEADER_BYTES + 9], 6);
    assert_int_equal(get16(answer + 2), 5000);
    assert_int_equal(answer[13] & 4, 4); /* RST */
    end(rig);
}

static void a_port_in_use_is_named(void **state)
{
    (void)state;
    struct rig *rig = start("user,hostfwd=tcp::0-:22");
    char text[64];
    struct error err = {""};
    snprintf(text, sizeof text, "user,hostfwd=tcp::%u-:22", said_port(rig));
    assert_null(create(rig, text, &err));
    snprintf(text, sizeof text, "tcp 127.0.0.1:%u", said_port(rig));
    assert_non_null(strstr(err.text, text));
    assert_non_null(strstr(err.text, "in use"));
    end(rig);
}

static void frames_wait_for_a_guest_without_buffers_and_sockets_with_them(void **state)
{
    (void)state;
    struct rig *rig = start("user,hostfwd=udp::0-:53");
    int client = connect_to(SOCK_DGRAM, said_port(rig));
    announce(rig);
    rig->shut = true;
    assert_int_equal(write(client, "one", 3), 3);
    turn(rig, true);
    turn(rig, false);
    assert_int_equal(rig->count, 1);
    assert_int_equal(write(client, "two", 3), 3);
    turn(rig, false);
    assert_int_equal(rig->set.count, 0);
    rig->shut = false;
    rig->backend.has_room(rig->backend.owner);
    assert_int_equal(rig->count, 2);
    assert_memory_equal(rig->frame + NET_HEADER_BYTES + 28, "one", 3);
    while (rig->count < 3)
        turn(rig, true);
    assert_memory_equal(rig->frame + NET_HEADER_BYTES + 28, "two", 3);
    close(client);
    end(rig);
}

static void a_long_datagram_comes_in_fragments_to_a_guest_with_a_short_mtu(void **state)
{
    (void)state;
    struct rig *rig = start("user,hostfwd=udp::0-:53");
    static const uint8_t text[5000];
    int client = connect_to(SOCK_DGRAM, said_port(rig));
    announce(rig);
    assert_int_equal(write(client, text, sizeof text), sizeof text);
    while (rig->count < 2)
        turn(rig, true);
    assert_int_equal(rig->length, NET_HEADER_BYTES + 28 + sizeof text);
    rig->mtu = NET_ETHERNET_MTU;
    assert_int_equal(write(client, text, sizeof text), sizeof text);
    while (rig->count < 3)
        turn(rig, true);
    assert_int_equal(rig->count, 2 + 4);
    assert_int_equal(get16(rig->frame + NET_HEADER_BYTES + 6), 3 * 1480 / 8);
    close(client);
    end(rig);
}

static void a_guest_cannot_use_up_the_hosts_descriptors(void **state)
{
    (void)state;
    struct rig *rig = start("user");
    unsigned port;
    int server = open_udp(&port);
    announce(rig);
    int before = dup(server);
    close(before);
    for (unsigned i = 1; i < 2 * USERNET_SOCKETS; i++)
        send_udp(rig, 1000 + i, port, "x");
    int after = dup(server);
    close(after);
    assert_in_range((unsigned)(after - before), USERNET_SOCKETS / 2, USERNET_SOCKETS + 16); /* others may lie between */
    close(server);
    end(rig);
}

int main(void)
{
    struct net_options options;
    struct error err = {""};
    struct net_message nobody = {0};
    if (!net_options_parse("user", 0, &options, NULL))
        return 1;
    struct usernet *net = usernet_create(&options, &nobody, &err);
    if (net == NULL) {
        fprintf(stderr, "%s\n", err.text);
        return SKIPPED;
    }
    usernet_destroy(net);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_router_answers_arp_and_ping_at_once),
        cmocka_unit_test(datagrams_go_to_the_hosts_loopback_and_back),
        cmocka_unit_test(a_restricted_guest_does_not_reach_the_host),
        cmocka_unit_test(a_free_port_is_chosen_told_and_forwarded),
        cmocka_unit_test(a_connection_that_waits_for_an_address_goes_on_when_it_comes),
        cmocka_unit_test(a_segment_of_a_connection_that_is_not_there_is_answered_by_a_reset),
        cmocka_unit_test(a_port_in_use_is_named),
        cmocka_unit_test(frames_wait_for_a_guest_without_buffers_and_sockets_with_them),
        cmocka_unit_test(a_long_datagram_comes_in_fragments_to_a_guest_with_a_short_mtu),
        cmocka_unit_test(a_guest_cannot_use_up_the_hosts_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
