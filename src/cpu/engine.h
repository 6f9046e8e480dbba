/* SPDX-License-Identifier: MIT */
/* Running a hart: two engines made from the same rows, and the exact stepper that serves both. */
#ifndef MICROVM_CPU_ENGINE_H
#define MICROVM_CPU_ENGINE_H

#include "cpu/block.h"
#include "cpu/decode.h"
#include "cpu/hart.h"

struct engine {
    struct engine_ops ops;
    /* Runs from the block on; returns with pc and left set. */
    void (*run)(struct hart *h, const struct block *block);
    /* The same for a block that is longer than the steps left: as far as they go. */
    void (*run_some)(struct hart *h, const struct block *block);
};

/* Handlers that jump to one another: the fast one. */
extern const struct engine engine_tail;
/* One loop around one switch: portable, for sanitizers and as the other's referee. */
extern const struct engine engine_switch;
/* The same where blocks may count (cpu/block_count.h). */
extern const struct engine engine_count;
/* The same, counting what it executes in hart.profile. */
extern const struct engine engine_profile;
/* The same, telling each instruction to the hart's observers. */
extern const struct engine engine_observe;

/* The engine_ops.set of those that go by the row's id in the op's place. */
void engine_set_nothing(struct op *op, unsigned id);

/* Makes at most `steps` steps (and, unless the hart waits or halts, exactly so many); returns how many were made. */
uint64_t engine_run(const struct engine *engine, struct hart *h, uint64_t steps);

/* Executes one decoded instruction at h->pc, whose length is `length`. Does not change pc but by EXEC_JUMP and EXEC_LEAP. */
enum exec exec_insn(struct hart *h, unsigned id, const struct op *op, unsigned length);

/* Brings pc, left and look up to date after an instruction said `done`: the one place where traps are entered. */
void engine_settle(struct hart *h, enum exec done, unsigned length);

/* Interrupts and requests, due when h->look is set. True: the hart goes on at pc. False: its run is over. */
bool engine_look(struct hart *h);

/* One step by the exact stepper: an instruction fetched and decoded afresh, or its trap. */
void engine_step(struct hart *h);

#endif
