/* SPDX-License-Identifier: MIT */
/* All that came into a machine from outside, in the order in which it came: console input, frames, what disks held, the host's time,
 * a debugger's changes. A machine that is given its journal again does what it did. Owns the bytes.
 *
 * The machine asks the outside at *occasions*, which depend on the guest alone and are counted: so a replay has the same. An event belongs
 * to the occasion at which it came; where there is none, nothing came. What a debugger does is *forced*: it comes at a
 * step that nothing in the guest gives away, so that the replay has to stop there of its own accord.
 *
 * Events are numbers in 7-bit groups, the lowest first, the top bit says that more follow: kind, source, occasion, step,
 * bytes; then the bytes. Positions count from the journal's beginning and never move. */
#ifndef MICROVM_HOST_JOURNAL_H
#define MICROVM_HOST_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum journal_kind {
#define KIND(name, forced, meaning) JOURNAL_##name,
#include "host/journal_kind.def"
#undef KIND
    JOURNAL_KINDS
};

struct journal_event {
    enum journal_kind kind;
    unsigned source;   /* the number of the disk, port or hart */
    uint64_t occasion; /* whose number it is */
    uint64_t step;     /* the machine's steps then */
    const uint8_t *bytes;
    size_t count;
};

/* Who is given everything that is recorded, at once: a file. */
struct journal_sink {
    void *owner;
    void (*write)(void *owner, const void *bytes, size_t count);
};

/* The layout is for the functions below: the event loop asks at each of its rounds. */
struct journal {
    uint64_t occasion; /* counted so far */
    bool records;      /* what comes is written down */
    bool replays;      /* what comes is read here, and nobody else is asked */
    bool has_head;     /* of a replay: there is an event to come, */
    bool lost;         /* or there was something that does not fit; the step is head.step */
    bool crowded;      /* its end has passed where it was to say so */
    uint64_t agreed;   /* the last step at which the replay is known to have been right */
    struct journal_event head;
    struct journal_body *body;
};

/* NULL: out of memory. steps: the machine's count, which events carry; may be NULL until journal_set_steps. */
struct journal *journal_create(void);
void journal_destroy(struct journal *journal);
void journal_set_steps(struct journal *journal, const uint64_t *steps);

/* Keeps what is recorded from now on, to be replayed, or does not. A journal that neither keeps nor has a sink records nothing. */
void journal_keep(struct journal *journal, bool keep);
/* Copied; NULL: none. */
void journal_set_sink(struct journal *journal, const struct journal_sink *sink);

/* The machine is about to ask somebody outside. */
static inline void journal_ask(struct journal *journal)
{
    journal->occasion++;
}

static inline bool journal_replays(const struct journal *journal)
{
    return journal->replays;
}

/* Live: this came at the present occasion. */
void journal_put(struct journal *journal, enum journal_kind kind, unsigned source, const void *bytes, size_t count);

/* In a replay: takes the next event if it is of this kind, from this source, and of the present occasion. Its bytes are good until the
 * next call. */
bool journal_take(struct journal *journal, enum journal_kind kind, unsigned source, struct journal_event *event);

/* The same for what is but numbers, or begins with some. */
void journal_put_words(struct journal *journal, enum journal_kind kind, unsigned source, const uint64_t *words,
                       unsigned count);
bool journal_take_words(struct journal *journal, enum journal_kind kind, unsigned source, uint64_t *words,
                        unsigned count);

void journal_put_behind_words(struct journal *journal, enum journal_kind kind, unsigned source, const uint64_t *words,
                              unsigned word_count, const void *bytes, size_t count);

/* The numbers at the start of an event's bytes. Returns how many bytes they take; 0: they are not all there. */
size_t journal_event_words(const struct journal_event *event, uint64_t *words, unsigned count);

/* By kind. */
extern const bool journal_kind_is_forced[JOURNAL_KINDS];

/* The step at which the next event is to be forced; UINT64_MAX: another comes first. */
static inline uint64_t journal_forced_step(const struct journal *journal)
{
    bool forced = journal->replays && journal->has_head && journal_kind_is_forced[journal->head.kind];
    return forced ? journal->head.step : UINT64_MAX;
}

/* Takes the next event if it is a forced one of this very moment. */
bool journal_take_forced(struct journal *journal, struct journal_event *event);

/* Of a replay: whether an event was left lying, or cannot be read: machine and journal do not belong together. */
bool journal_is_lost(const struct journal *journal);
/* Nothing fits any more. */
void journal_lose(struct journal *journal);

/* Behind the last event; of the next event that a replay takes, or else the same. */
uint64_t journal_end(const struct journal *journal);
uint64_t journal_position(const struct journal *journal);

/* Copies bytes that are kept. */
void journal_copy(const struct journal *journal, uint64_t position, void *bytes, size_t count);

/* What lies before the position is never replayed again. */
void journal_forget(struct journal *journal, uint64_t position);

/* Memory in use. */
size_t journal_bytes(const struct journal *journal);

/* It is crowded, as soon as more than so many bytes are kept behind its end of now. */
void journal_crowd_after(struct journal *journal, uint64_t bytes);

/* Keeps no more than so many bytes of memory that is in use no more. */
void journal_trim_memory(struct journal *journal, uint64_t bytes);

/* Something could not be recorded: nothing that comes later is worth anything. */
void journal_break(struct journal *journal);

/* False: memory ran out, and since then nothing was recorded. */
bool journal_is_whole(const struct journal *journal);

/* Replays from a position, at which so many occasions had been counted. */
void journal_replay_from(struct journal *journal, uint64_t position, uint64_t occasion);

/* Whether the last event says how the run ended. */
bool journal_has_end(const struct journal *journal);

/* Forgets what lies behind the last mark: of a journal whose end is missing. */
void journal_trim(struct journal *journal);

/* Nothing is left to replay. */
static inline bool journal_replayed(const struct journal *journal)
{
    return !journal->has_head;
}

/* Likewise, of a journal from a file. */
bool journal_ran_out(const struct journal *journal);

/* The replay is over, and the outside counts again: but not for a journal from a file. */
void journal_go_live(struct journal *journal);

/* Appends bytes of events that were recorded elsewhere. Their replay never goes live. False: out of memory. */
bool journal_load(struct journal *journal, const void *bytes, size_t count);

#endif
