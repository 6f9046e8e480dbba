/* SPDX-License-Identifier: MIT */
/* Guest time: a pure function of the machine's steps and the last sync point, that never goes back. */
#ifndef MICROVM_MACHINE_CLOCK_H
#define MICROVM_MACHINE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "machine/config.h"

/* Under the virtual clock a tick of the 10 MHz timebase is so many steps, always. */
#define CLOCK_STEPS_PER_TICK 100
/* Under the wall clock there is at most a tick for every so many steps of each busy hart (20 MIPS): a slow host cannot drown
 * its guest in timer interrupts, nor can harts that share the host drown each other. */
#define CLOCK_SLOWEST_STEPS_PER_TICK 2
/* Steps between two sync points of a busy machine: a millisecond or so. */
#define CLOCK_SYNC_STEPS (UINT64_C(1) << 18)
#define CLOCK_TICK_NS 100
/* A tick per step. */
#define CLOCK_RATE_ONE (UINT64_C(1) << 32)

struct clock {
    enum clock_mode mode;
    uint64_t sync_steps; /* the last sync point */
    uint64_t sync_ticks;
    uint64_t rate;          /* ticks per step since then, a 32.32 fixed-point number */
    uint64_t host_ns;       /* the host's monotonic clock at the last sync point */
    uint64_t unix_ns;       /* the guest's wall clock at tick 0 */
    uint64_t dropped_ticks; /* host time that a slow machine did not get */
};

/* host_ns: the host's monotonic clock now; unix_ns: the wall clock that the guest's RTC starts at. */
void clock_init(struct clock *clock, enum clock_mode mode, uint64_t host_ns, uint64_t unix_ns);

/* Guest time in ticks when the machine has made `steps` steps. */
uint64_t clock_ticks(const struct clock *clock, uint64_t steps);

/* The same in nanoseconds, with the fraction of the tick. */
uint64_t clock_ns(const struct clock *clock, uint64_t steps);

/* The first step at which clock_ticks is at least `ticks`; UINT64_MAX if that is beyond counting. */
uint64_t clock_step_at(const struct clock *clock, uint64_t ticks);

/* Makes a sync point for a machine that has run without a break since the last one; busy_harts of its harts shared the steps
 * (0 counts as 1). No effect under the virtual clock. */
void clock_sync_busy(struct clock *clock, uint64_t steps, unsigned busy_harts, uint64_t host_ns);

/* Makes a sync point for a machine that woke from idling: wall time has passed as it has; virtual time jumps to `ticks`. */
void clock_sync_idle(struct clock *clock, uint64_t steps, uint64_t host_ns, uint64_t ticks);

/* The machine stood still for so long of the host's time, which the guest never gets. */
void clock_resume(struct clock *clock, uint64_t still_ns);

/* Makes a sync point like one of an earlier run, from what that made of its host's time. */
void clock_repeat(struct clock *clock, uint64_t steps, uint64_t ticks, uint64_t rate, uint64_t dropped_ticks);

/* The clock was loaded, at a machine that has made `steps` steps: the host's time goes on from here, guest time is what it is. */
void clock_go_on(struct clock *clock, uint64_t steps, uint64_t host_ns);

/* The guest has set the time. */
void clock_set(struct clock *clock, uint64_t steps, uint64_t ticks);

/* Nanoseconds since the Unix epoch, as the guest's RTC shows it. */
uint64_t clock_unix_ns(const struct clock *clock, uint64_t steps);

#endif
