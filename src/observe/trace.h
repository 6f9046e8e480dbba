/* SPDX-License-Identifier: MIT */
/* Traces: what a machine does, written down as it does it. An observer of the machine makes records (trace_record.h), a filter
 * and a window choose among them, an output (trace_output.h) gives them their form. While a trace is off, and outside its
 * window, nobody observes the machine. */
#ifndef MICROVM_OBSERVE_TRACE_H
#define MICROVM_OBSERVE_TRACE_H

#include "base/error.h"
#include "machine/machine.h"
#include "observe/symbols.h"
#include "observe/trace_output.h"
#include "observe/trace_ring.h"

struct trace;

/* All zeros: what the format is made for, everywhere, from the first step on. Strings are borrowed. */
struct trace_options {
    bool on;        /* from the start; else trace_enable begins it */
    unsigned kinds; /* a bit for each enum trace_kind; 0: the format's preset */
    enum trace_format format;
    const char *file;     /* NULL: standard error */
    const char *filter;   /* as trace_filter_parse takes it */
    uint64_t from, count; /* the steps of the machine that are traced; count 0: all from `from` on */
    uint64_t records;     /* of a binary trace; 0: TRACE_RING_RECORDS */
};

/* "insn,trap": the words of trace_kind.def. */
bool trace_kinds_parse(const char *text, unsigned *kinds, struct error *err);

/* machine and symbols are borrowed; the machine must not outlive the trace while it runs. NULL: err says why. */
struct trace *trace_create(const struct trace_options *options, struct machine *machine, const struct symbols *symbols,
                           struct error *err);

bool trace_enabled(const struct trace *trace);

/* On or off, from the next step on; a window stays in force. False: the file cannot be opened, and *err, which may be NULL, says why. */
bool trace_enable(struct trace *trace, bool on, struct error *err);

/* Behind the run: completes the file. False: it is not whole. */
bool trace_finish(struct trace *trace, struct error *err);

/* Completes the file if that has not been done; accepts NULL. */
void trace_destroy(struct trace *trace);

#endif
