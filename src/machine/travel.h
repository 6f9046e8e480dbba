/* SPDX-License-Identifier: MIT */
/* Going back in a machine's time, and forwards again. The machine must be paused, and is paused afterwards; listeners hear of it as of any
 * pause. What the past printed and sent is not printed or sent again, and it can be looked at but not changed.
 * How it is done: machine/history.h. */
#ifndef MICROVM_MACHINE_TRAVEL_H
#define MICROVM_MACHINE_TRAVEL_H

#include "cpu/debug.h"
#include "machine/machine.h"

/* The steps that the machine can be brought to, both included. All 0 but present: history is off. */
struct travel_range {
    uint64_t first;
    uint64_t present; /* where the machine was before it went back; there it goes on live */
    bool on;
};
struct travel_range machine_travel_range(const struct machine *machine);

/* Whether there is more to come that has happened already. */
bool machine_in_the_past(const struct machine *machine);

/* For `info history`: what is kept. */
struct travel_memory {
    uint64_t checkpoints;
    uint64_t page_bytes;    /* of the pages that checkpoints keep */
    uint64_t journal_bytes; /* of what came from outside */
    uint64_t limit_bytes;
};
struct travel_memory machine_travel_memory(const struct machine *machine);

enum travel_end {
    TRAVEL_THERE,   /* at the step asked for */
    TRAVEL_BREAK,   /* at a breakpoint; hit says which */
    TRAVEL_WATCH,   /* before the instruction that met a watchpoint */
    TRAVEL_BEGIN,   /* where history begins: there is no more */
    TRAVEL_GIVEN_UP /* the patience was lost: it is somewhere on the way */
};

struct travel_result {
    enum travel_end end;
    unsigned hart;
    uint64_t step;
    struct debug_hit hit;
};

/* Long ways ask every few milliseconds whether to give up. NULL: never. */
struct travel_patience {
    void *owner;
    bool (*lost)(void *owner);
};

/* To a step of the range, backwards or forwards, to the end of it at the present. False: it is outside, or the replay went another way
 * than the run; err says so. */
bool machine_travel_to(struct machine *machine, uint64_t step, const struct travel_patience *patience,
                       struct travel_result *result, struct error *err);

/* To where the hart is about to make again the last of its steps (count 1), or the count-th last. */
bool machine_step_back(struct machine *machine, unsigned hart, uint64_t count, const struct travel_patience *patience,
                       struct travel_result *result, struct error *err);

/* To the last place before this one at which a breakpoint or watchpoint is met, else to the beginning. */
bool machine_run_back(struct machine *machine, const struct travel_patience *patience, struct travel_result *result,
                      struct error *err);

/* To the step that wrote any of the bytes [pa, pa + length) of RAM last, before it is made: TRAVEL_WATCH, or TRAVEL_BEGIN if nothing did
 * within history. by_device: no hart stored there, the bytes came from a device or from firmware between this step and the next. */
bool machine_find_writer(struct machine *machine, uint64_t pa, uint64_t length, const struct travel_patience *patience,
                         struct travel_result *result, bool *by_device, struct error *err);

/* To the present, if it is in its past: before it ends, is reset or saved. Nobody hears of it. False: as machine_travel_to. */
bool machine_go_home(struct machine *machine, struct error *err);

/* Whether a debugger may change registers and memory: not in the past (machine/inspect.h changes them). */
bool machine_may_change(const struct machine *machine);

#endif
