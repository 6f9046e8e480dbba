/* SPDX-License-Identifier: MIT */
#include "share/share_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "share/share_server.h"

/* Numbers that the child's are not among. */
#define FIRST_FREE_FD 16

/* What the child gets: RING_ROOT_FD and so on. */
struct gifts {
    int root, memory, socket;
};

static void close_gifts(const struct gifts *gifts)
{
    const int fds[] = {gifts->root, gifts->memory, gifts->socket};
    for (unsigned i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* A copy with a high number; fd is closed. */
static int move_up(int fd)
{
    int moved = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
    if (fd >= 0)
        close(fd);
    return moved;
}

/* Nobody can take the memory away from under the other. */
static struct ring *make_ring(int *fd)
{
    *fd = move_up(memfd_create("microvm-share", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (*fd < 0 || ftruncate(*fd, sizeof(struct ring)) != 0 ||
        fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return NULL;
    void *ring = mmap(NULL, sizeof(struct ring), PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    return ring == MAP_FAILED ? NULL : ring;
}

static bool make_gifts(struct share_process *process, const struct share_options *options, struct gifts *gifts,
                       struct error *err)
{
    int sockets[2];
    *gifts = (struct gifts){-1, -1, -1};
    gifts->root = move_up(open(options->path, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (gifts->root < 0)
        return error_set(err, "share '%s': %s", options->path, strerror(errno));
    process->ring = make_ring(&gifts->memory);
    if (process->ring == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
        return error_set(err, "share '%s': no memory to share with its process: %s", options->path, strerror(errno));
    process->fd = sockets[0];
    gifts->socket = move_up(sockets[1]);
    return gifts->socket >= 0 || error_set(err, "share '%s': %s", options->path, strerror(errno));
}

static int spawn_with(struct share_process *process, const struct share_options *options, const char *program,
                      const struct gifts *gifts, posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes)
{
    char *words[] = {"microvm", SHARE_SERVER_COMMAND, options->writable ? SHARE_SERVER_WRITABLE : NULL, NULL};
    char *environment[] = {NULL};
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(actions, gifts->root, RING_ROOT_FD);
    posix_spawn_file_actions_adddup2(actions, gifts->memory, RING_MEMORY_FD);
    posix_spawn_file_actions_adddup2(actions, gifts->socket, RING_SOCKET_FD);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return posix_spawn(&process->pid, program, actions, attributes, words, environment);
}

static bool spawn(struct share_process *process, const struct share_options *options, const char *program,
                  const struct gifts *gifts, struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int error = spawn_with(process, options, program, gifts, &actions, &attributes);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error == 0)
        return true;
    process->pid = -1;
    return error_set(err, "share '%s': no process to serve it: %s", options->path, strerror(error));
}

static bool hear_that_it_serves(struct share_process *process, const struct share_options *options, struct error *err)
{
    char word = 0, trouble[RING_TROUBLE_BYTES];
    ssize_t got;
    do {
        got = recv(process->fd, &word, 1, 0);
    } while (got < 0 && errno == EINTR);
    if (got == 1 && word == RING_READY)
        return true;
    memcpy(trouble, process->ring->trouble, sizeof trouble);
    trouble[sizeof trouble - 1] = '\0';
    return error_set(err, "share '%s': its process could not begin%s%s", options->path, trouble[0] != '\0' ? ": " : "",
                     trouble);
}

bool share_process_start(struct share_process *process, const struct share_options *options, const char *program,
                         struct error *err)
{
    struct gifts gifts;
    *process = (struct share_process){.pid = -1, .fd = -1};
    bool ok = make_gifts(process, options, &gifts, err) && spawn(process, options, program, &gifts, err);
    close_gifts(&gifts);
    if (ok && hear_that_it_serves(process, options, err))
        return true;
    share_process_end(process);
    return false;
}

void share_process_kill(const struct share_process *process)
{
    if (process->pid > 0)
        kill(process->pid, SIGKILL);
}

/* It ends when the socket does. */
void share_process_end(struct share_process *process)
{
    if (process->fd >= 0)
        close(process->fd);
    while (process->pid > 0 && waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    if (process->ring != NULL)
        munmap(process->ring, sizeof *process->ring);
    *process = (struct share_process){.pid = -1, .fd = -1};
}
