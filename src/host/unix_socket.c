/* SPDX-License-Identifier: MIT */
#include "host/unix_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Clients that may wait for their turn. */
#define BACKLOG 8
#define SOCKET_MODE 0600

static int new_socket(int type)
{
    return socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static bool is_socket(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISSOCK(info.st_mode);
}

/* A socket whose owner has died refuses connections. */
static bool is_stale(const struct sockaddr_un *address, int type)
{
    int fd = new_socket(type);
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

static bool bind_to(int fd, int type, const struct sockaddr_un *address, struct error *err)
{
    const char *path = address->sun_path;
    if (bind_private(fd, address))
        return true;
    if (errno != EADDRINUSE)
        return error_set(err, "cannot make the socket %s: %s", path, strerror(errno));
    if (!is_socket(path))
        return error_set(err, "cannot make the socket %s: there is a file of that name that is no socket", path);
    if (!is_stale(address, type))
        return error_set(err, "cannot make the socket %s: another process listens on it", path);
    if (unlink(path) == 0 && bind_private(fd, address))
        return true;
    return error_set(err, "cannot replace the stale socket %s: %s", path, strerror(errno));
}

static bool note_file(struct unix_socket *sock, const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0)
        return false;
    sock->device = info.st_dev;
    sock->inode = info.st_ino;
    return true;
}

/* What comes behind binding fails only with the socket's file. */
static bool open_bound(struct unix_socket *sock, int type, const char *path, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    sock->fd = -1;
    if (strlen(path) >= sizeof address.sun_path)
        return error_set(err, "the socket's path %.100s... is longer than the %zu bytes that a socket may have", path,
                         sizeof address.sun_path - 1);
    strcpy(address.sun_path, path);
    int fd = new_socket(type);
    if (fd < 0)
        return error_set(err, "cannot make the socket %s: %s", path, strerror(errno));
    if (!bind_to(fd, type, &address, err)) {
        close(fd);
        return false;
    }
    sock->fd = fd;
    if (note_file(sock, path) && (type != SOCK_STREAM || listen(fd, BACKLOG) == 0))
        return true;
    error_set(err, "cannot listen on the socket %s: %s", path, strerror(errno));
    unix_socket_close(sock, path);
    return false;
}

bool unix_socket_open(struct unix_socket *sock, const char *path, struct error *err)
{
    return open_bound(sock, SOCK_STREAM, path, err);
}

bool unix_socket_open_datagram(struct unix_socket *sock, const char *path, struct error *err)
{
    return open_bound(sock, SOCK_DGRAM, path, err);
}

int unix_socket_connect(const char *path, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int fd = new_socket(type);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

int unix_socket_accept(const struct unix_socket *sock)
{
    return accept4(sock->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

void unix_socket_close(struct unix_socket *sock, const char *path)
{
    struct stat info;
    if (sock->fd < 0)
        return;
    if (lstat(path, &info) == 0 && info.st_dev == sock->device && info.st_ino == sock->inode)
        unlink(path);
    close(sock->fd);
    sock->fd = -1;
}
