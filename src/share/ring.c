/* SPDX-License-Identifier: MIT */
#include "share/ring.h"

#include <errno.h>
#include <sched.h>
#include <sys/socket.h>

#include "base/compiler.h"
#include "host/host_time.h"

/* Looks between two questions for the time. */
#define LOOKS 64

bool ring_spin(_Atomic uint32_t *counter, uint32_t seen, uint64_t limit_ns, bool yields)
{
    if (atomic_load(counter) != seen)
        return true;
    uint64_t end = host_now_ns() + limit_ns;
    do {
        for (unsigned i = 0; i < LOOKS; i++) {
            if (atomic_load_explicit(counter, memory_order_acquire) != seen)
                return true;
            spin_pause();
        }
        if (yields)
            sched_yield();
    } while (host_now_ns() < end);
    return false;
}

void ring_wake(_Atomic uint32_t *sleeps, int fd)
{
    static const char wake = RING_WAKE;
    if (atomic_load(sleeps) != 0 && atomic_exchange(sleeps, 0) != 0)
        send(fd, &wake, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool ring_drain(int fd)
{
    char bytes[64];
    for (;;) {
        ssize_t got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got == 0)
            return false;
        if (got < 0 && errno != EINTR)
            return errno == EAGAIN;
    }
}
