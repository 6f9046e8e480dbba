/* SPDX-License-Identifier: MIT */
#include "cli/attach.h"

#include <stdlib.h>

#include "observe/symbols.h"

struct attachments {
    struct machine *machine;
    struct symbols *symbols;
    struct trace *trace;
};

static bool make_symbols(struct attachments *a, const struct attach_options *options, struct error *err)
{
    a->symbols = symbols_create(a->machine);
    if (a->symbols == NULL)
        return error_set(err, "out of memory for the symbols");
    for (unsigned i = 0; i < options->symbol_file_count; i++)
        if (!symbols_add(a->symbols, options->symbol_files[i], err))
            return error_prefix(err, "--symbols");
    return true;
}

/* It is made even if nobody wants one yet: a monitor may switch it on. */
static bool make_trace(struct attachments *a, const struct attach_options *options, struct error *err)
{
    if (options->shapes_trace != NULL && !options->trace.on)
        return error_set(err, "--%s %.200s: nothing is traced; give --trace, too", options->shapes_trace,
                         options->trace_shape);
    a->trace = trace_create(&options->trace, a->machine, a->symbols, err);
    return a->trace != NULL;
}

struct attachments *attach_create(const struct attach_options *options, struct machine *machine, struct error *err)
{
    struct attachments *a = calloc(1, sizeof *a);
    if (a == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    a->machine = machine;
    if (make_symbols(a, options, err) && make_trace(a, options, err))
        return a;
    attach_destroy(a);
    return NULL;
}

bool attach_finish(struct attachments *a, struct error *err)
{
    return trace_finish(a->trace, err);
}

void attach_destroy(struct attachments *a)
{
    if (a == NULL)
        return;
    trace_destroy(a->trace);
    symbols_destroy(a->symbols);
    free(a);
}
