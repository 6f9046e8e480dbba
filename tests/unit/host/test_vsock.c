/* SPDX-License-Identifier: MIT */
/* Where vsock connections lead on the host: how they are made and refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "vsock_fixture.h"

static void the_socket_is_the_users_alone(void **state)
{
    struct rig *rig = *state;
    struct stat info;
    assert_int_equal(stat(rig->options.path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
}

static void the_guest_reaches_who_listens_at_the_ports_path(void **state)
{
    struct rig *rig = *state;
    int fd = connect_out(rig);
    say_data(rig, 80, "to the host", 11);
    expect_text(fd, "to the host");
    put(fd, "to the guest");
    assert_int_equal(next_header(rig, VSOCK_OP_RW).taken, 11);
    assert_int_equal(rig->data_bytes, 12);
    assert_memory_equal(rig->data, "to the guest", 12);
    close(fd);
    assert_int_equal(next_header(rig, VSOCK_OP_SHUTDOWN).flags, VSOCK_NEITHER);
    say(rig, 80, VSOCK_OP_RST, 0);
    expect_nothing(rig);
    assert_false(is_awake(rig));
}

static void where_nobody_listens_the_guest_is_rejected(void **state)
{
    struct rig *rig = *state;
    say(rig, 81, VSOCK_OP_REQUEST, 0);
    struct vsock_header answer = next_header(rig, VSOCK_OP_RST);
    assert_int_equal(answer.source_port, 81);
    assert_int_equal(answer.target_port, PORT);
    expect_nothing(rig);
}

static void a_client_reaches_the_port_that_it_names(void **state)
{
    struct rig *rig = *state;
    uint32_t host_port;
    int fd = connect_in(rig, &host_port);
    next_header(rig, VSOCK_OP_RW);
    assert_memory_equal(rig->data, "hello", 5);
    say_data(rig, host_port, "welcome", 7);
    expect_text(fd, "welcome");
    close(fd);
}

static void a_client_that_the_guest_rejects_reads_the_end(void **state)
{
    struct rig *rig = *state;
    int fd = dial(rig);
    put(fd, "connect 1024\n");
    struct vsock_header request = next_header(rig, VSOCK_OP_REQUEST);
    say(rig, request.source_port, VSOCK_OP_RST, 0);
    expect_nothing(rig);
    expect_end(fd);
    close(fd);
}

static void a_client_that_names_no_port_reads_the_end(void **state)
{
    static const char *const lines[] = {
        "HELO 5\n",      "CONNECT\n",    "CONNECT 4294967296\n",
        "CONNECT 1 2\n", "CONNECT -1\n", "CONNECT 00000000000000000000000000000000000001\n"};
    struct rig *rig = *state;
    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char bytes[64];
        int fd = dial(rig);
        put(fd, lines[i]);
        expect_nothing(rig);
        ssize_t got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        assert_true(got == 0 || (got < 0 && errno == ECONNRESET));
        close(fd);
    }
}

static void a_client_may_take_its_time_over_its_line(void **state)
{
    struct rig *rig = *state;
    int fd = dial(rig);
    put(fd, "CONN");
    expect_nothing(rig);
    assert_false(is_awake(rig));
    put(fd, "ECT 7");
    expect_nothing(rig);
    put(fd, "7\n");
    assert_int_equal(next_header(rig, VSOCK_OP_REQUEST).target_port, 77);
    close(fd);
}

static void a_client_before_the_driver_reads_the_end(void **state)
{
    struct rig *rig = *state;
    rig->backend.set_listening(rig->backend.owner, false);
    int fd = dial(rig);
    put(fd, "CONNECT 5\n");
    expect_nothing(rig);
    expect_end(fd);
    close(fd);
}

static void strays_and_unknown_kinds_are_rejected_but_rejections_are_not(void **state)
{
    struct rig *rig = *state;
    say(rig, 99, VSOCK_OP_RW, 0);
    assert_int_equal(next_header(rig, VSOCK_OP_RST).source_port, 99);
    struct vsock_header header = header_to(rig, 80, VSOCK_OP_REQUEST);
    header.type = 2;
    send_packet(rig, &header, NULL);
    assert_int_equal(next_header(rig, VSOCK_OP_RST).type, 2);
    header = header_to(rig, 80, VSOCK_OP_REQUEST);
    header.target_cid = 77;
    send_packet(rig, &header, NULL);
    assert_int_equal(next_header(rig, VSOCK_OP_RST).source_cid, 77);
    header = header_to(rig, 80, VSOCK_OP_REQUEST);
    header.source_cid = CID + 1;
    send_packet(rig, &header, NULL);
    say(rig, 99, VSOCK_OP_RST, 0);
    expect_nothing(rig);
}

static void an_operation_out_of_place_ends_the_connection(void **state)
{
    struct rig *rig = *state;
    static const enum vsock_op ops[] = {VSOCK_OP_REQUEST, VSOCK_OP_RESPONSE, 0, 99};
    int fds[4];
    fds[0] = connect_out(rig);
    for (unsigned i = 0; i < 4; i++) {
        say(rig, 80, ops[i], 0);
        next_header(rig, VSOCK_OP_RST);
        expect_nothing(rig);
        expect_end(fds[i]);
        close(fds[i]);
        if (i == 3)
            break;
        say(rig, 80, VSOCK_OP_REQUEST, 0);
        next_header(rig, VSOCK_OP_RESPONSE);
        fds[i + 1] = accept4(rig->server, NULL, NULL, SOCK_NONBLOCK);
    }
}

static void connections_end_with_the_driver(void **state)
{
    struct rig *rig = *state;
    uint32_t host_port;
    int fd = connect_in(rig, &host_port), silent = dial(rig);
    go_round(rig);
    rig->backend.set_listening(rig->backend.owner, false);
    rig->count = rig->seen = 0;
    expect_nothing(rig);
    expect_end(fd);
    expect_quiet(silent);
    rig->backend.set_listening(rig->backend.owner, true);
    put(silent, "CONNECT 9\n");
    next_header(rig, VSOCK_OP_REQUEST);
    close(fd);
    close(silent);
}

static void connections_are_bounded_and_the_rest_wait(void **state)
{
    struct rig *rig = *state;
    static int fds[VSOCK_CONNECTIONS + 1];
    for (unsigned i = 0; i <= VSOCK_CONNECTIONS; i++) {
        fds[i] = dial(rig);
        go_round(rig);
        go_round(rig);
    }
    assert_false(is_awake(rig));
    say(rig, 80, VSOCK_OP_REQUEST, 0);
    next_header(rig, VSOCK_OP_RST);
    close(fds[0]);
    expect_nothing(rig);
    put(fds[VSOCK_CONNECTIONS], "CONNECT 9\n");
    next_header(rig, VSOCK_OP_REQUEST);
    for (unsigned i = 1; i <= VSOCK_CONNECTIONS; i++)
        close(fds[i]);
}

static void options_are_parsed_or_refused_in_words(void **state)
{
    struct rig *rig = *state;
    struct vsock_options options;
    assert_true(vsock_options_parse("path=/tmp/a,,b", &options, &rig->err));
    assert_int_equal(options.cid, 3);
    assert_string_equal(options.path, "/tmp/a,b");
    assert_true(vsock_options_parse("cid=0x10,path=v", &options, &rig->err));
    assert_int_equal(options.cid, 16);
    assert_true(vsock_options_parse("cid=3", &options, &rig->err));
    assert_string_equal(options.path, ""); /* nobody on the host */
    static const char *const wrong[] = {
        "",
        "path=",
        "cid=2,path=v",
        "cid=4294967295,path=v",
        "cid=-1,path=v",
        "cid=3x,path=v",
        "file=v",
        "path=/an/overlong/path/012345678901234567890123456789012345678901234567890123456789012345678901234567890"};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        rig->err.text[0] = '\0';
        assert_false(vsock_options_parse(wrong[i], &options, &rig->err));
        assert_true(rig->err.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_socket_is_the_users_alone),
        TEST(the_guest_reaches_who_listens_at_the_ports_path),
        TEST(where_nobody_listens_the_guest_is_rejected),
        TEST(a_client_reaches_the_port_that_it_names),
        TEST(a_client_that_the_guest_rejects_reads_the_end),
        TEST(a_client_that_names_no_port_reads_the_end),
        TEST(a_client_may_take_its_time_over_its_line),
        TEST(a_client_before_the_driver_reads_the_end),
        TEST(strays_and_unknown_kinds_are_rejected_but_rejections_are_not),
        TEST(an_operation_out_of_place_ends_the_connection),
        TEST(connections_end_with_the_driver),
        TEST(connections_are_bounded_and_the_rest_wait),
        TEST(options_are_parsed_or_refused_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
