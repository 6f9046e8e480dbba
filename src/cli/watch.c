/* SPDX-License-Identifier: MIT */
#include "cli/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/text.h"
#include "cli/run.h"
#include "project/changes.h"
#include "project/dependencies.h"

/* Several files are often saved together, and one by several steps: a build waits until it has been quiet for so long; but not for ever. */
#define QUIET_MS 80
#define QUIET_TRIES 25

/* A guest's process that takes longer to end is ended by force. */
#define STOP_PATIENCE_MS 3000

/* What the guest's process sends if it was the user who ended it. */
#define USER_QUIT 'q'

#define CTRL_A 1

struct guest {
    pid_t pid; /* 0: none runs */
    int fd;    /* its pipe's end, closed at the other when it ends */
};

struct session {
    const struct build_request *request;
    const struct watch_guest *wanted;
    struct project project; /* of the last build */
    struct changes *changes;
    struct guest guest;
    int signals; /* a descriptor */
    sigset_t before;
    struct termios cooked;
    bool has_terminal;
    bool escaped; /* Ctrl-A was the last key that was typed while no guest ran */
};

enum happening {
    SOURCE_CHANGED,
    GUEST_RUNS,
    GUEST_ENDED,
    USER_ENDS,    /* *status is set */
    IN_GUEST,     /* this is the guest's process, which has ended its work: return to main */
    NOTHING_WORKS /* err */
};

bool watch_run_kernel(const struct watch_guest *guest, const char *kernel, int silent_signal, struct stop *stop,
                      struct error *err)
{
    char **arguments = calloc((size_t)guest->count + 2, sizeof *arguments);
    if (arguments == NULL)
        return error_set(err, "out of memory");
    arguments[0] = (char *)kernel;
    for (int i = 0; i < guest->count; i++)
        arguments[i + 1] = guest->options[i];
    bool ok = run_guest(guest->count + 1, arguments, silent_signal, stop, err);
    free(arguments);
    return ok;
}

/* For the user, on a line of its own, whatever bytes a file's name brought in. */
static void say(const char *format, ...)
{
    char line[1200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    for (char *c = line; *c != '\0'; c++)
        if (text_is_control(*c))
            *c = '?';
    fprintf(stderr, "microvm: %s\n", line);
}

static bool open_signals(struct session *s, struct error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGQUIT);
    sigprocmask(SIG_BLOCK, &set, &s->before);
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return s->signals >= 0 || error_set(err, "cannot wait for signals: %s", strerror(errno));
}

