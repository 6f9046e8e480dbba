/* SPDX-License-Identifier: MIT */
/* Cables between cards: two ends of one in this process, each with a guest that is a few counters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/net/net_link.h"
#include "host/unix_socket.h"

/* An end of a cable, and what its guest has got. */
struct end {
    struct net_link link;
    struct wait_set set;
    bool shut; /* the guest has no buffers */
    unsigned count;
    size_t length; /* of the last frame */
    uint8_t frame[NET_FRAME_LIMIT];
    char said[256];
};

struct rig {
    char folder[64], path[96], other[96];
    struct end ends[2];
};

static bool receive_offloaded(void *owner, const struct net_offload *offload, const uint8_t *frame, size_t length)
{
    struct end *end = owner;
    assert_int_equal(offload->gso, NET_GSO_NONE);
    if (end->shut)
        return false;
    end->count++;
    end->length = length;
    memcpy(end->frame, frame, length);
    return true;
}

static unsigned no_offloads(void *owner)
{
    (void)owner;
    return 0;
}

static bool is_open(void *owner)
{
    return !((struct end *)owner)->shut;
}

static void say(void *owner, const char *line)
{
    struct end *end = owner;
    snprintf(end->said, sizeof end->said, "%s", line);
}

static int set_up(void **state)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    strcpy(rig->folder, "/tmp/microvm-link-XXXXXX");
    assert_non_null(mkdtemp(rig->folder));
    snprintf(rig->path, sizeof rig->path, "%s/a", rig->folder);
    snprintf(rig->other, sizeof rig->other, "%s/b", rig->folder);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    for (unsigned i = 0; i < 2; i++) {
        net_link_destroy(&rig->ends[i].link);
        wait_set_destroy(&rig->ends[i].set);
    }
    /* Nothing is left behind. */
    assert_int_equal(rmdir(rig->folder), 0);
    test_free(rig);
    return 0;
}

static bool try_open(struct rig *rig, unsigned n, const char *format, struct error *err)
{
    char text[512];
    struct net_options options;
    struct end *end = &rig->ends[n];
    struct net_message message = {end, say};
    struct net_sink sink = {
        .owner = end, .receive_offloaded = receive_offloaded, .offloads = no_offloads, .is_open = is_open};
    snprintf(text, sizeof text, format, rig->path, rig->other);
    assert_true(net_options_parse(text, 0, &options, err));
    if (!net_link_create(&options, &message, &end->link, err))
        return false;
    end->link.connect(end->link.owner, &sink);
    return true;
}

static void open_end(struct rig *rig, unsigned n, const char *format)
{
    struct error err = {""};
    if (!try_open(rig, n, format, &err))
        fail_msg("%s", err.text);
}

/* One turn of the event loop, that waits for nothing. */
static void turn(struct end *end)
{
    const struct event_source *events = &end->link.events;
    uint64_t timeout_ns = UINT64_MAX;
    wait_set_clear(&end->set);
    events->watch(events->owner, &end->set, &timeout_ns);
    wait_set_look(&end->set);
    events->serve(events->owner, &end->set);
}

static bool send_frame(struct end *end, const uint8_t *frame, size_t length)
{
    const struct net_backend *backend = &end->link.backend;
    bool more = backend->send(backend->owner, frame, length);
    if (backend->flush != NULL)
        backend->flush(backend->owner);
    return more;
}

static void fill(uint8_t *frame, size_t length, unsigned seed)
{
    for (size_t i = 0; i < length; i++)
        frame[i] = (uint8_t)(seed + i + (i >> 8));
}

static bool is_up(const struct end *end)
{
    return end->link.is_up(end->link.owner);
}

static void open_stream(struct rig *rig)
{
    open_end(rig, 0, "stream,path=%s,server=on");
    open_end(rig, 1, "stream,path=%s");
    turn(&rig->ends[0]);
    assert_true(is_up(&rig->ends[0]) && is_up(&rig->ends[1]));
}

