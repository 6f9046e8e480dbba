/* SPDX-License-Identifier: MIT */
#include "host/signal_watch.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

int signal_watch_open(int number, struct error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    int descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor < 0)
        error_set(err, "cannot wait for signal %d (%s): %s", number, strsignal(number), strerror(errno));
    else
        sigprocmask(SIG_BLOCK, &set, NULL);
    return descriptor;
}

bool signal_watch_take(int descriptor)
{
    struct signalfd_siginfo info;
    bool came = false;
    while (read(descriptor, &info, sizeof info) == (ssize_t)sizeof info)
        came = true;
    return came;
}

/* One that came too late is taken before it could end the process. */
void signal_watch_close(int descriptor, int number)
{
    sigset_t set;
    if (descriptor < 0)
        return;
    signal_watch_take(descriptor);
    close(descriptor);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}
