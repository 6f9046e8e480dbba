/* SPDX-License-Identifier: MIT */
/* A listening Unix socket and the file that it makes: mode 0600, and one that nobody listens on any more is replaced. Nothing
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

/* False: the path is too long, is something else than a stale socket, or cannot be made. */
bool unix_socket_open(struct unix_socket *sock, const char *path, struct error *err);

/* The next client, a non-blocking descriptor; -1: none waits. */
int unix_socket_accept(const struct unix_socket *sock);

/* Removes the file if it is still the one that was made. */
void unix_socket_close(struct unix_socket *sock, const char *path);

#endif
