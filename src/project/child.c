/* SPDX-License-Identifier: MIT */
#include "project/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* With the signals as a shell would give them, whatever this process does with its own. */
static int set_signals(posix_spawnattr_t *attributes)
{
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    int error = posix_spawnattr_setsigmask(attributes, &none);
    if (error == 0)
        error = posix_spawnattr_setsigdefault(attributes, &defaults);
    if (error == 0)
        error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return error;
}

static int set_files(posix_spawn_file_actions_t *actions, enum child_voice voice)
{
    int error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO && error == 0 && voice == CHILD_IS_MUTE; fd++)
        error = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_WRONLY, 0);
    return error;
}

static int start(char *const *command, enum child_voice voice, pid_t *pid)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int error = posix_spawnattr_init(&attributes);
    if (error != 0)
        return error;
    error = posix_spawn_file_actions_init(&actions);
    if (error == 0) {
        error = set_signals(&attributes);
        if (error == 0)
            error = set_files(&actions, voice);
        if (error == 0)
            error = posix_spawnp(pid, command[0], &actions, &attributes, command, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    return error;
}

bool child_run(const struct words *command, enum child_voice voice, int *status, struct error *err)
{
    pid_t pid;
    int ended = 0;
    if (command->failed || command->count == 0)
        return error_set(err, "out of memory");
    fflush(NULL); /* what we said stands before what it says */
    int error = start(command->list, voice, &pid);
    if (error != 0)
        return error_set(err, "cannot start '%.200s': %s", command->list[0], strerror(error));
    while (waitpid(pid, &ended, 0) < 0)
        if (errno != EINTR)
            return error_set(err, "waiting for '%.200s': %s", command->list[0], strerror(errno));
    *status = WIFSIGNALED(ended) ? 128 + WTERMSIG(ended) : WEXITSTATUS(ended);
    return true;
}

static bool is_program(const char *path)
{
    struct stat stat_of_it;
    return stat(path, &stat_of_it) == 0 && S_ISREG(stat_of_it.st_mode) && access(path, X_OK) == 0;
}

bool child_exists(const char *program)
{
    const char *path = getenv("PATH");
    char name[4096];
    if (strchr(program, '/') != NULL)
        return is_program(program);
    for (const char *at = path; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, ":");
        int folder = (int)(length < sizeof name ? length : 0);
        snprintf(name, sizeof name, "%.*s/%s", folder, at, program);
        if (length > 0 && is_program(name))
            return true;
        at += length + (at[length] == ':');
    }
    return false;
}
