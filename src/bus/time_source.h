/* SPDX-License-Identifier: MIT */
/* Guest time as devices see it: ticks of the 10 MHz timebase. */
#ifndef MICROVM_BUS_TIME_SOURCE_H
#define MICROVM_BUS_TIME_SOURCE_H

#include <stdint.h>

#define TIMEBASE_HZ UINT64_C(10000000)

struct time_source {
    void *owner;
    uint64_t (*now)(void *owner);             /* ticks */
    void (*set)(void *owner, uint64_t ticks); /* a write to mtime */
    uint64_t (*unix_ns)(void *owner);         /* the wall clock of the guest, for the RTC */
    void (*deadline_changed)(void *owner);    /* a comparator was written: look at the deadlines again */
};

#endif
