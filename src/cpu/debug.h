/* SPDX-License-Identifier: MIT */
/* Breakpoints and watchpoints as harts meet them: by virtual address, whatever the context. Owns nothing; the set is the
 * machine's (machine/control.h), and a hart has none while no point is set, so that nothing is asked on the way.
 *
 * No block holds a breakpoint's instruction: whoever arrives there finds no block and asks. No TLB holds the page of a
 * watched byte: each access to it takes the slow path, which asks. */
#ifndef MICROVM_CPU_DEBUG_H
#define MICROVM_CPU_DEBUG_H

#include "mmu/walk.h"

enum debug_kind {
    DEBUG_NOTHING,
    DEBUG_BREAK,       /* before the instruction at the address */
    DEBUG_WATCH_WRITE, /* behind the instruction that wrote any of the bytes */
    DEBUG_WATCH_READ,
    DEBUG_WATCH_ACCESS, /* either */
};

struct debug_point {
    enum debug_kind kind;
    uint64_t address;
    uint64_t length; /* of a watched range in bytes, 1 at least; the length of a breakpoint does not matter */
};

#define DEBUG_POINTS_MAX 256

/* What harts refer to: points without holes. */
struct debug_points {
    unsigned count;
    struct debug_point point[DEBUG_POINTS_MAX];
};

/* Whether there is a breakpoint at pc. */
bool debug_breaks_at(const struct debug_points *points, uint64_t pc);

/* True if the hart stands at a breakpoint and is not to pass it (hart.pass_step): its run ends here, and hart.hit says why. */
bool debug_stops(struct hart *h);

/* Whether accesses of this type to the page of va must take the slow path. */
bool debug_watches_page(const struct debug_points *points, enum access_type type, uint64_t va);

/* An access that was done: where it touched a watched byte the run ends behind the instruction, and hart.hit says why. */
void debug_accessed(struct hart *h, enum access_type type, uint64_t va, unsigned size);

#endif
