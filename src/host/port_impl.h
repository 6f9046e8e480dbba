/* SPDX-License-Identifier: MIT */
/* Where a port's descriptors come from. For port.c. */
#ifndef MICROVM_HOST_PORT_IMPL_H
#define MICROVM_HOST_PORT_IMPL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* A listening socket and the file that it made. */
struct port_listener {
    int fd;
    dev_t device;
    ino_t inode;
};

/* False: the path is too long, is something else than a stale socket, or cannot be made. */
bool port_listener_open(struct port_listener *listener, const char *path, struct error *err);

/* The next client, a non-blocking descriptor; -1: none waits. */
int port_listener_accept(const struct port_listener *listener);

/* Removes the file if it is still the one that was made. */
void port_listener_close(struct port_listener *listener, const char *path);

/* Makes or empties an output file; -1: err says why. */
int port_file_open(const char *path, struct error *err);

#endif
