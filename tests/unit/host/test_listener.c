/* SPDX-License-Identifier: MIT */
/* A listener with real sockets: lines come and go, one client at a time, and none makes it wait. */
#include "host/listener.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define INPUT_BYTES 64
#define OUTPUT_BYTES 4096

struct rig {
    struct listener *listener;
    struct wait_set set;
    char folder[64], path[128];
    unsigned connects, disconnects;
    size_t answer_bytes; /* for each line */
    const char *farewell;
    unsigned lines;
};

static void on_connect(void *owner)
{
    ((struct rig *)owner)->connects++;
}

static void on_disconnect(void *owner)
{
    ((struct rig *)owner)->disconnects++;
}

/* Answers each line with itself, or with so many bytes; "drop" ends the connection. */
static size_t on_bytes(void *owner, const uint8_t *bytes, size_t count)
{
    struct rig *rig = owner;
    const uint8_t *end = memchr(bytes, '\n', count);
    if (end == NULL)
        return 0;
    size_t length = (size_t)(end - bytes) + 1;
    rig->lines++;
    if (rig->answer_bytes != 0) {
        static const char zeros[OUTPUT_BYTES + 1];
        listener_send(rig->listener, zeros, rig->answer_bytes);
    } else {
        listener_send(rig->listener, bytes, length);
    }
    if (length == 5 && memcmp(bytes, "drop", 4) == 0)
        listener_drop(rig->listener);
    return length;
}

static struct listener *open_at(struct rig *rig, const char *path, struct error *err)
{
    struct listener_config config = {
        .path = path,
        .refusal = "busy\n",
        .farewell = rig->farewell,
        .input_bytes = INPUT_BYTES,
        .output_bytes = OUTPUT_BYTES,
        .owner = rig,
        .connected = on_connect,
        .received = on_bytes,
        .disconnected = on_disconnect,
    };
    return listener_open(&config, err);
}

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    struct error err;
    strcpy(rig->folder, "/tmp/listener.XXXXXX");
    assert_non_null(mkdtemp(rig->folder));
    snprintf(rig->path, sizeof rig->path, "%s/socket", rig->folder);
    rig->listener = open_at(rig, rig->path, &err);
    assert_non_null(rig->listener);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    listener_close(rig->listener);
    assert_int_equal(access(rig->path, F_OK), -1);
    wait_set_destroy(&rig->set);
    rmdir(rig->folder);
    free(rig);
    return 0;
}

/* As the event loop does; a few rounds are enough for whatever is under way. */
static void turn(struct rig *rig)
{
    const struct event_source *source = listener_source(rig->listener);
    for (unsigned i = 0; i < 8; i++) {
        uint64_t timeout = UINT64_MAX;
        wait_set_clear(&rig->set);
        source->watch(source->owner, &rig->set, &timeout);
        wait_set_look(&rig->set);
        source->serve(source->owner, &rig->set);
    }
}