static void check_passage(struct rig *rig)
{
    static const size_t lengths[] = {14, 60, 1514, 9014, NET_FRAME_LIMIT};
    static uint8_t frame[NET_FRAME_LIMIT];
    for (unsigned i = 0; i < 2 * sizeof lengths / sizeof *lengths; i++) {
        struct end *from = &rig->ends[i % 2], *to = &rig->ends[1 - i % 2];
        size_t length = lengths[i / 2];
        fill(frame, length, i);
        to->count = 0;
        send_frame(from, frame, length);
        turn(to);
        assert_int_equal(to->count, 1);
        assert_int_equal(to->length, length);
        assert_memory_equal(to->frame, frame, length);
    }
}

static void frames_of_every_length_pass_a_stream_both_ways(void **state)
{
    open_stream(*state);
    check_passage(*state);
}

static void frames_of_every_length_pass_as_datagrams_both_ways(void **state)
{
    struct rig *rig = *state;
    open_end(rig, 0, "dgram,local=%s,remote=%s");
    open_end(rig, 1, "dgram,remote=%s,local=%s");
    check_passage(rig);
}

static mode_t mode_of(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 0777;
}

static void the_sockets_files_are_for_their_owner_alone(void **state)
{
    struct rig *rig = *state;
    open_end(rig, 0, "stream,path=%s,server=on");
    assert_int_equal(mode_of(rig->path), 0600);
    net_link_destroy(&rig->ends[0].link);
    open_end(rig, 0, "dgram,local=%s,remote=%s");
    assert_int_equal(mode_of(rig->path), 0600);
}

static void what_another_holds_is_not_taken_from_it(void **state)
{
    struct rig *rig = *state;
    struct error err = {""};
    open_end(rig, 0, "dgram,local=%s,remote=%s");
    assert_false(try_open(rig, 1, "dgram,local=%s,remote=%s", &err));
    assert_non_null(strstr(err.text, "another process"));
    assert_false(try_open(rig, 1, "stream,server=on,path=%s", &err));
    assert_non_null(strstr(err.text, "another process"));
    open_end(rig, 1, "dgram,remote=%s,local=%s");
    check_passage(rig);
}

static void a_stream_to_nobody_is_an_error_unless_it_may_wait(void **state)
{
    struct rig *rig = *state;
    struct error err = {""};
    assert_false(try_open(rig, 1, "stream,path=%s", &err));
    assert_non_null(strstr(err.text, "reconnect=1"));
    open_end(rig, 1, "stream,path=%s,reconnect=1");
    assert_false(is_up(&rig->ends[1]));
    assert_non_null(strstr(rig->ends[1].said, "nobody listens"));
    open_end(rig, 0, "stream,path=%s,server=on");
    turn(&rig->ends[1]);
    turn(&rig->ends[0]);
    assert_true(is_up(&rig->ends[0]) && is_up(&rig->ends[1]));
    check_passage(rig);
}

static void a_stream_is_down_without_its_peer_and_up_with_the_next(void **state)
{
    struct rig *rig = *state;
    uint8_t frame[64] = {0};
    open_stream(rig);
    net_link_destroy(&rig->ends[1].link);
    turn(&rig->ends[0]);
    assert_false(is_up(&rig->ends[0]));
    assert_non_null(strstr(rig->ends[0].said, "has gone"));
    assert_true(send_frame(&rig->ends[0], frame, sizeof frame));
    open_end(rig, 1, "stream,path=%s");
    turn(&rig->ends[0]);
    assert_true(is_up(&rig->ends[0]));
    turn(&rig->ends[1]);
    assert_int_equal(rig->ends[1].count, 0); /* what was sent to nobody stays lost */
    check_passage(rig);
}

