/* SPDX-License-Identifier: MIT */
#include "host/wait_set.h"

#include <stdlib.h>

#define FIRST_CAPACITY 16u

void wait_set_destroy(struct wait_set *set)
{
    free(set->fds);
    *set = (struct wait_set){0};
}

void wait_set_clear(struct wait_set *set)
{
    set->count = 0;
}

static bool grow(struct wait_set *set)
{
    unsigned capacity = set->capacity == 0 ? FIRST_CAPACITY : 2 * set->capacity;
    struct pollfd *fds = realloc(set->fds, capacity * sizeof *fds);
    if (fds == NULL)
        return false;
    set->fds = fds;
    set->capacity = capacity;
    return true;
}

int wait_set_add(struct wait_set *set, int fd, short events)
{
    if (set->count == set->capacity && !grow(set))
        return -1;
    set->fds[set->count] = (struct pollfd){.fd = fd, .events = events};
    return (int)set->count++;
}

short wait_set_result(const struct wait_set *set, int place)
{
    return place >= 0 && (unsigned)place < set->count ? set->fds[place].revents : 0;
}

bool wait_set_look(struct wait_set *set)
{
    return set->count != 0 && poll(set->fds, set->count, 0) > 0;
}

bool wait_set_sleep(struct wait_set *set, const struct timespec *timeout, const sigset_t *blocked)
{
    bool ready = ppoll(set->fds, set->count, timeout, blocked) > 0;
    for (unsigned i = 0; !ready && i < set->count; i++)
        set->fds[i].revents = 0; /* a sleep that a signal ends leaves them as they were */
    return ready;
}
