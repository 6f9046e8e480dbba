/* SPDX-License-Identifier: MIT */
/* A machine's past, in memory of bounded size: now and then a checkpoint, and from each to the next what its pages held before they
 * were written. The newest is taken back to by putting those pages back; what came in since is in the journal, so that the machine
 * does again what it did. Older checkpoints are merged, so that their distance grows with their age; the oldest are
 * given up where memory ends.
 *
 * A checkpoint is taken at the beginning of a round of the event loop, and the harts forget their translations there: so the machine goes
 * on as one does that was taken back to it. Where they were taken is remembered for good: a replay takes them there, too. */
#ifndef MICROVM_MACHINE_HISTORY_H
#define MICROVM_MACHINE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "machine/travel.h"

struct history;
struct machine;

/* limit_bytes: the most memory that it may take. NULL: err says why. The machine is borrowed, and has all its parts. */
struct history *history_create(struct machine *machine, uint64_t limit_bytes, struct error *err);
void history_destroy(struct history *history);

/* After power-on and each reset: nothing before is to be reached any more. */
void history_restart(struct history *history);

/* A round begins, and m->history_due is reached. */
void history_round(struct history *history);

/* Much has come in since the newest checkpoint: the next one is due. Not at this very step, of which there may have been a round already. */
void history_hurry(struct history *history);

/* The oldest step to which it goes back; UINT64_MAX: there is no checkpoint at present. */
uint64_t history_first(const struct history *history);

/* Takes the machine back to the newest checkpoint whose step is at most this one; those behind it are given up. False: there is none. */
bool history_go_back(struct history *history, uint64_t step);

/* The replay goes on to this step, and what lies shortly before may be asked for next: a checkpoint is taken on the way. */
void history_look_ahead(struct history *history, uint64_t step);

/* The replay has come to the present: checkpoints come by the interval again. */
void history_go_on(struct history *history);

/* The end, at most `end`, of the newest stretch between two checkpoints in which any of the bytes' pages was written; 0: there is none. */
uint64_t history_written_until(const struct history *history, uint64_t pa, uint64_t length, uint64_t end);

/* What two runs that did the same have in common at the beginning of a round. */
uint64_t history_digest(const struct machine *machine);

/* Whether a replay has met a checkpoint in another state than the run did. */
bool history_went_astray(const struct history *history);

void history_memory(const struct history *history, struct travel_memory *memory);

#endif
