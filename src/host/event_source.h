/* SPDX-License-Identifier: MIT */
/* Something outside the harts that has events of its own: a disk, a network, a socket. What the machine's event loop asks
 * of it; every function may be NULL and is called on the machine's thread. */
#ifndef MICROVM_HOST_EVENT_SOURCE_H
#define MICROVM_HOST_EVENT_SOURCE_H

#include <stdint.h>

#include "host/wait_set.h"

struct event_source {
    void *owner;

    /* Adds the descriptors that concern it to the set, and lowers *timeout_ns if it must be called sooner than that. */
    void (*watch)(void *owner, struct wait_set *set, uint64_t *timeout_ns);

    /* After the sleep or look that watch was called for: serves what is ready. At most every millisecond or so while the
     * guest is busy. */
    void (*serve)(void *owner, const struct wait_set *set);

    /* Between any two turns of the harts, so it must cost next to nothing if there is nothing to do. */
    void (*poll)(void *owner);

    /* The guest's tick at which poll will have something to do whatever the host does (virtual clock); UINT64_MAX: none.
     * A change is told by time_source's deadline_changed. */
    uint64_t (*deadline)(void *owner);
};

#endif
