/* SPDX-License-Identifier: MIT */
/* The console on pipes and files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "host/console/console.h"
#include "host/echo_guest.h"

enum { LENGTH = 1 << 20 };

/* Bytes of every value but KEY_END and the other keys; Ctrl-A is among them. */
static uint8_t *long_input(void)
{
    uint8_t *bytes = malloc(LENGTH);
    assert_non_null(bytes);
    uint32_t seed = 7;
    for (size_t i = 0; i < LENGTH; i++) {
        seed = seed * 1664525 + 1013904223;
        uint8_t byte = (uint8_t)(seed >> 24);
        bytes[i] = byte >= 0x02 && byte <= 0x07 ? 0x01 : byte;
    }
    bytes[LENGTH - 1] = KEY_END;
    return bytes;
}

/* Sends count bytes to one descriptor while it reads the other, as a real partner would; returns how many came back. */
static size_t converse(int to, int from, const uint8_t *bytes, size_t count, uint8_t *back, size_t size)
{
    size_t sent = 0, got = 0;
    fcntl(to, F_SETFL, O_NONBLOCK);
    while (got < size) {
        struct pollfd fds[2] = {{sent < count ? to : -1, POLLOUT, 0}, {from, POLLIN, 0}};
        assert_true(poll(fds, 2, -1) > 0);
        if (fds[0].revents != 0) {
            ssize_t n = write(to, bytes + sent, count - sent);
            sent += n > 0 ? (size_t)n : 0;
        }
        if (fds[1].revents != 0) {
            ssize_t n = read(from, back + got, size - got);
            if (n <= 0)
                break;
            got += (size_t)n;
        }
    }
    return got;
}

static void a_megabyte_through_pipes_arrives_byte_for_byte(void **state)
{
    (void)state;
    int in[2], out[2];
    uint8_t *bytes = long_input(), *back = malloc(LENGTH + 64);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    pid_t pid = echo_guest_fork(in[0], out[1], in[1]);
    close(in[0]);
    close(out[1]);
    size_t got = converse(in[1], out[0], bytes, LENGTH, back, LENGTH + 64);
    assert_int_equal(echo_guest_wait(pid), ECHO_END);
    assert_int_equal(got, 6 + LENGTH);
    assert_memory_equal(back, "ready\n", 6);
    assert_memory_equal(back + 6, bytes, got - 6);
    close(in[1]);
    close(out[0]);
    free(bytes);
    free(back);
}

static void a_non_blocking_output_loses_nothing(void **state)
{
    (void)state;
    int in[2], out[2];
    uint8_t *bytes = long_input(), *back = malloc(LENGTH + 64);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    fcntl(out[1], F_SETFL, O_NONBLOCK);
    pid_t pid = echo_guest_fork(in[0], out[1], in[1]);
    close(in[0]);
    close(out[1]);
    size_t got = converse(in[1], out[0], bytes, LENGTH, back, LENGTH + 64);
    assert_int_equal(echo_guest_wait(pid), ECHO_END);
    assert_int_equal(got, 6 + LENGTH);
    assert_memory_equal(back + 6, bytes, got - 6);
    close(in[1]);
    close(out[0]);
    free(bytes);
    free(back);
}

/* User and system time of the children so far, in microseconds. */
static int64_t children_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000) + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

/* After the end of input the process must sleep: it makes no voluntary context switch more, and is found asleep. */
static void check_input_without_end_is_quiet(int input_fd)
{
    int out[2];
    char seen[64] = "";
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    pid_t pid = echo_guest_fork(input_fd, out[1], out[0]);
    close(out[1]);
    assert_true(echo_guest_expect(out[0], "ready\n", seen, sizeof seen));
    struct pollfd more = {out[0], POLLIN, 0};
    assert_int_equal(poll(&more, 1, 200), 0); /* neither output nor end in this time */
    kill(pid, SIGTERM);
    int64_t before = children_us();
    assert_int_equal(echo_guest_wait(pid), 128 + SIGTERM);
    assert_true(children_us() - before < 100000);
    close(out[0]);
}

static void dev_null_as_input_neither_ends_nor_spins(void **state)
{
    (void)state;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    check_input_without_end_is_quiet(fd);
    close(fd);
}

static void a_closed_pipe_as_input_neither_ends_nor_spins(void **state)
{
    (void)state;
    int in[2];
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    close(in[1]);
    check_input_without_end_is_quiet(in[0]);
    close(in[0]);
}

static void a_closed_descriptor_as_input_neither_ends_nor_spins(void **state)
{
    (void)state;
    check_input_without_end_is_quiet(1000);
}

