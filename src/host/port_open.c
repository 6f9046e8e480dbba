/* SPDX-License-Identifier: MIT */
#include "host/port_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Clients that may wait for their turn. */
#define BACKLOG 8
#define SOCKET_MODE 0600
#define FILE_MODE 0666

static int new_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static bool is_socket(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISSOCK(info.st_mode);
}

/* A socket whose owner has died refuses connections. */
static bool is_stale(const struct sockaddr_un *address)
{
    int fd = new_socket();
    bool refused =
        fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 && errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return refused;
}

/* The mode that a socket has when it is bound is, on Linux, that of its file: at no time may others connect. */
static bool bind_private(int fd, const struct sockaddr_un *address)
{
    return fchmod(fd, SOCKET_MODE) == 0 && bind(fd, (const struct sockaddr *)address, sizeof *address) == 0;
}

static bool bind_to(int fd, const struct sockaddr_un *address, struct error *err)
{
    const char *path = address->sun_path;
    if (bind_private(fd, address))
        return true;
    if (errno != EADDRINUSE)
        return error_set(err, "cannot make the socket %s: %s", path, strerror(errno));
    if (!is_socket(path))
        return error_set(err, "cannot make the socket %s: there is a file of that name that is no socket", path);
    if (!is_stale(address))
        return error_set(err, "cannot make the socket %s: another process listens on it", path);
    if (unlink(path) == 0 && bind_private(fd, address))
        return true;
    return error_set(err, "cannot replace the stale socket %s: %s", path, strerror(errno));
}

static bool note_file(struct port_listener *listener, const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0)
        return false;
    listener->device = info.st_dev;
    listener->inode = info.st_ino;
    return true;
}

bool port_listener_open(struct port_listener *listener, const char *path, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    listener->fd = -1;
    if (strlen(path) >= sizeof address.sun_path)
        return error_set(err, "the socket's path %.100s... is longer than the %zu bytes that a socket may have", path,
                         sizeof address.sun_path - 1);
    strcpy(address.sun_path, path);
    int fd = new_socket();
    if (fd < 0)
        return error_set(err, "cannot make the socket %s: %s", path, strerror(errno));
    if (!bind_to(fd, &address, err)) {
        close(fd);
        return false;
    }
    listener->fd = fd;
    if (note_file(listener, path) && listen(fd, BACKLOG) == 0)
        return true;
    error_set(err, "cannot listen on the socket %s: %s", path, strerror(errno));
    port_listener_close(listener, path);
    return false;
}

int port_listener_accept(const struct port_listener *listener)
{
    return accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

void port_listener_close(struct port_listener *listener, const char *path)
{
    struct stat info;
    if (listener->fd < 0)
        return;
    if (lstat(path, &info) == 0 && info.st_dev == listener->device && info.st_ino == listener->inode)
        unlink(path);
    close(listener->fd);
    listener->fd = -1;
}

/* Not blocking: a pipe without a reader is an error, and a full one makes nobody wait. */
int port_file_open(const char *path, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, FILE_MODE);
    if (fd < 0)
        error_set(err, "cannot create the output file %s: %s", path, strerror(errno));
    return fd;
}
