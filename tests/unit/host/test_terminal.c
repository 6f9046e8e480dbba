/* SPDX-License-Identifier: MIT */
/* The console on a terminal: whatever ends the process, the terminal is as it was before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "host/echo_guest.h"

struct session {
    int master, slave;
    pid_t pid;
    struct termios before;
    char seen[4096];
};

/* An echo guest in the foreground of a new terminal. */
static struct session begin(bool filtered)
{
    struct session s = {0};
    assert_int_equal(openpty(&s.master, &s.slave, NULL, NULL, NULL), 0);
    assert_int_equal(tcgetattr(s.slave, &s.before), 0);
    s.pid = fork();
    if (s.pid == 0) {
        close(s.master);
        if (login_tty(s.slave) != 0)
            _exit(1);
        echo_guest_run(STDIN_FILENO, STDOUT_FILENO, filtered);
    }
    assert_true(echo_guest_expect(s.master, "ready\r\n", s.seen, sizeof s.seen));
    return s;
}

static void type(const struct session *s, const char *keys)
{
    assert_int_equal(write(s->master, keys, strlen(keys)), strlen(keys));
}

static bool is_raw(const struct session *s)
{
    struct termios now;
    assert_int_equal(tcgetattr(s->slave, &now), 0);
    return (now.c_lflag & (ICANON | ECHO | ISIG)) == 0;
}

static void assert_as_before(const struct session *s)
{
    struct termios now;
    assert_int_equal(tcgetattr(s->slave, &now), 0);
    assert_int_equal(now.c_lflag, s->before.c_lflag);
    assert_int_equal(now.c_iflag, s->before.c_iflag);
    assert_int_equal(now.c_oflag, s->before.c_oflag);
    assert_int_equal(now.c_cflag, s->before.c_cflag);
    assert_memory_equal(now.c_cc, s->before.c_cc, sizeof now.c_cc);
}

static void end(struct session *s)
{
    close(s->master);
    close(s->slave);
}

/* The process ends with `status` after a signal from outside or keys, and leaves the terminal in order. */
static void check_end(int signal, const char *keys, int status)
{
    struct session s = begin(true);
    assert_true(is_raw(&s));
    if (keys != NULL)
        type(&s, keys);
    else
        kill(s.pid, signal);
    assert_int_equal(echo_guest_wait(s.pid), status);
    assert_as_before(&s);
    end(&s);
}

static void a_normal_end_restores_the_terminal(void **state)
{
    (void)state;
    check_end(0, "\004", ECHO_END);
}

static void ctrl_a_x_restores_the_terminal(void **state)
{
    (void)state;
    check_end(0, "\001x", ECHO_QUIT);
}

static void ending_signals_restore_the_terminal(void **state)
{
    (void)state;
    check_end(SIGTERM, NULL, 128 + SIGTERM);
    check_end(SIGINT, NULL, 128 + SIGINT);
    check_end(SIGHUP, NULL, 128 + SIGHUP);
    check_end(SIGQUIT, NULL, 128 + SIGQUIT);
}

static void an_abort_restores_the_terminal(void **state)
{
    (void)state;
    check_end(0, "\002", -SIGABRT);
    check_end(SIGABRT, NULL, -SIGABRT);
}

/* A sanitizer turns these into an exit of its own, so only the terminal counts. */
static void crashes_restore_the_terminal(void **state)
{
    (void)state;
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct session s = begin(true);
        kill(s.pid, signals[i]);
        assert_int_not_equal(echo_guest_wait(s.pid), ECHO_END);
        assert_as_before(&s);
        end(&s);
    }
    struct session s = begin(true);
    type(&s, "\006");
    assert_int_not_equal(echo_guest_wait(s.pid), ECHO_END);
    assert_as_before(&s);
    end(&s);
}

static void ctrl_c_goes_to_the_guest(void **state)
{
    (void)state;
    struct session s = begin(true);
    type(&s, "a\003b\032c");
    assert_true(echo_guest_expect(s.master, "a\003b\032c", s.seen, sizeof s.seen));
    type(&s, "\004");
    assert_int_equal(echo_guest_wait(s.pid), ECHO_END);
    end(&s);
}

/* Job control as a shell does it: a group of its own in the foreground, stopped and continued; the shell looks at the terminal
 * in between. Runs as the leader of the terminal's session; its status says what was wrong. */