/* 4 MiB without a reader in sight who takes them: the buffer stays bounded, the rest stays in the pipe. */
/* A file goes on, and ends where it ends; a pipe has nothing that another run could have had. */
static void skipped_input_is_that_of_files(void **state)
{
    (void)state;
    for (unsigned piped = 0; piped < 2; piped++) {
        struct console_config config = {.input_fd = -1, .output_fd = -1, .connected = true};
        struct error err;
        FILE *file = tmpfile();
        int pipes[2], number;
        uint8_t byte = 0;
        assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
        assert_int_equal(write(piped ? pipes[1] : fileno(file), "abcdef", 6), 6);
        assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
        config.input_fd = piped ? pipes[0] : fileno(file);
        struct console *console = console_open(&config, &err);
        assert_non_null(console);
        console_skip_input(console, 4);
        assert_int_equal(console_poll(console, &number), CONSOLE_GOES_ON);
        assert_int_equal(console_read(console, &byte, 1), 1);
        assert_int_equal(byte, piped ? 'a' : 'e');
        console_close(console, &err);
        close(pipes[0]);
        close(pipes[1]);
        fclose(file);
    }
}

static void sleep_ns(struct console *console, uint64_t timeout_ns)
{
    struct wait_set set = {0};
    console_wait(console, &set, timeout_ns);
    wait_set_destroy(&set);
}

static void input_that_the_guest_does_not_take_does_not_wake_the_host(void **state)
{
    (void)state;
    int in[2];
    struct error err;
    assert_int_equal(pipe2(in, O_CLOEXEC | O_NONBLOCK), 0);
    uint8_t *bytes = calloc(1, LENGTH);
    struct console_config config = {in[0], STDOUT_FILENO, true, true};
    struct console *console = console_open(&config, &err);
    assert_non_null(console);
    size_t total = 0;
    for (unsigned i = 0; i < 8; i++) {
        ssize_t n = write(in[1], bytes, LENGTH);
        total += n > 0 ? (size_t)n : 0;
        sleep_ns(console, 1000000);
    }
    assert_true(total < LENGTH / 2);
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    sleep_ns(console, 20000000); /* input lies in both the buffer and the pipe, yet this must sleep */
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true((after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec - before.tv_nsec >= 20000000);
    assert_true(console_close(console, &err));
    close(in[0]);
    close(in[1]);
    free(bytes);
}

static void a_reader_that_goes_away_is_reported_at_once(void **state)
{
    (void)state;
    int in[2], out[2];
    char seen[64] = "";
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    pid_t pid = echo_guest_fork(in[0], out[1], out[0]);
    close(out[1]);
    assert_true(echo_guest_expect(out[0], "ready\n", seen, sizeof seen));
    close(out[0]);
    assert_int_equal(echo_guest_wait(pid), ECHO_CLOSED);
    close(in[0]);
    close(in[1]);
}

static void an_output_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC), full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_int_equal(echo_guest_wait(echo_guest_fork(in, full, -1)), ECHO_FAILED);
    close(in);
    close(full);
}

static void a_signal_ends_a_run_whose_reader_takes_nothing(void **state)
{
    (void)state;
    int out[2], in = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    pid_t pid = echo_guest_fork(in, out[1], -1);
    struct pollfd full = {out[1], POLLOUT, 0};
    while (poll(&full, 1, 1) == 1)
        full.revents = 0;
    kill(pid, SIGTERM);
    assert_int_equal(echo_guest_wait(pid), 128 + SIGTERM);
    close(in);
    close(out[0]);
    close(out[1]);
}

static void every_ending_signal_gives_its_number(void **state)
{
    (void)state;
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        int out[2], in = open("/dev/null", O_RDONLY | O_CLOEXEC);
        char seen[64] = "";
        assert_int_equal(pipe2(out, O_CLOEXEC), 0);
        pid_t pid = echo_guest_fork(in, out[1], -1);
        assert_true(echo_guest_expect(out[0], "ready\n", seen, sizeof seen));
        kill(pid, signals[i]);
        assert_int_equal(echo_guest_wait(pid), 128 + signals[i]);
        close(in);
        close(out[0]);
        close(out[1]);
    }
}

static void two_consoles_at_once_are_refused(void **state)
{
    (void)state;
    struct error err = {""};
    struct console_config config = {-1, -1, false, true};
    struct console *first = console_open(&config, &err);
    assert_non_null(first);
    assert_null(console_open(&config, &err));
    assert_string_not_equal(err.text, "");
    assert_true(console_close(first, &err));
    struct console *again = console_open(&config, &err);
    assert_non_null(again);
    assert_true(console_close(again, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_megabyte_through_pipes_arrives_byte_for_byte),
        cmocka_unit_test(a_non_blocking_output_loses_nothing),
        cmocka_unit_test(dev_null_as_input_neither_ends_nor_spins),
        cmocka_unit_test(a_closed_pipe_as_input_neither_ends_nor_spins),
        cmocka_unit_test(a_closed_descriptor_as_input_neither_ends_nor_spins),
        cmocka_unit_test(skipped_input_is_that_of_files),
        cmocka_unit_test(input_that_the_guest_does_not_take_does_not_wake_the_host),
        cmocka_unit_test(a_reader_that_goes_away_is_reported_at_once),
        cmocka_unit_test(an_output_that_cannot_be_written_is_an_error),
        cmocka_unit_test(a_signal_ends_a_run_whose_reader_takes_nothing),
        cmocka_unit_test(every_ending_signal_gives_its_number),
        cmocka_unit_test(two_consoles_at_once_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
