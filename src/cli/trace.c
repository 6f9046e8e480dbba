/* SPDX-License-Identifier: MIT */
/* microvm trace: a binary trace that --trace-format binary wrote, in another form. */
#include "cli/command.h"

#include "base/compiler.h"
#include "cli/flag.h"
#include "cli/value.h"
#include "observe/trace.h"
#include "observe/trace_filter.h"
#include "observe/trace_ring.h"

#define SYMBOL_FILES_MAX 16
/* Whether anybody reads what is printed is looked at every so often. */
#define RECORDS_BETWEEN_LOOKS 4096

struct request {
    const char *file, *filter;
    const char *symbol_files[SYMBOL_FILES_MAX];
    unsigned symbol_file_count;
    unsigned kinds, format;
    uint64_t from, count;
};

static bool set_symbols(void *owner, const char *value, struct error *err)
{
    struct request *r = owner;
    if (r->symbol_file_count == SYMBOL_FILES_MAX)
        return error_set(err, "--symbols '%.200s': %d files at most", value, SYMBOL_FILES_MAX);
    r->symbol_files[r->symbol_file_count++] = value;
    return true;
}

static bool set_format(void *owner, const char *value, struct error *err)
{
    struct request *r = owner;
    static const enum trace_format formats[] = {TRACE_TEXT, TRACE_SPIKE, TRACE_PERFETTO};
    unsigned word;
    if (!value_word("format", value, "text|spike|perfetto", &word, err))
        return false;
    r->format = formats[word];
    return true;
}

static bool set_filter(void *owner, const char *value, UNUSED struct error *err)
{
    ((struct request *)owner)->filter = value;
    return true;
}

static bool set_kinds(void *owner, const char *value, struct error *err)
{
    return trace_kinds_parse(value, &((struct request *)owner)->kinds, err);
}

static bool set_from(void *owner, const char *value, struct error *err)
{
    return value_number("trace-from", value, 0, UINT64_MAX, &((struct request *)owner)->from, err);
}

static bool set_count(void *owner, const char *value, struct error *err)
{
    return value_number("trace-count", value, 1, UINT64_MAX, &((struct request *)owner)->count, err);
}

static bool set_file(void *owner, const char *word, struct error *err)
{
    struct request *r = owner;
    if (r->file != NULL)
        return error_set(err, "two traces given: '%.100s' and '%.100s'", r->file, word);
    r->file = word;
    return true;
}

static const struct flag flags[] = {
    {"symbols", true, set_symbols}, {"format", true, set_format},   {"trace-filter", true, set_filter},
    {"trace", true, set_kinds},     {"trace-from", true, set_from}, {"trace-count", true, set_count},
};

static const struct flag_command syntax = {"trace", flags, ARRAY_SIZE(flags), set_file};

static struct symbols *read_symbols(const struct request *r, struct error *err)
{
    struct symbols *symbols = symbols_create(NULL);
    if (symbols == NULL) {
        error_set(err, "out of memory for the symbols");
        return NULL;
    }
    for (unsigned i = 0; i < r->symbol_file_count; i++) {
        if (symbols_add(symbols, r->symbol_files[i], err))
            continue;
        error_prefix(err, "--symbols");
        symbols_destroy(symbols);
        return NULL;
    }
    return symbols;
}

static bool is_wanted(const struct request *r, const struct trace_filter *filter, const struct trace_record *record)
{
    bool in_window = record->step >= r->from && (r->count == 0 || record->step - r->from < r->count);
    bool of_kind = record->kind < TRACE_KIND_COUNT && r->kinds >> record->kind & 1;
    if (record->type == RECORD_INSN && (record->access & (RECORD_LOAD | RECORD_STORE)) != 0)
        of_kind |= r->kinds >> TRACE_mem & 1;
    return in_window && of_kind && trace_filter_passes(filter, record);
}

static bool print(const struct request *r, const struct trace_ring_reader *ring, const struct trace_target *target,
                  const struct trace_filter *filter, struct error *err)
{
    struct trace_output output;
    if (!trace_output_create(target, &output, err))
        return false;
    for (uint64_t i = 0; i < ring->count; i++) {
        const struct trace_record *record = trace_ring_at(ring, i);
        if (is_wanted(r, filter, record))
            output.put(output.owner, record);
        if (i % RECORDS_BETWEEN_LOOKS == 0 && !output.flush(output.owner))
            break;
    }
    bool ok = output.finish(output.owner, err);
    output.destroy(output.owner);
    return ok;
}

/* With a decoder that knows all instructions, and the symbols asked for. */
static bool print_named(struct request *r, const struct trace_ring_reader *ring, const struct symbols *symbols,
                        struct error *err)
{
    struct trace_filter filter;
    struct ext_set all;
    for (unsigned i = 0; i < EXT_COUNT; i++)
        all.has[i] = true;
    if (r->kinds == 0)
        r->kinds = trace_format_kinds(r->format);
    if (!trace_filter_parse(r->filter, symbols, &filter, err))
        return false;
    struct decoder *decoder = decoder_create(&all);
    if (decoder == NULL)
        return error_set(err, "out of memory");
    struct trace_target target = {.format = r->format, .to_stdout = true, .names = {decoder, symbols, NULL}};
    bool ok = print(r, ring, &target, &filter, err);
    decoder_destroy(decoder);
    return ok;
}

bool command_trace(int count, char *const *arguments, UNUSED int *status, struct error *err)
{
    struct request request = {.format = TRACE_TEXT};
    struct trace_ring_reader ring;
    if (!flags_parse(&syntax, &request, count, arguments, err))
        return false;
    if (request.file == NULL)
        return error_set(err, "trace: which one? Name the file that run --trace-format binary wrote");
    struct symbols *symbols = read_symbols(&request, err);
    if (symbols == NULL)
        return false;
    bool ok = trace_ring_open(request.file, &ring, err);
    if (ok) {
        ok = print_named(&request, &ring, symbols, err);
        trace_ring_close(&ring);
    }
    symbols_destroy(symbols);
    return ok;
}
