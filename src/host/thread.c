/* SPDX-License-Identifier: MIT */
#include "host/thread.h"

#include <signal.h>
#include <string.h>

bool thread_start(pthread_t *thread, void *(*function)(void *), void *argument, struct error *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(thread, NULL, function, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result == 0 || error_set(err, "cannot start a thread: %s", strerror(result));
}
