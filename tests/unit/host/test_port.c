/* SPDX-License-Identifier: MIT */
/* What console ports lead to: sockets and files, and the option that names them. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/port.h"

struct rig {
    char folder[64];
    struct port_options options;
    struct host_port *port;
    struct port_backend backend;
    struct wait_set set;
    struct error err;
};

static int set_up(void **state)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    strcpy(rig->folder, "/tmp/microvm-port-XXXXXX");
    assert_non_null(mkdtemp(rig->folder));
    rig->options.kind = PORT_UNIX;
    snprintf(rig->options.path, sizeof rig->options.path, "%s/port", rig->folder);
    strcpy(rig->options.name, "org.example");
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    host_port_close(rig->port, NULL);
    wait_set_destroy(&rig->set);
    unlink(rig->options.path);
    assert_int_equal(rmdir(rig->folder), 0);
    test_free(rig);
    return 0;
}

static void open_port(struct rig *rig)
{
    rig->port = host_port_open(&rig->options, &rig->err);
    if (rig->port == NULL)
        print_message("%s\n", rig->err.text);
    assert_non_null(rig->port);
    rig->backend = host_port_backend(rig->port);
}

static void go_round(struct rig *rig)
{
    uint64_t timeout = UINT64_MAX;
    wait_set_clear(&rig->set);
    host_port_watch(rig->port, &rig->set, &timeout);
    wait_set_look(&rig->set);
    host_port_serve(rig->port, &rig->set);
}

/* True if a sleep would end at once. */
static bool is_awake(struct rig *rig)
{
    uint64_t timeout = UINT64_MAX;
    wait_set_clear(&rig->set);
    host_port_watch(rig->port, &rig->set, &timeout);
    return wait_set_look(&rig->set);
}

static int dial(const struct rig *rig)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, rig->options.path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static int join(struct rig *rig)
{
    int fd = dial(rig);
    assert_true(fd >= 0);
    go_round(rig);
    return fd;
}

static size_t put(struct rig *rig, const char *text)
{
    return rig->backend.write(rig->backend.owner, (const uint8_t *)text, strlen(text));
}

static void expect_text(int fd, const char *text)
{
    char got[64] = {0};
    ssize_t count = read(fd, got, sizeof got - 1);
    assert_int_equal(count, strlen(text));
    assert_string_equal(got, text);
}

static void expect_input(struct rig *rig, const char *text)
{
    char got[64] = {0};
    size_t count = rig->backend.read(rig->backend.owner, (uint8_t *)got, sizeof got - 1);
    assert_int_equal(count, strlen(text));
    assert_string_equal(got, text);
}

static bool is_connected(const struct rig *rig)
{
    return rig->backend.is_connected(rig->backend.owner);
}

static void the_socket_is_its_owners_alone_and_goes_with_the_port(void **state)
{
    struct rig *rig = *state;
    struct stat info;
    mode_t mask = umask(0);
    open_port(rig);
    umask(mask);
    assert_int_equal(stat(rig->options.path, &info), 0);
    assert_true(S_ISSOCK(info.st_mode));
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_true(host_port_close(rig->port, &rig->err));
    rig->port = NULL;
    assert_int_equal(stat(rig->options.path, &info), -1);
}

static void a_socket_that_nobody_listens_on_is_replaced(void **state)
{
    struct rig *rig = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, rig->options.path);
    int stale = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(stale, (struct sockaddr *)&address, sizeof address), 0);
    close(stale);
    open_port(rig);
    int fd = join(rig);
    assert_true(is_connected(rig));
    close(fd);
}

static void a_socket_in_use_and_a_file_are_left_alone(void **state)
{
    struct rig *rig = *state;
    open_port(rig);
    assert_null(host_port_open(&rig->options, &rig->err));
    assert_non_null(strstr(rig->err.text, "another process"));
    int fd = join(rig);
    assert_true(is_connected(rig));
    close(fd);
    host_port_close(rig->port, NULL);
    rig->port = NULL;
    close(open(rig->options.path, O_CREAT | O_WRONLY, 0600));
    assert_null(host_port_open(&rig->options, &rig->err));
    assert_non_null(strstr(rig->err.text, "no socket"));
    assert_int_equal(access(rig->options.path, F_OK), 0);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
    struct rig *rig = *state;
    struct port_options options = rig->options;
    memset(options.path, 'a', 108);
    options.path[108] = '\0';
    assert_null(host_port_open(&options, &rig->err));
    assert_non_null(strstr(rig->err.text, "107"));
}