static void a_stream_finds_its_server_again(void **state)
{
    struct rig *rig = *state;
    open_stream(rig);
    net_link_destroy(&rig->ends[0].link);
    turn(&rig->ends[1]);
    assert_false(is_up(&rig->ends[1]));
    open_end(rig, 0, "stream,path=%s,server=on");
    struct end *end = &rig->ends[1];
    while (!is_up(end)) {
        uint64_t timeout_ns = UINT64_MAX;
        wait_set_clear(&end->set);
        end->link.events.watch(end->link.events.owner, &end->set, &timeout_ns);
        assert_true(timeout_ns <= 1000000000u);
        struct timespec timeout = {(time_t)(timeout_ns / 1000000000u), (long)(timeout_ns % 1000000000u)};
        wait_set_sleep(&end->set, &timeout, NULL);
        end->link.events.serve(end->link.events.owner, &end->set);
    }
    turn(&rig->ends[0]);
    check_passage(rig);
}

static void a_peer_that_takes_nothing_stops_the_sender_without_loss(void **state)
{
    static uint8_t frame[9014];
    struct rig *rig = *state;
    struct end *from = &rig->ends[0], *to = &rig->ends[1];
    unsigned sent = 0;
    open_stream(rig);
    fill(frame, sizeof frame, 0);
    to->shut = true;
    bool more = true;
    while (more) {
        frame[20] = (uint8_t)sent++;
        more = send_frame(from, frame, sizeof frame);
        turn(to);
        assert_true(sent < 1000);
    }
    turn(from);
    assert_false(from->link.takes_more(from->link.owner));
    to->shut = false;
    for (unsigned i = 0; i < 1000 && to->count < sent; i++) {
        turn(from);
        turn(to);
    }
    assert_int_equal(to->count, sent);
    assert_int_equal(to->frame[20], (uint8_t)(sent - 1));
    assert_true(from->link.takes_more(from->link.owner));
}

static void a_peer_that_takes_no_datagrams_loses_them_and_holds_nobody_up(void **state)
{
    static uint8_t frame[9014];
    struct rig *rig = *state;
    open_end(rig, 0, "dgram,local=%s,remote=%s");
    open_end(rig, 1, "dgram,remote=%s,local=%s");
    rig->ends[1].shut = true;
    for (unsigned i = 0; i < 2000; i++)
        assert_true(send_frame(&rig->ends[0], frame, sizeof frame));
    rig->ends[1].shut = false;
    for (unsigned i = 0; i < 2000; i++) {
        turn(&rig->ends[0]);
        turn(&rig->ends[1]);
    }
    assert_in_range(rig->ends[1].count, 100, 1999);
}

static void a_datagram_peer_that_is_replaced_gets_the_next_frames(void **state)
{
    struct rig *rig = *state;
    uint8_t frame[64] = {0};
    open_end(rig, 0, "dgram,local=%s,remote=%s");
    assert_true(send_frame(&rig->ends[0], frame, sizeof frame)); /* nobody is there */
    open_end(rig, 1, "dgram,remote=%s,local=%s");
    check_passage(rig);
    net_link_destroy(&rig->ends[1].link);
    send_frame(&rig->ends[0], frame, sizeof frame);
    open_end(rig, 1, "dgram,remote=%s,local=%s");
    check_passage(rig);
}

/* A peer of another making. */

static int connect_raw(const struct rig *rig)
{
    int fd = unix_socket_connect(rig->path, SOCK_STREAM);
    assert_true(fd >= 0);
    return fd;
}

static void frames_have_their_length_before_them_as_qemu_sends_it(void **state)
{
    struct rig *rig = *state;
    uint8_t frame[300], got[304];
    open_end(rig, 0, "stream,path=%s,server=on");
    int fd = connect_raw(rig);
    turn(&rig->ends[0]);
    fill(frame, sizeof frame, 3);
    send_frame(&rig->ends[0], frame, sizeof frame);
    assert_int_equal(recv(fd, got, sizeof got, 0), sizeof got);
    assert_memory_equal(got, "\0\0\1\x2c", 4);
    assert_memory_equal(got + 4, frame, sizeof frame);
    for (unsigned i = 0; i < sizeof got; i++) { /* byte by byte */
        assert_int_equal(send(fd, got + i, 1, 0), 1);
        turn(&rig->ends[0]);
        assert_int_equal(rig->ends[0].count, i == sizeof got - 1);
    }
    assert_memory_equal(rig->ends[0].frame, frame, sizeof frame);
    close(fd);
}