static int dial(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(address.sun_path, path);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static int client_of(struct rig *rig)
{
    int fd = dial(rig->path);
    turn(rig);
    return fd;
}

static void say(struct rig *rig, int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
    turn(rig);
}

static void assert_hears(int fd, const char *text)
{
    char got[256] = "";
    assert_int_equal(recv(fd, got, sizeof got - 1, MSG_DONTWAIT), strlen(text));
    assert_string_equal(got, text);
}

static void assert_ended(int fd)
{
    char byte;
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
    close(fd);
}

static void test_lines_are_answered_whole_or_in_pieces(void **state)
{
    struct rig *rig = *state;
    int fd = client_of(rig);
    say(rig, fd, "on");
    say(rig, fd, "e\ntwo\n");
    assert_hears(fd, "one\ntwo\n");
    close(fd);
    turn(rig);
    assert_int_equal(rig->disconnects, 1);
    assert_false(listener_is_connected(rig->listener));
}

static void test_the_socket_is_the_owners_alone(void **state)
{
    struct rig *rig = *state;
    struct stat info;
    assert_int_equal(stat(rig->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void test_a_second_client_is_refused_in_words_and_the_first_goes_on(void **state)
{
    struct rig *rig = *state;
    int first = client_of(rig), second = client_of(rig);
    assert_hears(second, "busy\n");
    assert_ended(second);
    say(rig, first, "still\n");
    assert_hears(first, "still\n");
    close(first);
    turn(rig);
    int third = client_of(rig);
    say(rig, third, "next\n");
    assert_hears(third, "next\n");
    assert_int_equal(rig->connects, 2);
    close(third);
}

static void test_a_client_that_has_left_is_in_nobodys_way(void **state)
{
    struct rig *rig = *state;
    close(dial(rig->path));
    int fd = dial(rig->path);
    turn(rig);
    say(rig, fd, "hello\n");
    assert_hears(fd, "hello\n");
    assert_int_equal(rig->connects, 2);
    close(fd);
}

static void test_a_refused_client_may_write_before_it_reads_why(void **state)
{
    struct rig *rig = *state;
    int first = client_of(rig), second = client_of(rig);
    say(rig, second, "hello\n");
    say(rig, second, "hello\n");
    assert_hears(second, "busy\n");
    close(second);
    turn(rig);
    close(first);
}

static void test_what_was_asked_before_the_end_of_input_is_answered(void **state)
{
    struct rig *rig = *state;
    int fd = dial(rig->path);
    assert_int_equal(send(fd, "last\n", 5, 0), 5);
    shutdown(fd, SHUT_WR);
    turn(rig);
    assert_hears(fd, "last\n");
    assert_ended(fd);
    assert_int_equal(rig->disconnects, 1);
}

static void test_a_piece_longer_than_the_buffer_ends_the_connection(void **state)
{
    struct rig *rig = *state;
    int fd = client_of(rig);
    char text[2 * INPUT_BYTES + 1];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    say(rig, fd, text);
    assert_int_equal(rig->disconnects, 1);
    assert_false(listener_is_connected(rig->listener));
    close(fd);
}

static void test_an_answer_longer_than_the_buffer_ends_the_connection(void **state)
{
    struct rig *rig = *state;
    int fd = client_of(rig);
    rig->answer_bytes = OUTPUT_BYTES + 1;
    say(rig, fd, "a\n");
    assert_int_equal(rig->disconnects, 1);
    assert_ended(fd);
}

/* Who does not read is not listened to, and gets every answer once it reads. */
static void test_a_slow_client_loses_nothing_and_is_not_waited_for(void **state)
{
    struct rig *rig = *state;
    int fd = client_of(rig), small = 1;
    unsigned asked = 0, kept;
    size_t heard = 0;
    char got[4096];
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    rig->answer_bytes = 1024;
    while (send(fd, "a\n", 2, MSG_DONTWAIT) == 2 && asked < 100000) {
        asked++;
        turn(rig);
    }
    kept = rig->lines;
    assert_true(kept < asked);
    for (unsigned idle = 0; idle < 100; idle++) {
        ssize_t n = recv(fd, got, sizeof got, MSG_DONTWAIT);
        if (n > 0) {
            heard += (size_t)n;
            idle = 0;
        }
        turn(rig);
    }
    assert_int_equal(rig->lines, asked);
    assert_int_equal(heard, asked * rig->answer_bytes);
    close(fd);
}

/* Sends until the client, which does not read, is given up; returns how much that was. */
static size_t send_too_much(struct rig *rig)
{
    static const char zeros[1000];
    size_t sent = 0;
    while (listener_send(rig->listener, zeros, sizeof zeros))
        sent += sizeof zeros;
    assert_false(listener_is_connected(rig->listener));
    return sent;
}

static void reopen_with_farewell(struct rig *rig)
{
    struct error err;
    listener_close(rig->listener);
    rig->farewell = "late\n";
    rig->listener = open_at(rig, rig->path, &err);
    assert_non_null(rig->listener);
}

static void test_a_client_that_reads_too_late_gets_what_was_queued_and_the_farewell(void **state)
{
    struct rig *rig = *state;
    reopen_with_farewell(rig);
    int fd = client_of(rig);
    size_t sent = send_too_much(rig), heard = 0;
    char got[1 << 12] = "", last[5] = "";
    for (ssize_t count; (count = recv(fd, got, sizeof got, MSG_DONTWAIT)) > 0; heard += (size_t)count, turn(rig))
        if (count >= 5)
            memcpy(last, got + count - 5, 5);
    assert_int_equal(heard, sent + 5);
    assert_memory_equal(last, "late\n", 5);
    assert_ended(fd);
    assert_int_equal(rig->disconnects, 1);
    close(fd);
}

static void test_a_client_that_was_given_up_makes_room_for_the_next(void **state)
{
    struct rig *rig = *state;
    reopen_with_farewell(rig);
    int late = client_of(rig);
    send_too_much(rig);
    turn(rig);
    int next = client_of(rig);
    say(rig, next, "hello\n");
    assert_hears(next, "hello\n");
    close(late);
    close(next);
}

/* What is left over is served though nothing more arrives. */
static void test_many_pieces_at_once_are_served_in_several_looks(void **state)
{
    struct rig *rig = *state;
    const struct event_source *source = listener_source(rig->listener);
    int fd = client_of(rig);
    char lines[INPUT_BYTES + 1];
    memset(lines, '\n', INPUT_BYTES);
    lines[INPUT_BYTES] = '\0';
    assert_int_equal(send(fd, lines, INPUT_BYTES, 0), INPUT_BYTES);
    uint64_t timeout = UINT64_MAX;
    wait_set_clear(&rig->set);
    source->watch(source->owner, &rig->set, &timeout);
    wait_set_look(&rig->set);
    source->serve(source->owner, &rig->set);
    assert_in_range(rig->lines, 1, INPUT_BYTES - 1);
    wait_set_clear(&rig->set);
    source->watch(source->owner, &rig->set, &timeout);
    assert_int_equal(timeout, 0);
    for (unsigned i = 0; i < INPUT_BYTES; i++)
        turn(rig);
    assert_int_equal(rig->lines, INPUT_BYTES);
    assert_hears(fd, lines);
    close(fd);
}

static void test_a_dropped_client_still_gets_its_answer(void **state)
{
    struct rig *rig = *state;
    int fd = client_of(rig);
    say(rig, fd, "drop\nand no more\n");
    assert_hears(fd, "drop\n");
    assert_ended(fd);
    assert_int_equal(rig->lines, 1);
}

static void test_a_socket_in_use_is_not_replaced_and_a_stale_one_is(void **state)
{
    struct rig *rig = *state;
    struct error err;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_null(open_at(rig, rig->path, &err));
    assert_non_null(strstr(err.text, "another process listens"));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/stale", rig->folder);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    struct listener *other = open_at(rig, address.sun_path, &err);
    assert_non_null(other);
    listener_close(other);
}

static void test_a_port_of_the_loopback_serves_as_well(void **state)
{
    struct rig *rig = *state;
    struct error err;
    struct listener *before = rig->listener;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    rig->listener = open_at(rig, NULL, &err);
    assert_non_null(rig->listener);
    assert_memory_equal(listener_address(rig->listener), "127.0.0.1:", 10);
    address.sin_port = htons((uint16_t)atoi(listener_address(rig->listener) + 10));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    turn(rig);
    say(rig, fd, "tcp\n");
    assert_hears(fd, "tcp\n");
    listener_close(rig->listener);
    assert_ended(fd);
    rig->listener = before;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines_are_answered_whole_or_in_pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_socket_is_the_owners_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_client_that_has_left_is_in_nobodys_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_refused_client_may_write_before_it_reads_why, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_second_client_is_refused_in_words_and_the_first_goes_on, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_was_asked_before_the_end_of_input_is_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_piece_longer_than_the_buffer_ends_the_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_answer_longer_than_the_buffer_ends_the_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_slow_client_loses_nothing_and_is_not_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_client_that_reads_too_late_gets_what_was_queued_and_the_farewell, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_client_that_was_given_up_makes_room_for_the_next, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_pieces_at_once_are_served_in_several_looks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_dropped_client_still_gets_its_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_socket_in_use_is_not_replaced_and_a_stale_one_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_port_of_the_loopback_serves_as_well, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