static void be_shell(int slave, const struct termios *before)
{
    int status, ready[2];
    struct termios now;
    if (login_tty(slave) != 0 || pipe(ready) != 0)
        _exit(1);
    signal(SIGTTOU, SIG_IGN);
    pid_t pid = fork();
    if (pid == 0) {
        char go;
        setpgid(0, 0);
        signal(SIGTTOU, SIG_DFL);
        if (read(ready[0], &go, 1) != 1)
            _exit(1);
        echo_guest_run(STDIN_FILENO, STDOUT_FILENO, true);
    }
    setpgid(pid, pid);
    tcsetpgrp(STDIN_FILENO, pid);
    if (write(ready[1], "", 1) != 1 || waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
        _exit(2);
    tcgetattr(STDIN_FILENO, &now);
    if (now.c_lflag != before->c_lflag || WSTOPSIG(status) != SIGTSTP)
        _exit(3);
    kill(pid, SIGCONT);
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        _exit(4);
    tcgetattr(STDIN_FILENO, &now);
    _exit(now.c_lflag != before->c_lflag ? 5 : WEXITSTATUS(status));
}

static void stopping_gives_the_terminal_back_and_continuing_takes_it_again(void **state)
{
    (void)state;
    struct session s = {0};
    assert_int_equal(openpty(&s.master, &s.slave, NULL, NULL, NULL), 0);
    assert_int_equal(tcgetattr(s.slave, &s.before), 0);
    s.pid = fork();
    if (s.pid == 0)
        be_shell(s.slave, &s.before);
    assert_true(echo_guest_expect(s.master, "ready\r\n", s.seen, sizeof s.seen));
    type(&s, "\007"); /* it stops itself, is continued, and then answers; what came earlier, the terminal itself would echo */
    assert_true(echo_guest_expect(s.master, "\007", s.seen, sizeof s.seen));
    type(&s, "on|");
    assert_true(echo_guest_expect(s.master, "on|", s.seen, sizeof s.seen));
    assert_true(is_raw(&s));
    type(&s, "\004");
    assert_int_equal(echo_guest_wait(s.pid), ECHO_END);
    assert_as_before(&s);
    end(&s);
}

static void a_stop_signal_that_nobody_can_undo_changes_nothing(void **state)
{
    (void)state;
    struct session s = begin(true); /* alone in its session: the kernel drops the stop */
    type(&s, "\007");
    assert_true(echo_guest_expect(s.master, "\007", s.seen, sizeof s.seen));
    type(&s, "on|");
    assert_true(echo_guest_expect(s.master, "on|", s.seen, sizeof s.seen));
    assert_true(is_raw(&s));
    type(&s, "\004");
    assert_int_equal(echo_guest_wait(s.pid), ECHO_END);
    end(&s);
}

static void ctrl_a_h_shows_the_keys_and_the_guest_sees_nothing(void **state)
{
    (void)state;
    struct session s = begin(true);
    type(&s, "\001h!");
    assert_true(echo_guest_expect(s.master, "Ctrl-A x", s.seen, sizeof s.seen));
    assert_true(echo_guest_expect(s.master, "!", s.seen, sizeof s.seen));
    type(&s, "\001a.");
    assert_true(echo_guest_expect(s.master, "\001.", s.seen, sizeof s.seen));
    type(&s, "\001x");
    assert_int_equal(echo_guest_wait(s.pid), ECHO_QUIT);
    end(&s);
}

static void a_title_is_filtered_and_passes_raw(void **state)
{
    (void)state;
    static const char title[] = "<\033]0;t\033\\>";
    struct session s = begin(true);
    type(&s, title);
    assert_true(echo_guest_expect(s.master, ">", s.seen, sizeof s.seen));
    assert_non_null(strstr(s.seen, "<>"));
    type(&s, "\004");
    assert_int_equal(echo_guest_wait(s.pid), ECHO_END);
    end(&s);
    s = begin(false);
    type(&s, title);
    assert_true(echo_guest_expect(s.master, ">", s.seen, sizeof s.seen));
    assert_non_null(strstr(s.seen, title));
    type(&s, "\004");
    assert_int_equal(echo_guest_wait(s.pid), ECHO_END);
    end(&s);
}

static void modes_are_undone_even_after_a_crash(void **state)
{
    (void)state;
    struct session s = begin(true);
    type(&s, "\033[?1049h\033[?25l|");
    assert_true(echo_guest_expect(s.master, "|", s.seen, sizeof s.seen));
    kill(s.pid, SIGSEGV);
    assert_true(echo_guest_expect(s.master, "\033[?25h\033[?1049l", s.seen, sizeof s.seen));
    echo_guest_wait(s.pid);
    end(&s);
}

/* Pastes a megabyte while the echo is read back. */
static void a_pasted_megabyte_arrives_whole(void **state)
{
    (void)state;
    enum { LENGTH = 1 << 20 };
    struct session s = begin(true);
    size_t sent = 0, got = 0;
    uint8_t buffer[4096];
    while (got < LENGTH) {
        struct pollfd fd = {s.master, POLLIN | (sent < LENGTH ? POLLOUT : 0), 0};
        assert_true(poll(&fd, 1, 20000) == 1);
        if (fd.revents & POLLOUT) {
            size_t count = LENGTH - sent < 512 ? LENGTH - sent : 512;
            for (size_t i = 0; i < count; i++)
                buffer[i] = (uint8_t)('!' + (sent + i) % 90);
            ssize_t n = write(s.master, buffer, count);
            assert_true(n > 0);
            sent += (size_t)n;
        }
        if (fd.revents & POLLIN) {
            ssize_t n = read(s.master, buffer, sizeof buffer);
            assert_true(n > 0);
            for (ssize_t i = 0; i < n; i++)
                assert_int_equal(buffer[i], '!' + (got + (size_t)i) % 90);
            got += (size_t)n;
        }
    }
    type(&s, "\004");
    assert_int_equal(echo_guest_wait(s.pid), ECHO_END);
    end(&s);
}

/* A bare root without /dev/pts has none. */
static bool terminals_exist(void)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

int main(void)
{
    if (!terminals_exist()) {
        fputs("skipped: there are no pseudo-terminals here (mount devpts on /dev/pts)\n", stderr);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_normal_end_restores_the_terminal),
        cmocka_unit_test(ctrl_a_x_restores_the_terminal),
        cmocka_unit_test(ending_signals_restore_the_terminal),
        cmocka_unit_test(an_abort_restores_the_terminal),
        cmocka_unit_test(crashes_restore_the_terminal),
        cmocka_unit_test(ctrl_c_goes_to_the_guest),
        cmocka_unit_test(stopping_gives_the_terminal_back_and_continuing_takes_it_again),
        cmocka_unit_test(a_stop_signal_that_nobody_can_undo_changes_nothing),
        cmocka_unit_test(ctrl_a_h_shows_the_keys_and_the_guest_sees_nothing),
        cmocka_unit_test(a_title_is_filtered_and_passes_raw),
        cmocka_unit_test(modes_are_undone_even_after_a_crash),
        cmocka_unit_test(a_pasted_megabyte_arrives_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
