/* SPDX-License-Identifier: MIT */
/* What goes over vsock connections, how much of it, and how they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vsock_fixture.h"

static void no_more_goes_to_the_guest_than_it_has_room_for(void **state)
{
    struct rig *rig = *state;
    int fd = connect_out(rig);
    static char bytes[3 * GUEST_WINDOW];
    assert_int_equal(send(fd, bytes, sizeof bytes, 0), sizeof bytes);
    for (unsigned i = 0; i < 4; i++)
        go_round(rig);
    assert_int_equal(rig->data_bytes, GUEST_WINDOW);
    assert_int_equal(rig->headers[rig->count - 1].op, VSOCK_OP_CREDIT_REQUEST);
    assert_false(is_awake(rig));
    rig->taken = 1000;
    say(rig, 80, VSOCK_OP_CREDIT_UPDATE, 0);
    for (unsigned i = 0; i < 4; i++)
        go_round(rig);
    assert_int_equal(rig->data_bytes, GUEST_WINDOW + 1000);
    rig->free = 0;
    rig->taken = GUEST_WINDOW;
    say(rig, 80, VSOCK_OP_CREDIT_UPDATE, 0);
    go_round(rig);
    assert_int_equal(rig->data_bytes, GUEST_WINDOW + 1000);
    assert_false(is_awake(rig));
    rig->free = 10;
    rig->backend.has_room(rig->backend.owner);
    go_round(rig);
    assert_int_equal(rig->data_bytes, 2 * GUEST_WINDOW);
    close(fd);
}

/* Until the host's end does not take any more and the window is full. */
static size_t fill_window(struct rig *rig, uint32_t *announced)
{
    static uint8_t bytes[1024];
    size_t sent = 0;
    *announced = 0;
    while (sent - *announced + sizeof bytes <= VSOCK_WINDOW_BYTES) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)((sent + i) % 251);
        say_data(rig, 80, bytes, sizeof bytes);
        sent += sizeof bytes;
        vsock_host_poll(rig->host);
        rig->free = 32;
        if (rig->count != 0)
            *announced = rig->headers[rig->count - 1].taken;
        rig->count = rig->seen = 0;
    }
    return sent;
}

static void what_the_peer_does_not_take_stays_within_the_window_and_arrives_whole(void **state)
{
    struct rig *rig = *state;
    int fd = connect_out(rig);
    uint32_t announced;
    size_t sent = fill_window(rig, &announced), got = 0;
    assert_true(sent > VSOCK_WINDOW_BYTES && announced > 0);
    say(rig, 80, VSOCK_OP_SHUTDOWN, VSOCK_NO_SEND);
    static uint8_t bytes[4096];
    for (;;) {
        ssize_t piece = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (piece == 0)
            break;
        if (piece < 0)
            assert_int_equal(errno, EAGAIN);
        for (ssize_t i = 0; i < piece; i++)
            assert_int_equal(bytes[i], (got + (size_t)i) % 251);
        got += piece > 0 ? (size_t)piece : 0;
        go_round(rig);
        rig->free = 32;
    }
    assert_int_equal(got, sent);
    close(fd);
}

static void a_packet_that_is_taken_in_part_arrives_whole(void **state)
{
    struct rig *rig = *state;
    int fd = connect_out(rig), small = 4096;
    static uint8_t bytes[VSOCK_WINDOW_BYTES];
    size_t got = 0;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    say_data(rig, 80, bytes, sizeof bytes);
    for (unsigned i = 0; i < 1000 && got < sizeof bytes; i++) {
        ssize_t piece = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        got += piece > 0 ? (size_t)piece : 0;
        rig->free = 32;
        go_round(rig);
    }
    assert_int_equal(got, sizeof bytes);
    close(fd);
}

static void a_guest_that_sends_more_than_the_window_is_cut_off(void **state)
{
    struct rig *rig = *state;
    int fd = connect_out(rig);
    uint32_t announced;
    fill_window(rig, &announced);
    static uint8_t bytes[VSOCK_WINDOW_BYTES];
    say_data(rig, 80, bytes, sizeof bytes);
    next_header(rig, VSOCK_OP_RST);
    close(fd);
}

