/* SPDX-License-Identifier: MIT */
/* The host's monotonic clock. Owns nothing. */
#ifndef MICROVM_HOST_HOST_TIME_H
#define MICROVM_HOST_HOST_TIME_H

#include <stdint.h>
#include <time.h>

#define NS_PER_SECOND UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

static inline uint64_t host_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

#endif