/* The signal that asks for the end, or 0. */
static int take_signal(const struct session *s)
{
    struct signalfd_siginfo info;
    return read(s->signals, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

/* In the guest's process. */
static bool be_guest(struct session *s, int fd, pid_t parent, int *status, struct error *err)
{
    struct stop stop = {STOP_NONE, 0};
    close(s->signals);
    s->signals = -1;
    sigprocmask(SIG_SETMASK, &s->before, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    bool ok = getppid() != parent || watch_run_kernel(s->wanted, s->project.elf, SIGTERM, &stop, err);
    if (stop.reason == STOP_QUIT && write(fd, &(char){USER_QUIT}, 1) != 1)
        ok = error_set(err, "cannot tell that the user has quit: %s", strerror(errno));
    *status = stop_exit_status(&stop);
    return ok;
}

static bool in_foreground(const struct session *s)
{
    return s->has_terminal && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/* Keys that were typed while no guest ran are not for the next one. */
static void drop_keys(const struct session *s)
{
    if (in_foreground(s))
        tcflush(STDIN_FILENO, TCIFLUSH);
}

static enum happening start_guest(struct session *s, int *status, struct error *err)
{
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0) {
        error_set(err, "a pipe for the guest: %s", strerror(errno));
        return NOTHING_WORKS;
    }
    drop_keys(s);
    fflush(NULL); /* or what waits in the buffers would be written twice */
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        bool ok = be_guest(s, ends[1], parent, status, err);
        close(ends[1]);
        return ok ? IN_GUEST : NOTHING_WORKS;
    }
    close(ends[1]);
    if (pid < 0) {
        error_set(err, "a process for the guest: %s", strerror(errno));
        close(ends[0]);
        return NOTHING_WORKS;
    }
    s->guest = (struct guest){pid, ends[0]};
    return GUEST_RUNS;
}

/* Not stopped by SIGTTOU if it is in the background. */
static void set_terminal(const struct termios *attributes)
{
    sigset_t output_signal, before;
    sigemptyset(&output_signal);
    sigaddset(&output_signal, SIGTTOU);
    sigprocmask(SIG_BLOCK, &output_signal, &before);
    tcsetattr(STDIN_FILENO, TCSANOW, attributes);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* While no guest has the terminal: keys come at once and are not shown, Ctrl-C ends as ever. False: there are no keys. */
static bool take_keys(struct session *s)
{
    struct termios quiet = s->cooked;
    if (s->guest.pid != 0 || !in_foreground(s))
        return false;
    quiet.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    set_terminal(&quiet);
    return true;
}

/* True: Ctrl-A x, here too. */
static bool quits_by_key(struct session *s)
{
    char keys[64];
    ssize_t count = read(STDIN_FILENO, keys, sizeof keys);
    if (count <= 0)
        s->has_terminal = false; /* it has gone */
    for (ssize_t i = 0; i < count; i++) {
        if (s->escaped && keys[i] == 'x')
            return true;
        s->escaped = keys[i] == CTRL_A;
    }
    return false;
}

/* Waits for the guest's process, whose pipe is closed. True: its user wants the end. *ended: its exit status. */
static bool reap_guest(struct session *s, int *ended)
{
    char byte = 0;
    int status = 0;
    bool quit = read(s->guest.fd, &byte, 1) == 1 && byte == USER_QUIT;
    close(s->guest.fd);
    while (waitpid(s->guest.pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFSIGNALED(status) && s->has_terminal) /* it could not put the terminal back */
        set_terminal(&s->cooked);
    *ended = WIFSIGNALED(status) ? EXIT_STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
    s->guest.pid = 0;
    return quit;
}

static void stop_guest(struct session *s)
{
    int ended;
    if (s->guest.pid == 0)
        return;
    struct pollfd pipe = {.fd = s->guest.fd, .events = POLLIN};
    kill(s->guest.pid, SIGTERM);
    if (poll(&pipe, 1, STOP_PATIENCE_MS) != 1)
        kill(s->guest.pid, SIGKILL);
    reap_guest(s, &ended);
}

/* Until it has been quiet for a while. False: err. */
static bool settle(struct session *s, struct error *err)
{
    struct pollfd pollfd = {.fd = changes_descriptor(s->changes), .events = POLLIN};
    bool changed;
    for (int tries = QUIET_TRIES; tries > 0 && poll(&pollfd, 1, QUIET_MS) == 1; tries--)
        if (!changes_take(s->changes, &changed, err))
            return false;
    return true;
}

static enum happening look_for_change(struct session *s, bool *changed, struct error *err)
{
    if (!changes_take(s->changes, changed, err) || (*changed && !settle(s, err)))
        return NOTHING_WORKS;
    return SOURCE_CHANGED;
}

/* Sleeps until something happens that is worth telling. */
static enum happening sleep_until_something(struct session *s, bool keys, int *status, struct error *err)
{
    for (;;) {
        struct pollfd fds[] = {
            {.fd = s->signals, .events = POLLIN},
            {.fd = changes_descriptor(s->changes), .events = POLLIN},
            {.fd = s->guest.pid != 0 ? s->guest.fd : -1, .events = POLLIN},
            {.fd = keys && s->has_terminal ? STDIN_FILENO : -1, .events = POLLIN},
        };
        bool changed = false;
        if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR) {
            error_set(err, "cannot wait for changes: %s", strerror(errno));
            return NOTHING_WORKS;
        }
        int signal = take_signal(s);
        if (signal != 0) {
            *status = EXIT_STATUS_SIGNAL + signal;
            return USER_ENDS;
        }
        if (fds[2].revents != 0)
            return reap_guest(s, status) ? USER_ENDS : GUEST_ENDED;
        if (fds[3].revents != 0 && quits_by_key(s))
            return USER_ENDS;
        if (look_for_change(s, &changed, err) == NOTHING_WORKS)
            return NOTHING_WORKS;
        if (changed)
            return SOURCE_CHANGED;
    }
}

static enum happening wait_for_something(struct session *s, int *status, struct error *err)
{
    bool keys = take_keys(s);
    enum happening happening = sleep_until_something(s, keys, status, err);
    if (keys)
        set_terminal(&s->cooked);
    s->escaped = false;
    return happening;
}

static enum happening wait_for_change(struct session *s, int *status, struct error *err)
{
    enum happening happening = wait_for_something(s, status, err);
    if (happening == GUEST_ENDED) {
        say("the guest has ended with status %d; a change of the sources starts it again, Ctrl-C ends this", *status);
        *status = 0;
        happening = wait_for_something(s, status, err);
    }
    bool ran = s->guest.pid != 0;
    stop_guest(s);
    if (happening == SOURCE_CHANGED && ran && s->has_terminal)
        fputc('\n', stderr); /* the guest's line may be unfinished */
    if (happening == SOURCE_CHANGED)
        say("%s has changed", changes_name(s->changes));
    return happening;
}

static void watch_folder_of(struct session *s, const char *file)
{
    const char *slash = strrchr(file, '/');
    char *folder = slash != NULL ? strndup(file, (size_t)(slash - file) + 1) : strdup(".");
    if (folder != NULL)
        changes_add(s->changes, folder);
    free(folder);
}

/* Folders that the user has named for headers: if nothing compiles yet, nobody else knows of them. */
static void watch_named_folders(struct session *s)
{
    struct words flags = {.list = NULL};
    if (s->request->flags != NULL)
        words_split(&flags, "--cflags", s->request->flags, NULL);
    for (size_t i = 0; i < flags.count; i++) {
        if (strncmp(flags.list[i], "-I", 2) != 0)
            continue;
        if (flags.list[i][2] != '\0')
            changes_add(s->changes, flags.list[i] + 2);
        else if (i + 1 < flags.count)
            changes_add(s->changes, flags.list[i + 1]);
    }
    words_destroy(&flags);
}

/* What lies outside the project's folder. */
static void watch_elsewhere(struct session *s)
{
    struct words files = {.list = NULL};
    watch_named_folders(s);
    if (s->project.work != NULL)
        dependencies_read(s->project.work, &files);
    words_add_all(&files, &s->project.sources);
    if (s->project.script != NULL)
        words_add(&files, s->project.script);
    for (size_t i = 0; i < files.count; i++)
        watch_folder_of(s, files.list[i]);
    words_destroy(&files);
}

static void say_how_it_went(const struct session *s, enum build_end end, const struct error *err)
{
    static const char waits[] = "a change of the sources is waited for, Ctrl-C ends this";
    if (end == BUILD_FAILED)
        say("%s", err->text);
    else if (end == BUILD_REFUSED || end == BUILD_LACKED)
        say("this does not build yet; %s", waits);
    else if (s->wanted == NULL)
        say("%s is built; %s", s->project.elf, waits);
}

/* One build, and what follows it up to the next change. */
static enum happening one_round(struct session *s, bool first, int *status, struct error *err)
{
    bool changed = false; /* meanwhile: then nobody wants to see this one */
    project_destroy(&s->project);
    enum build_end end = build(s->request, &s->project, err);
    watch_elsewhere(s);
    int signal = take_signal(s);
    if (signal != 0 || (end == BUILD_LACKED && first)) {
        *status = signal != 0 ? EXIT_STATUS_SIGNAL + signal : EXIT_STATUS_COULD_NOT_RUN;
        return USER_ENDS;
    }
    if ((end == BUILD_FAILED && first) || look_for_change(s, &changed, err) == NOTHING_WORKS)
        return NOTHING_WORKS;
    if (changed)
        return SOURCE_CHANGED;
    say_how_it_went(s, end, err);
    if (end == BUILD_DONE && s->wanted != NULL) {
        enum happening started = start_guest(s, status, err);
        if (started != GUEST_RUNS)
            return started;
    }
    return wait_for_change(s, status, err);
}

bool watch_and_build(const struct build_request *request, const struct watch_guest *guest, int *status,
                     struct error *err)
{
    struct session s = {.request = request, .wanted = guest, .signals = -1};
    struct project project;
    enum happening happening = NOTHING_WORKS;
    s.has_terminal = tcgetattr(STDIN_FILENO, &s.cooked) == 0;
    if (project_find(&project, &request->names, err))
        s.changes = changes_open(project.folder, err);
    if (s.changes != NULL && open_signals(&s, err))
        happening = SOURCE_CHANGED;
    for (bool first = true; happening == SOURCE_CHANGED; first = false)
        happening = one_round(&s, first, status, err);
    stop_guest(&s);
    if (s.signals >= 0) {
        close(s.signals);
        sigprocmask(SIG_SETMASK, &s.before, NULL);
    }
    changes_close(s.changes);
    project_destroy(&s.project);
    project_destroy(&project);
    return happening != NOTHING_WORKS;
}
