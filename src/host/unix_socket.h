/* SPDX-License-Identifier: MIT */
/* A Unix socket that others find, and the file that it makes: mode 0600, and one that nobody listens on any more is replaced. Nothing
 * here blocks. */
#ifndef MICROVM_HOST_UNIX_SOCKET_H
#define MICROVM_HOST_UNIX_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct unix_socket {
    int fd;
    dev_t device; /* of the file */
    ino_t inode;
};

/* Listens. False: the path is too long, is something else than a stale socket, or cannot be made. */
bool unix_socket_open(struct unix_socket *sock, const char *path, struct error *err);

/* A socket for datagrams, which anybody whom the file's mode lets may send there. False: as above. */
bool unix_socket_open_datagram(struct unix_socket *sock, const char *path, struct error *err);

/* The next client, a non-blocking descriptor; -1: none waits. */
int unix_socket_accept(const struct unix_socket *sock);

/* A non-blocking descriptor that is connected to the path's socket; -1: errno says why not. Type: SOCK_STREAM or SOCK_DGRAM. */
int unix_socket_connect(const char *path, int type);

/* Removes the file if it is still the one that was made. */
void unix_socket_close(struct unix_socket *sock, const char *path);

#endif