static void bytes_go_both_ways(void **state)
{
    struct rig *rig = *state;
    open_port(rig);
    assert_false(is_connected(rig));
    int fd = join(rig);
    assert_true(is_connected(rig));
    put(rig, "to the client");
    host_port_poll(rig->port);
    expect_text(fd, "to the client");
    assert_int_equal(write(fd, "to the guest", 12), 12);
    go_round(rig);
    assert_int_equal(rig->backend.waiting(rig->backend.owner), 12);
    expect_input(rig, "to the guest");
    close(fd);
}

static void a_second_client_waits_for_the_first_to_leave(void **state)
{
    struct rig *rig = *state;
    open_port(rig);
    int first = join(rig), second = join(rig);
    put(rig, "one");
    host_port_poll(rig->port);
    expect_text(first, "one");
    assert_int_equal(read(second, &(char){0}, 1), -1);
    assert_int_equal(errno, EAGAIN);
    close(first);
    go_round(rig);
    go_round(rig);
    put(rig, "two");
    host_port_poll(rig->port);
    expect_text(second, "two");
    close(second);
}

static void what_a_client_left_behind_is_read_before_it_counts_as_gone(void **state)
{
    struct rig *rig = *state;
    open_port(rig);
    int fd = join(rig);
    assert_int_equal(write(fd, "bye", 3), 3);
    close(fd);
    for (unsigned i = 0; i < 3; i++)
        go_round(rig);
    assert_true(is_connected(rig));
    expect_input(rig, "bye");
    assert_false(is_connected(rig));
}

static void output_of_a_named_port_waits_for_the_next_client(void **state)
{
    struct rig *rig = *state;
    static uint8_t block[PORT_OUTPUT_BYTES];
    open_port(rig);
    close(join(rig));
    go_round(rig);
    go_round(rig);
    put(rig, "first");
    assert_int_equal(rig->backend.write(rig->backend.owner, block, sizeof block), sizeof block - 5);
    assert_int_equal(rig->backend.room(rig->backend.owner), 0);
    assert_int_equal(put(rig, "more"), 0);
    int fd = join(rig);
    char text[6] = {0};
    assert_int_equal(read(fd, text, 5), 5);
    assert_string_equal(text, "first");
    close(fd);
}

static void a_console_keeps_the_latest_output(void **state)
{
    struct rig *rig = *state;
    static uint8_t block[PORT_OUTPUT_BYTES];
    rig->options.name[0] = '\0';
    open_port(rig);
    put(rig, "lost");
    memset(block, 'x', sizeof block);
    assert_int_equal(rig->backend.write(rig->backend.owner, block, sizeof block), sizeof block);
    assert_true(rig->backend.room(rig->backend.owner) > 0);
    assert_int_equal(put(rig, "kept"), 4);
    int fd = join(rig);
    static char got[2 * PORT_OUTPUT_BYTES];
    size_t count = 0;
    for (ssize_t piece; (piece = read(fd, got + count, sizeof got - count)) > 0; go_round(rig))
        count += (size_t)piece;
    assert_int_equal(count, PORT_OUTPUT_BYTES);
    assert_int_equal(got[0], 'x');
    assert_memory_equal(got + count - 4, "kept", 4);
    close(fd);
}

static void megabytes_pass_a_slow_client_unchanged(void **state)
{
    struct rig *rig = *state;
    open_port(rig);
    int fd = join(rig);
    uint32_t sent = 0, seen = 0;
    uint8_t bytes[777];
    for (unsigned round = 0; seen < 3u << 20; round++) {
        for (unsigned i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)((sent + i) * 2654435761u >> 24);
        sent += (uint32_t)rig->backend.write(rig->backend.owner, bytes, sizeof bytes);
        go_round(rig);
        ssize_t got = round % 3 == 0 ? read(fd, bytes, sizeof bytes) : 0;
        for (ssize_t i = 0; i < got; i++, seen++)
            assert_int_equal(bytes[i], (uint8_t)(seen * 2654435761u >> 24));
    }
    close(fd);
}

/* Else a client that has gone, or sends without end, would keep the machine from sleeping. */
static void the_host_sleeps_while_the_guest_takes_nothing(void **state)
{
    struct rig *rig = *state;
    static uint8_t block[4096];
    open_port(rig);
    assert_false(is_awake(rig));
    int fd = join(rig);
    assert_false(is_awake(rig));
    while (write(fd, block, sizeof block) > 0 || rig->backend.waiting(rig->backend.owner) < PORT_INPUT_BYTES)
        go_round(rig);
    assert_false(is_awake(rig));
    close(fd);
    go_round(rig);
    assert_false(is_awake(rig));
    assert_true(is_connected(rig));
    while (rig->backend.read(rig->backend.owner, block, sizeof block) != 0)
        go_round(rig);
    go_round(rig);
    assert_false(is_connected(rig));
    assert_false(is_awake(rig));
}

