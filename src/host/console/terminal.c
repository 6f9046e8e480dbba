/* SPDX-License-Identifier: MIT */
#include "host/console/terminal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/compiler.h"
#include "host/console/filter.h"

/* How long a terminal that takes nothing is waited for. */
#define UNDO_PATIENCE_MS 100

/* What each signal does while a machine runs. */
enum reaction { NOTE, RESIZE, CRASH, STOP, CONTINUE, IGNORE };

static const struct {
    int number;
    enum reaction reaction;
} reactions[] = {
    {SIGTERM, NOTE},     {SIGINT, NOTE},    {SIGHUP, NOTE},    {SIGQUIT, NOTE},    {SIGSEGV, CRASH},
    {SIGBUS, CRASH},     {SIGFPE, CRASH},   {SIGILL, CRASH},   {SIGABRT, CRASH},   {SIGTSTP, STOP},
    {SIGCONT, CONTINUE}, {SIGPIPE, IGNORE}, {SIGXFSZ, IGNORE}, {SIGWINCH, RESIZE},
};

/* The one variable of its kind (CONVENTIONS.md, rule 13): a handler has no other way to know what to put back. */
static struct {
    struct termios cooked, raw;
    int input_fd, output_fd;
    volatile sig_atomic_t has_terminal; /* cooked and raw are valid */
    volatile sig_atomic_t is_raw;
    volatile sig_atomic_t signal;
    volatile sig_atomic_t resized; /* since terminal_size last looked */
    volatile uint32_t modes;
    struct sigaction before[ARRAY_SIZE(reactions)];
    bool begun;
} saved_terminal;

static void set_attributes(const struct termios *attributes)
{
    while (tcsetattr(saved_terminal.input_fd, TCSANOW, attributes) != 0 && errno == EINTR)
        continue;
}

static void undo_modes(void)
{
    char undo[FILTER_UNDO_BYTES];
    size_t length = filter_undo(saved_terminal.modes, undo);
    if (saved_terminal.output_fd < 0 || length == 0)
        return;
    /* On the way out: if the terminal takes no more there is nobody left to tell. */
    struct pollfd room = {.fd = saved_terminal.output_fd, .events = POLLOUT};
    if (poll(&room, 1, UNDO_PATIENCE_MS) == 1 && write(saved_terminal.output_fd, undo, length) < 0)
        return;
}

void terminal_restore(void)
{
    int error = errno;
    undo_modes();
    if (saved_terminal.is_raw) {
        /* Blocked, so that a process that is already in the background puts the terminal back instead of being stopped. */
        sigset_t output_signal, before;
        sigemptyset(&output_signal);
        sigaddset(&output_signal, SIGTTOU);
        sigprocmask(SIG_BLOCK, &output_signal, &before);
        set_attributes(&saved_terminal.cooked);
        sigprocmask(SIG_SETMASK, &before, NULL);
        saved_terminal.is_raw = 0;
    }
    errno = error;
}

static void enter_raw(void)
{
    if (!saved_terminal.has_terminal)
        return;
    saved_terminal.is_raw = 1;
    set_attributes(&saved_terminal.raw);
}

static void on_note(int number)
{
    if (saved_terminal.signal == 0)
        saved_terminal.signal = number;
}

static void on_resize(UNUSED int number)
{
    saved_terminal.resized = 1;
}

static const struct sigaction *action_before(int number)
{
    unsigned i = 0;
    while (reactions[i].number != number)
        i++;
    return &saved_terminal.before[i];
}

/* Hands the signal to whoever had it before (a sanitizer) or to the default. A fault of this process happens again when the
 * handler returns, with its address intact; any other has to be raised again. */
static void on_crash(int number, siginfo_t *info, UNUSED void *context)
{
    terminal_restore();
    sigaction(number, action_before(number), NULL);
    if (number == SIGABRT || info->si_code <= 0)
        raise(number);
}

