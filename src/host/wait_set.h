/* SPDX-License-Identifier: MIT */
/* The descriptors that a sleep may end with: whoever has events of its own adds its descriptors before the sleep and asks
 * for the result after it. Owns the array, which grows and stays. */
#ifndef MICROVM_HOST_WAIT_SET_H
#define MICROVM_HOST_WAIT_SET_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* All zeros: empty. */
struct wait_set {
    struct pollfd *fds;
    unsigned count, capacity;
};

void wait_set_destroy(struct wait_set *set);
void wait_set_clear(struct wait_set *set);

/* Adds a descriptor (negative: one that is never ready) and gives its place; -1: out of memory, the descriptor is left
 * out of this sleep. */
int wait_set_add(struct wait_set *set, int fd, short events);

/* What poll said of the descriptor at the place; 0 for place -1. */
short wait_set_result(const struct wait_set *set, int place);

/* Looks without sleeping. True: some descriptor is ready. */
bool wait_set_look(struct wait_set *set);

/* Sleeps as ppoll does, with those signals blocked meanwhile. True: some descriptor is ready; all results are 0 otherwise. */
bool wait_set_sleep(struct wait_set *set, const struct timespec *timeout, const sigset_t *blocked);

#endif
