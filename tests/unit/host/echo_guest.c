/* SPDX-License-Identifier: MIT */
#include "host/echo_guest.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/console/console.h"

static void serve_key(uint8_t key)
{
    if (key == KEY_ABORT)
        abort();
    if (key == KEY_CRASH)
        raise(SIGSEGV);
    if (key == KEY_STOP)
        raise(SIGTSTP);
}

static int finish(struct console *console, int status)
{
    struct error err;
    return console_close(console, &err) ? status : ECHO_FAILED;
}

/* Echoes a FIFO's worth of what is there; false: there was nothing. */
static bool echo(struct console *console, bool *end)
{
    uint8_t bytes[16];
    size_t count = console_read(console, bytes, sizeof bytes);
    for (size_t i = 0; i < count; i++) {
        serve_key(bytes[i]);
        *end = *end || bytes[i] == KEY_END;
    }
    console_write(console, bytes, count);
    return count > 0;
}

static int run(struct console *console)
{
    struct wait_set set = {0};
    console_write(console, (const uint8_t *)"ready\n", 6);
    bool end = false;
    for (;;) {
        int number;
        switch (console_poll(console, &number)) {
        case CONSOLE_SIGNAL:
            return finish(console, 128 + number);
        case CONSOLE_QUIT:
            return finish(console, ECHO_QUIT);
        case CONSOLE_CLOSED:
            return finish(console, ECHO_CLOSED);
        case CONSOLE_FAILED:
            return finish(console, ECHO_FAILED);
        case CONSOLE_GOES_ON:
            break;
        }
        wait_set_clear(&set);
        if (!echo(console, &end))
            console_wait(console, &set, UINT64_MAX);
        if (end) {
            wait_set_destroy(&set);
            return finish(console, ECHO_END);
        }
    }
}

/* Those of the test framework would carry on with its tests in this process. */
static void forget_handlers(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
        signal(signals[i], SIG_DFL);
}

void echo_guest_run(int input_fd, int output_fd, bool filtered)
{
    static const struct rlimit no_core = {0, 0};
    struct console_config config = {input_fd, output_fd, true, filtered};
    setrlimit(RLIMIT_CORE, &no_core);
    forget_handlers();
    struct console *console = console_open(&config, NULL);
    _exit(console == NULL ? 1 : run(console));
}

pid_t echo_guest_fork(int input_fd, int output_fd, int other)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    if (other >= 0)
        close(other);
    echo_guest_run(input_fd, output_fd, true);
    return -1;
}

int echo_guest_wait(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) != pid)
        return -1000;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool echo_guest_expect(int fd, const char *text, char *seen, size_t size)
{
    size_t used = strlen(seen);
    while (strstr(seen, text) == NULL) {
        ssize_t got = used + 1 < size ? read(fd, seen + used, 1) : 0;
        if (got <= 0)
            return false;
        used += (size_t)got;
        seen[used] = '\0';
    }
    return true;
}