static void each_side_may_end_its_half_first(void **state)
{
    struct rig *rig = *state;
    int fd = connect_out(rig);
    say(rig, 80, VSOCK_OP_SHUTDOWN, VSOCK_NO_SEND);
    expect_end(fd);
    put(fd, "answer");
    next_header(rig, VSOCK_OP_RW);
    shutdown(fd, SHUT_WR);
    assert_int_equal(next_header(rig, VSOCK_OP_SHUTDOWN).flags & VSOCK_NO_SEND, VSOCK_NO_SEND);
    say(rig, 80, VSOCK_OP_SHUTDOWN, VSOCK_NEITHER);
    while (rig->headers[rig->count - 1].op != VSOCK_OP_RST)
        go_round(rig);
    close(fd);
}

static void a_client_may_end_its_half_and_read_on(void **state)
{
    struct rig *rig = *state;
    uint32_t host_port;
    int fd = connect_in(rig, &host_port);
    next_header(rig, VSOCK_OP_RW);
    shutdown(fd, SHUT_WR);
    assert_int_equal(next_header(rig, VSOCK_OP_SHUTDOWN).flags, VSOCK_NO_SEND);
    expect_nothing(rig);
    assert_false(is_awake(rig));
    say_data(rig, host_port, "late", 4);
    expect_text(fd, "late");
    say(rig, host_port, VSOCK_OP_SHUTDOWN, VSOCK_NEITHER);
    next_header(rig, VSOCK_OP_RST);
    expect_end(fd);
    expect_nothing(rig);
    close(fd);
}

static void what_a_client_left_behind_reaches_the_guest(void **state)
{
    struct rig *rig = *state;
    uint32_t host_port;
    rig->room = VSOCK_HEADER_BYTES + 2;
    int fd = connect_in(rig, &host_port);
    close(fd);
    for (unsigned i = 0; i < 3; i++)
        next_header(rig, VSOCK_OP_RW);
    assert_memory_equal(rig->data, "hello", 5);
    assert_int_equal(next_header(rig, VSOCK_OP_SHUTDOWN).flags, VSOCK_NEITHER);
    assert_false(is_awake(rig));
    say(rig, host_port, VSOCK_OP_RST, 0);
    expect_nothing(rig);
}

static void a_guest_that_will_not_receive_makes_the_peer_notice(void **state)
{
    struct rig *rig = *state;
    int fd = connect_out(rig);
    say(rig, 80, VSOCK_OP_SHUTDOWN, VSOCK_NO_RECEIVE);
    assert_int_equal(send(fd, "x", 1, MSG_NOSIGNAL), -1);
    assert_int_equal(errno, EPIPE);
    say_data(rig, 80, "still", 5);
    expect_text(fd, "still");
    close(fd);
}

static void answers_that_wait_for_the_guest_are_bounded(void **state)
{
    struct rig *rig = *state;
    struct vsock_header header = header_to(rig, 99, VSOCK_OP_RW);
    uint8_t packet[VSOCK_HEADER_BYTES];
    unsigned taken = 0;
    rig->free = 0;
    vsock_header_put(packet, &header);
    while (taken < 10000 && rig->backend.send(rig->backend.owner, packet, sizeof packet))
        taken++;
    assert_in_range(taken, 1, 64);
    rig->free = 63;
    rig->backend.has_room(rig->backend.owner);
    go_round(rig);
    assert_int_equal(rig->count, taken);
    assert_true(rig->backend.send(rig->backend.owner, packet, sizeof packet));
}

static void a_request_for_credit_is_answered(void **state)
{
    struct rig *rig = *state;
    int fd = connect_out(rig);
    say_data(rig, 80, "four", 4);
    say(rig, 80, VSOCK_OP_CREDIT_REQUEST, 0);
    assert_int_equal(next_header(rig, VSOCK_OP_CREDIT_UPDATE).taken, 4);
    expect_nothing(rig);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_more_goes_to_the_guest_than_it_has_room_for),
        TEST(what_the_peer_does_not_take_stays_within_the_window_and_arrives_whole),
        TEST(a_packet_that_is_taken_in_part_arrives_whole),
        TEST(a_guest_that_sends_more_than_the_window_is_cut_off),
        TEST(each_side_may_end_its_half_first),
        TEST(a_client_may_end_its_half_and_read_on),
        TEST(what_a_client_left_behind_reaches_the_guest),
        TEST(a_guest_that_will_not_receive_makes_the_peer_notice),
        TEST(answers_that_wait_for_the_guest_are_bounded),
        TEST(a_request_for_credit_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