static void a_length_that_is_no_frames_ends_the_connection_and_not_the_machine(void **state)
{
    struct rig *rig = *state;
    open_end(rig, 0, "stream,path=%s,server=on");
    int fd = connect_raw(rig);
    turn(&rig->ends[0]);
    assert_true(is_up(&rig->ends[0]));
    assert_int_equal(send(fd, "\0\0\0\0\0\0\0\3abc\xff\xff\xff\xff", 15, 0), 15);
    turn(&rig->ends[0]);
    assert_false(is_up(&rig->ends[0]));
    assert_int_equal(rig->ends[0].count, 0);
    assert_non_null(strstr(rig->ends[0].said, "no frame"));
    close(fd);
}

static void a_second_peer_waits_until_the_first_has_gone(void **state)
{
    struct rig *rig = *state;
    char byte;
    open_end(rig, 0, "stream,path=%s,server=on");
    int first = connect_raw(rig), second = connect_raw(rig);
    turn(&rig->ends[0]);
    turn(&rig->ends[0]);
    send_frame(&rig->ends[0], rig->ends[0].frame, 64);
    assert_int_equal(recv(first, &byte, 1, MSG_DONTWAIT), 1);
    assert_int_equal(recv(second, &byte, 1, MSG_DONTWAIT), -1);
    close(first);
    turn(&rig->ends[0]);
    turn(&rig->ends[0]);
    assert_true(is_up(&rig->ends[0]));
    send_frame(&rig->ends[0], rig->ends[0].frame, 64);
    assert_int_equal(recv(second, &byte, 1, MSG_DONTWAIT), 1);
    close(second);
}

static void an_unplugged_card_takes_all_and_is_down(void **state)
{
    struct rig *rig = *state;
    struct net_options options;
    struct net_message message = {0};
    uint8_t frame[64] = {0};
    assert_true(net_options_parse("unplugged", 0, &options, NULL));
    assert_true(net_link_create(&options, &message, &rig->ends[0].link, NULL));
    assert_false(is_up(&rig->ends[0]));
    assert_true(send_frame(&rig->ends[0], frame, sizeof frame));
    turn(&rig->ends[0]);
}

static void an_interface_that_cannot_be_had_is_one_line(void **state)
{
    struct rig *rig = *state;
    struct error err = {""};
    assert_false(try_open(rig, 0, "tap,ifname=lo", &err)); /* whatever rights there are: it is no tap */
    assert_true(strstr(err.text, "'lo'") != NULL || strstr(err.text, "/dev/net/tun") != NULL);
    assert_null(strchr(err.text, '\n'));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(frames_of_every_length_pass_a_stream_both_ways),
        TEST(frames_of_every_length_pass_as_datagrams_both_ways),
        TEST(the_sockets_files_are_for_their_owner_alone),
        TEST(what_another_holds_is_not_taken_from_it),
        TEST(a_stream_to_nobody_is_an_error_unless_it_may_wait),
        TEST(a_stream_is_down_without_its_peer_and_up_with_the_next),
        TEST(a_stream_finds_its_server_again),
        TEST(a_peer_that_takes_nothing_stops_the_sender_without_loss),
        TEST(a_peer_that_takes_no_datagrams_loses_them_and_holds_nobody_up),
        TEST(a_datagram_peer_that_is_replaced_gets_the_next_frames),
        TEST(frames_have_their_length_before_them_as_qemu_sends_it),
        TEST(a_length_that_is_no_frames_ends_the_connection_and_not_the_machine),
        TEST(a_second_peer_waits_until_the_first_has_gone),
        TEST(an_unplugged_card_takes_all_and_is_down),
        TEST(an_interface_that_cannot_be_had_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
