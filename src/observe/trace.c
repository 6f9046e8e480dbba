/* SPDX-License-Identifier: MIT */
#include "observe/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nearest.h"
#include "host/option_text.h"
#include "machine/control.h"
#include "machine/inspect.h"
#include "observe/trace_collect.h"
#include "observe/trace_filter.h"

/* What has been written is passed on after so many steps at the latest. */
#define FLUSH_STEPS (UINT64_C(1) << 16)

struct trace {
    struct machine *machine;
    struct trace_filter filter;
    uint64_t from, end; /* the window: steps from <= n < end */
    struct trace_target target;
    struct trace_output output; /* once something may be traced; owner NULL: not yet, or finished */
    struct collector *collector;
    bool enabled;
    bool observing;          /* the machine has our observer */
    bool listens;            /* and our event source */
    struct step_alarm alarm; /* for the next end of the window */
    struct event_source source;
    uint64_t flush_at;
};

static const struct {
    const char *name, *meaning;
} kinds_table[] = {
#define TRACE_KIND(id, meaning) {#id, meaning},
#include "observe/trace_kind.def"
#undef TRACE_KIND
};

static bool unknown_kind(const char *word, struct error *err)
{
    struct nearest nearest = {.typed = word};
    for (unsigned i = 0; i < TRACE_KIND_COUNT; i++)
        nearest_offer(&nearest, kinds_table[i].name);
    if (nearest.best != NULL)
        return error_set(err, "--trace: unknown '%.100s'; did you mean %s?", word, nearest.best);
    return error_set(err, "--trace: unknown '%.100s'; known are insn, mem, csr, trap, mmio, sbi, irq, walk", word);
}

bool trace_kinds_parse(const char *text, unsigned *kinds, struct error *err)
{
    *kinds = 0;
    while (text != NULL) {
        char word[100];
        unsigned i = 0;
        if (!option_text_next(&text, word, sizeof word, "--trace: a word", err))
            return false;
        while (i < TRACE_KIND_COUNT && strcmp(kinds_table[i].name, word) != 0)
            i++;
        if (i == TRACE_KIND_COUNT)
            return unknown_kind(word, err);
        *kinds |= 1u << i;
    }
    return true;
}

static bool check_kinds(unsigned kinds, enum trace_format format, struct error *err)
{
    unsigned others = kinds & ~trace_format_kinds(format);
    if (others == 0)
        return true;
    return error_set(err, "--trace: the format %s has no place for %s", trace_format_name(format),
                     kinds_table[count_trailing_zeros32(others)].name);
}

/* The harts run on in their slices after the window has ended, and before it begins: its ends are exact here. */
static void take_record(void *owner, const struct trace_record *record)
{
    const struct trace *trace = owner;
    if (record->step >= trace->from && record->step < trace->end && trace_filter_passes(&trace->filter, record))
        trace->output.put(trace->output.owner, record);
}

static void stop_observing(struct trace *trace)
{
    if (!trace->observing)
        return;
    trace->observing = false;
    machine_remove_observer(trace->machine, collector_observer(trace->collector));
}

static void start_observing(struct trace *trace)
{
    if (trace->observing)
        return;
    trace->observing = true;
    collector_begin(trace->collector);
    machine_add_observer(trace->machine, collector_observer(trace->collector));
}

static void arm(struct trace *trace, uint64_t step);

/* Before a slice in which the machine may cross an end of the window. */
static void window_is_near(void *owner)
{
    struct trace *trace = owner;
    if (machine_steps(trace->machine) >= trace->end) {
        stop_observing(trace);
        return;
    }
    start_observing(trace);
    if (trace->end != UINT64_MAX)
        arm(trace, trace->end);
}

static void arm(struct trace *trace, uint64_t step)
{
    trace->alarm = (struct step_alarm){trace, step, window_is_near};
    machine_set_alarm(trace->machine, &trace->alarm);
}

/* A trace that nobody can read ends the run: a closed pipe, a full disk. trace_finish says so. */
static void flush(struct trace *trace)
{
    if (trace->output.owner != NULL && !trace->output.flush(trace->output.owner))
        machine_end(trace->machine, CONTROL_QUIT);
}

/* Before a sleep the user sees all there is. */
static void source_watch(void *owner, UNUSED struct wait_set *set, UNUSED uint64_t *timeout_ns)
{
    flush(owner);
}

static void source_poll(void *owner)
{
    struct trace *trace = owner;
    uint64_t now = machine_steps(trace->machine);
    if (now < trace->flush_at)
        return;
    trace->flush_at = now + FLUSH_STEPS;
    if (trace->observing)
        flush(trace);
}

/* What is needed once something may be traced. */
static bool open_output(struct trace *trace, struct error *err)
{
    if (trace->output.owner != NULL)
        return true;
    if (!trace_output_create(&trace->target, &trace->output, err))
        return false;
    return trace->listens || (trace->listens = machine_add_source(trace->machine, &trace->source)) ||
           error_set(err, "trace: too many others wait for events of the machine");
}

bool trace_enabled(const struct trace *trace)
{
    return trace->enabled;
}

bool trace_enable(struct trace *trace, bool on, struct error *err)
{
    if (on == trace->enabled)
        return true;
    if (on && !open_output(trace, err))
        return false;
    trace->enabled = on;
    if (!on) {
        stop_observing(trace);
        machine_set_alarm(trace->machine, NULL);
        flush(trace);
    } else if (machine_steps(trace->machine) >= trace->from) {
        window_is_near(trace);
    } else {
        arm(trace, trace->from);
    }
    return true;
}

struct trace *trace_create(const struct trace_options *options, struct machine *machine, const struct symbols *symbols,
                           struct error *err)
{
    unsigned kinds = options->kinds != 0 ? options->kinds : trace_format_preset(options->format);
    struct trace *trace = calloc(1, sizeof *trace);
    if (trace == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    *trace = (struct trace){
        .machine = machine,
        .from = options->from,
        .end = options->count == 0 || options->count > UINT64_MAX - options->from ? UINT64_MAX
                                                                                  : options->from + options->count,
        .target = {.format = options->format,
                   .file = options->file,
                   .records = options->records != 0 ? options->records : TRACE_RING_RECORDS,
                   .names = {machine_decoder(machine), symbols, machine_bus(machine)}},
        .source = {.owner = trace, .watch = source_watch, .poll = source_poll},
    };
    struct collector_sink sink = {trace, take_record};
    trace->collector = collector_create(machine, kinds, &sink);
    if (trace->collector == NULL)
        error_set(err, "out of memory");
    else if (check_kinds(kinds, options->format, err) &&
             trace_filter_parse(options->filter, symbols, &trace->filter, err) &&
             (!options->on || trace_enable(trace, true, err)))
        return trace;
    trace_destroy(trace);
    return NULL;
}

bool trace_finish(struct trace *trace, struct error *err)
{
    if (trace == NULL)
        return true;
    trace_enable(trace, false, NULL);
    bool ok = trace->output.owner == NULL || trace->output.finish(trace->output.owner, err);
    if (trace->output.owner != NULL)
        trace->output.destroy(trace->output.owner);
    trace->output.owner = NULL;
    return ok;
}

void trace_destroy(struct trace *trace)
{
    struct error unsaid;
    if (trace == NULL)
        return;
    trace_finish(trace, &unsaid);
    collector_destroy(trace->collector);
    free(trace);
}
