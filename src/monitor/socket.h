/* SPDX-License-Identifier: MIT */
/* The monitor on a Unix socket (--monitor PATH): lines in, answers and a prompt out, for nc, socat and scripts. Owns the socket. */
#ifndef MICROVM_MONITOR_SOCKET_H
#define MICROVM_MONITOR_SOCKET_H

#include "machine/machine.h"
#include "monitor/monitor.h"

struct monitor_socket;

/* monitor is borrowed; the machine must not run any more when the socket is destroyed. NULL: err says why. */
struct monitor_socket *monitor_socket_create(struct monitor *monitor, struct machine *machine, const char *path,
                                             struct error *err);

/* Accepts NULL. */
void monitor_socket_destroy(struct monitor_socket *socket);

#endif
