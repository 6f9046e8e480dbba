/* SPDX-License-Identifier: MIT */
/* The forms of a trace: each takes records one by one and writes them in its own way. An output owns its file. */
#ifndef MICROVM_OBSERVE_TRACE_OUTPUT_H
#define MICROVM_OBSERVE_TRACE_OUTPUT_H

#include <stdio.h>

#include "base/error.h"
#include "bus/bus.h"
#include "cpu/decode.h"
#include "observe/symbols.h"
#include "observe/trace_record.h"

/* What gives names to what records hold. Borrowed. */
struct trace_names {
    const struct decoder *decoder;
    const struct symbols *symbols; /* NULL: none */
    const struct bus *bus;         /* NULL: devices have no names */
};

struct trace_output {
    void *owner;
    void (*put)(void *owner, const struct trace_record *record);
    /* What was put reaches the file. False: it does not, and nothing will. */
    bool (*flush)(void *owner);
    /* Writes what comes last. False: the file is not whole, *err says why. */
    bool (*finish)(void *owner, struct error *err);
    void (*destroy)(void *owner);
};

enum trace_format { TRACE_TEXT, TRACE_SPIKE, TRACE_BINARY, TRACE_PERFETTO, TRACE_FORMATS };

struct trace_target {
    enum trace_format format;
    const char *file; /* NULL: standard error, or standard output where that is the command's purpose */
    bool to_stdout;
    uint64_t records; /* BINARY: how many of the newest are kept */
    struct trace_names names;
};

/* Opens the file, too. False: err says why. */
bool trace_output_create(const struct trace_target *target, struct trace_output *output, struct error *err);

/* The kinds of records that a format is made for, as a set of bits by enum trace_kind: those it takes if nobody says which,
 * and those it can take. */
unsigned trace_format_preset(enum trace_format format);
unsigned trace_format_kinds(enum trace_format format);

/* "text|spike|binary|perfetto" is the order of enum trace_format. */
const char *trace_format_name(enum trace_format format);

/* A stream that the outputs of text share, with its name for messages. */
struct trace_file {
    FILE *stream;
    const char *name;
    int error; /* errno of the first write that failed */
};

bool trace_file_open(const struct trace_target *target, struct trace_file *file, struct error *err);
/* False: something could not be written, now or before. Closing closes it in any case. */
bool trace_file_flush(struct trace_file *file);
bool trace_file_close(struct trace_file *file, struct error *err);

/* One for each format. */
bool trace_text_create(const struct trace_target *target, struct trace_output *output, struct error *err);
bool trace_spike_create(const struct trace_target *target, struct trace_output *output, struct error *err);
bool trace_ring_create(const struct trace_target *target, struct trace_output *output, struct error *err);
bool trace_perfetto_create(const struct trace_target *target, struct trace_output *output, struct error *err);

#endif