/* Stops as the user asked, with the terminal in order; goes on behind raise when the process is continued. */
static void on_stop(int number)
{
    int error = errno;
    sigset_t stop_signal, before;
    struct sigaction mine, stops = {.sa_handler = SIG_DFL};
    terminal_restore();
    sigaction(number, &stops, &mine);
    raise(number);
    sigemptyset(&stop_signal);
    sigaddset(&stop_signal, number);
    sigprocmask(SIG_UNBLOCK, &stop_signal, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    sigaction(number, &mine, NULL);
    enter_raw(); /* nobody continues a process of an orphaned group: it has not stopped */
    errno = error;
}

/* The shell has set the terminal for itself in the meantime. In the background this stops again, by SIGTTOU. */
static void on_continue(UNUSED int number)
{
    int error = errno;
    enter_raw();
    errno = error;
}

static struct sigaction action_for(enum reaction reaction)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigfillset(&action.sa_mask);
    sigdelset(&action.sa_mask, SIGTTOU); /* blocked, it would let a process in the background change the terminal */
    if (reaction == NOTE)
        action.sa_handler = on_note;
    if (reaction == RESIZE)
        action.sa_handler = on_resize;
    if (reaction == STOP)
        action.sa_handler = on_stop;
    if (reaction == CONTINUE)
        action.sa_handler = on_continue;
    if (reaction == CRASH) {
        action.sa_sigaction = on_crash;
        action.sa_flags = SA_SIGINFO;
    }
    if (reaction == CONTINUE || reaction == STOP || reaction == RESIZE)
        action.sa_flags = SA_RESTART;
    return action;
}

/* A signal that the parent had ignored (nohup) stays ignored. */
static bool is_left_alone(unsigned i)
{
    return reactions[i].reaction == NOTE && saved_terminal.before[i].sa_handler == SIG_IGN;
}

bool terminal_begin(struct error *err)
{
    if (saved_terminal.begun)
        return error_set(err, "the terminal is in use by another machine of this process");
    memset(&saved_terminal, 0, sizeof saved_terminal);
    saved_terminal.begun = true;
    saved_terminal.output_fd = -1;
    for (unsigned i = 0; i < ARRAY_SIZE(reactions); i++)
        sigaction(reactions[i].number, NULL, &saved_terminal.before[i]);
    for (unsigned i = 0; i < ARRAY_SIZE(reactions); i++) {
        struct sigaction action = action_for(reactions[i].reaction);
        if (!is_left_alone(i))
            sigaction(reactions[i].number, &action, NULL);
    }
    return true;
}

bool terminal_raw(int input_fd, int output_fd)
{
    saved_terminal.output_fd = output_fd;
    saved_terminal.resized = 1;
    if (tcgetattr(input_fd, &saved_terminal.cooked) != 0)
        return false;
    saved_terminal.raw = saved_terminal.cooked;
    cfmakeraw(&saved_terminal.raw);
    saved_terminal.raw.c_oflag = saved_terminal.cooked.c_oflag;
    saved_terminal.input_fd = input_fd;
    saved_terminal.has_terminal = 1;
    enter_raw();
    return true;
}

void terminal_note_modes(uint32_t modes)
{
    saved_terminal.modes = modes;
}

void terminal_end(void)
{
    if (!saved_terminal.begun)
        return;
    terminal_restore();
    saved_terminal.has_terminal = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(reactions); i++)
        sigaction(reactions[i].number, &saved_terminal.before[i], NULL);
    saved_terminal.begun = false;
}

int terminal_signal(void)
{
    return saved_terminal.signal;
}

bool terminal_size(uint16_t *columns, uint16_t *rows)
{
    struct winsize size;
    if (!saved_terminal.resized)
        return false;
    saved_terminal.resized = 0;
    if (saved_terminal.output_fd < 0 || ioctl(saved_terminal.output_fd, TIOCGWINSZ, &size) != 0)
        return false;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return true;
}

void terminal_block(sigset_t *unblocked)
{
    sigset_t noted;
    sigemptyset(&noted);
    for (unsigned i = 0; i < ARRAY_SIZE(reactions); i++)
        if (reactions[i].reaction == NOTE || reactions[i].reaction == RESIZE)
            sigaddset(&noted, reactions[i].number);
    sigprocmask(SIG_BLOCK, &noted, unblocked);
}

void terminal_unblock(const sigset_t *unblocked)
{
    sigprocmask(SIG_SETMASK, unblocked, NULL);
}
