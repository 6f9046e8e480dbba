/* SPDX-License-Identifier: MIT */
/* What the files of the monitor share: its state, a command on its way, and how answers are written. For src/monitor/ alone. */
#ifndef MICROVM_MONITOR_IMPL_H
#define MICROVM_MONITOR_IMPL_H

#include <stdint.h>

#include "base/compiler.h"
#include "machine/control.h"
#include "machine/inspect.h"
#include "machine/travel.h"
#include "monitor/command.h"
#include "monitor/monitor.h"
#include "observe/symbols.h"

#define MONITOR_LINE_BYTES 1024
#define MONITOR_WORDS 16
#define MONITOR_POINTS 64

/* How `x` and `print` show values, as GDB's letters. */
struct monitor_format {
    uint64_t count;
    char letter;   /* x d u o t a c f s i */
    unsigned size; /* bytes */
};

/* A breakpoint or watchpoint by the number that the user knows it by. */
struct monitor_point {
    unsigned number;
    bool temporary; /* gone once it was met */
    struct debug_point point;
};

/* Looks for the return of the function that the hart is in. */
struct monitor_finish {
    struct observer observer;
    bool active, done;
    unsigned hart;
    uint64_t sp;   /* at the start */
    int64_t calls; /* made since, and not returned from */
    int64_t traps; /* likewise: what happens in handlers does not count */
};

struct monitor {
    struct monitor_parts parts;
    struct control_listener listener;
    struct event_source source;
    unsigned hart; /* that commands look at */
    struct monitor_point points[MONITOR_POINTS];
    unsigned point_count, last_number;
    uint64_t steps_left; /* of `step N` behind the present one */
    bool stepping;       /* a pause is sure to follow soon */
    bool travels;        /* a command goes through time, and says itself where it leads */
    bool asked;          /* the present pause is by a point that was set here, or a function's end */
    struct monitor_finish finish;
    struct monitor_format format; /* of the latest x */
    uint64_t next_address;        /* where an x without address goes on */
    char last_line[MONITOR_LINE_BYTES];
};

/* A command on its way. */
struct monitor_request {
    struct monitor *monitor;
    const struct monitor_out *out;
    const struct monitor_command *command;
    const char *format; /* what stands behind the slash of x/FMT; NULL: nothing */
    unsigned count;     /* of words behind the command's name */
    char **words;
    bool too_many;    /* there are more of them */
    const char *rest; /* the line behind its first word and a blank */
    bool repeated;    /* by an empty line */
};

void monitor_say(const struct monitor_request *r, const char *format, ...) PRINTF_FORMAT(2, 3);

/* Says what is wrong, and returns false. */
bool monitor_fail(const struct monitor_request *r, const char *format, ...) PRINTF_FORMAT(2, 3);

#define MONITOR_PAST_TEXT "the machine is in its past, which can be looked at but not changed; goto present leads back"

/* The hart that the command is about. */
struct hart *monitor_hart(const struct monitor_request *r);

/* Expressions: numbers, registers (with or without $), CSRs and symbols, joined by + and -. A failure has been said. */
bool monitor_value(const struct monitor_request *r, const char *text, uint64_t *value);

/* " <main+0x10>", or nothing; out is returned. */
#define MONITOR_PLACE_BYTES 128
const char *monitor_place(const struct monitor *m, uint64_t address, char out[MONITOR_PLACE_BYTES]);

/* Reads what /FMT says into *format, which holds the defaults. */
bool monitor_format_parse(const struct monitor_request *r, const char *text, struct monitor_format *format);
/* A value by a format (not s or i). */
#define MONITOR_VALUE_BYTES 224
const char *monitor_format_value(const struct monitor *m, const struct monitor_format *format, uint64_t value,
                                 char out[MONITOR_VALUE_BYTES]);

/* The instruction at an address as a line: "=> 0x80000000 <main>: addi a0, a1, 1"; returns its length, 0: nothing could be
 * read, which has been said. */
unsigned monitor_say_insn(const struct monitor_request *r, enum address_space space, uint64_t address);

/* The bits of a page-table entry, "V R W - - - A D"; out is returned. */
#define MONITOR_PTE_BYTES 48
const char *monitor_pte_bits(uint64_t pte, char out[MONITOR_PTE_BYTES]);

/* Prints a walk for the context and what came of it, in words. */
void monitor_say_walk(const struct monitor_request *r, const struct mmu_context *ctx, uint64_t va,
                      enum access_type type);

/* "M", "S", "VU", ...; constant. */
const char *monitor_mode(unsigned priv, bool virt);

/* Where the hart is: a line with its symbol and instruction, and the source line if it is known. */
void monitor_where(const struct monitor_request *r);

/* ", 12 steps before the present", if the machine is in its past. */
void monitor_say_past(const struct monitor_request *r);

/* What a pause was for, and where the hart is. */
void monitor_say_pause(const struct monitor_request *r, const struct pause *pause);

/* For the listener and the event source (run.c). */
void monitor_on_pause(void *owner, const struct pause *pause);
void monitor_poll(void *owner);
void monitor_finish_end(struct monitor *m);

/* Whether a step is under way that ends by itself at once: whoever sends lines may hold the next one back. */
bool monitor_is_stepping(const struct monitor *m);

/* Whether the pause is one that the present command itself speaks of. */
bool monitor_is_traveling(const struct monitor *m);

/* Fails unless the machine is paused. */
bool monitor_must_be_paused(const struct monitor_request *r);

/* Whether the present pause is what one of the monitor's own commands waited for. */
bool monitor_asked_for_pause(const struct monitor *m);

#endif