static void a_client_that_only_ends_its_own_sending_still_receives(void **state)
{
    struct rig *rig = *state;
    open_port(rig);
    int fd = join(rig);
    shutdown(fd, SHUT_WR);
    for (unsigned i = 0; i < 3; i++)
        go_round(rig);
    assert_true(is_connected(rig));
    assert_false(is_awake(rig));
    put(rig, "still here");
    host_port_poll(rig->port);
    expect_text(fd, "still here");
    close(fd);
}

static void a_file_takes_the_output(void **state)
{
    struct rig *rig = *state;
    rig->options.kind = PORT_FILE;
    open_port(rig);
    assert_true(is_connected(rig));
    put(rig, "line\n");
    host_port_poll(rig->port);
    int fd = open(rig->options.path, O_RDONLY);
    expect_text(fd, "line\n");
    put(rig, "last");
    assert_true(host_port_close(rig->port, &rig->err));
    rig->port = NULL;
    expect_text(fd, "last");
    close(fd);
}

static void a_file_that_cannot_be_written_is_told_of_once_and_blocks_nobody(void **state)
{
    struct rig *rig = *state;
    rig->options.kind = PORT_FILE;
    char path[sizeof rig->options.path];
    strcpy(path, rig->options.path);
    strcpy(rig->options.path, "/dev/full");
    open_port(rig);
    strcpy(rig->options.path, path);
    put(rig, "x");
    host_port_poll(rig->port);
    assert_true(host_port_take_warning(rig->port, &rig->err));
    assert_non_null(strstr(rig->err.text, "/dev/full"));
    assert_false(host_port_take_warning(rig->port, &rig->err));
    assert_true(rig->backend.room(rig->backend.owner) > 0);
    assert_int_equal(put(rig, "y"), 1);
    assert_false(host_port_close(rig->port, &rig->err));
    rig->port = NULL;
}

static void the_option_is_taken_apart(void **state)
{
    (void)state;
    struct port_options options;
    struct error err;
    assert_true(port_options_parse("console", &options, &err));
    assert_int_equal(options.kind, PORT_TERMINAL);
    assert_string_equal(options.name, "");
    assert_true(port_options_parse("unix:/tmp/a,,b,name=org.x-0", &options, &err));
    assert_int_equal(options.kind, PORT_UNIX);
    assert_string_equal(options.path, "/tmp/a,b");
    assert_string_equal(options.name, "org.x-0");
    assert_true(port_options_parse("file:out", &options, &err));
    assert_int_equal(options.kind, PORT_FILE);
    assert_string_equal(options.path, "out");
}

static void what_is_no_port_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "tty",
        "unix:",
        "file:",
        "console,",
        "console,name=",
        "unix:a,b",
        "unixa",
        "console,name",
        "file:a,name=a b",
        "file:a,name=/",
        "CONSOLE",
        "file:a,name=..",
        "unix",
        "file:a,name=0123456789012345678901234567890123456789012345678901234567890123",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct port_options options;
        struct error err = {""};
        if (port_options_parse(bad[i], &options, &err))
            fail_msg("'%s' was taken", bad[i]);
        assert_string_not_equal(err.text, "");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* as the terminal has it while a machine runs */
    const struct CMUnitTest tests[] = {
        TEST(the_socket_is_its_owners_alone_and_goes_with_the_port),
        TEST(a_socket_that_nobody_listens_on_is_replaced),
        TEST(a_socket_in_use_and_a_file_are_left_alone),
        TEST(a_path_that_is_too_long_is_refused),
        TEST(bytes_go_both_ways),
        TEST(a_second_client_waits_for_the_first_to_leave),
        TEST(what_a_client_left_behind_is_read_before_it_counts_as_gone),
        TEST(output_of_a_named_port_waits_for_the_next_client),
        TEST(a_console_keeps_the_latest_output),
        TEST(megabytes_pass_a_slow_client_unchanged),
        TEST(the_host_sleeps_while_the_guest_takes_nothing),
        TEST(a_client_that_only_ends_its_own_sending_still_receives),
        TEST(a_file_takes_the_output),
        TEST(a_file_that_cannot_be_written_is_told_of_once_and_blocks_nobody),
        cmocka_unit_test(the_option_is_taken_apart),
        cmocka_unit_test(what_is_no_port_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
