/* SPDX-License-Identifier: MIT */
/* What each option does with its value: one function for each row of option.def. */
#include "cli/option_set.h"

#include <stdio.h>
#include <string.h>

#include "cli/example.h"
#include "cli/value.h"
#include "gdbstub/server.h"
#include "host/display/display_options.h"
#include "machine/strict_config.h"

#define MAX_HARTS 64

SET(kernel)
{
    options->config.kernel = value;
    return true;
}

static bool no_such_example(const char *value, struct error *err)
{
    size_t count;
    const struct example *table = example_table(&count);
    char names[256] = "";
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", table[i].name);
    }
    return error_set(err, "--example: there is no example '%.200s'; there are: %s", value, names);
}

SET(example)
{
    if (strcmp(value, "LIST") == 0 || strcmp(value, "list") == 0) {
        options->list_examples = true;
        return true;
    }
    const struct example *example = example_find(value);
    if (example == NULL)
        return no_such_example(value, err);
    options->config.image = example->begin;
    options->config.image_bytes = (uint64_t)(example->end - example->begin);
    options->config.image_name = example->name;
    if (option_given(options, "cpus") == NULL && options->config.cpus < example->cpus)
        options->config.cpus = example->cpus;
    return true;
}

SET(initrd)
{
    options->config.initrd = value;
    return true;
}

SET(cmdline)
{
    options->config.cmdline = value;
    return true;
}

SET(load_addr)
{
    options->config.has_load_addr = true;
    return value_number(row->name, value, 0, UINT64_MAX, &options->config.load_addr, err);
}

SET(firmware)
{
    options->config.firmware_path = NULL;
    options->config.firmware = FIRMWARE_FILE;
    if (strcmp(value, "none") == 0)
        options->config.firmware = FIRMWARE_NONE;
    else if (strcmp(value, "builtin") == 0)
        options->config.firmware = FIRMWARE_BUILTIN;
    else
        options->config.firmware_path = value;
    return true;
}

SET(dtb)
{
    options->config.dtb = value;
    return true;
}

SET(machine)
{
    unsigned word;
    if (!value_word(row->name, value, row->argument, &word, err))
        return false;
    options->config.virtio_legacy = word == 1;
    return true;
}

SET(memory)
{
    return value_size(row->name, value, &options->config.memory_bytes, err);
}

SET(history)
{
    if (strcmp(value, "0") == 0) {
        options->config.history_bytes = 0;
        return true;
    }
    return value_size(row->name, value, &options->config.history_bytes, err);
}

SET(cpus)
{
    uint64_t count;
    if (!value_number(row->name, value, 1, MAX_HARTS, &count, err))
        return false;
    options->config.cpus = (unsigned)count;
    return true;
}

SET(cpu)
{
    return ext_set_parse(&options->config.ext, value, err);
}

SET(clock)
{
    unsigned word;
    if (!value_word(row->name, value, row->argument, &word, err))
        return false;
    options->config.clock = word == 0 ? CLOCK_WALL : CLOCK_VIRTUAL;
    return true;
}

SET(seed)
{
    options->config.has_seed = true;
    return value_number(row->name, value, 0, UINT64_MAX, &options->config.seed, err);
}

SET(strict)
{
    options->config.strict = strict_standard();
    return value == NULL || strict_parse(value, &options->config.strict, err);
}

SET(pmp_reset)
{
    unsigned word;
    if (!value_word(row->name, value, row->argument, &word, err))
        return false;
    options->config.pmp_open = word == 1;
    return true;
}

SET(engine)
{
    unsigned word;
    if (!value_word(row->name, value, row->argument, &word, err))
        return false;
    options->config.engine = (enum engine_kind)word;
    return true;
}

SET(console)
{
    static const enum console_mode modes[] = {CONSOLE_RAW, CONSOLE_FILTER, CONSOLE_NONE};
    unsigned word;
    if (!value_word(row->name, value, row->argument, &word, err))
        return false;
    options->config.console = modes[word];
    return true;
}

SET(max_insns)
{
    return value_number(row->name, value, 1, UINT64_MAX, &options->config.max_steps, err);
}

SET(timeout_secs)
{
    return value_seconds(row->name, value, &options->config.timeout_secs, err);
}

SET(no_reboot)
{
    options->config.no_reboot = true;
    return true;
}

SET(digest_log)
{
    (void)row, (void)err;
    options->config.digest_log = value;
    return true;
}

SET(record)
{
    (void)row, (void)err;
    options->record = value;
    return true;
}

SET(replay)
{
    (void)row, (void)err;
    options->replay = value;
    return true;
}

SET(signature)
{
    options->config.signature = value;
    return true;
}

SET(signature_granularity)
{
    unsigned word;
    if (!value_word(row->name, value, row->argument, &word, err))
        return false;
    options->config.signature_granularity = 4u << word;
    return true;
}

SET(explain)
{
    static const enum explain_mode modes[] = {EXPLAIN_OFF, EXPLAIN_STOP, EXPLAIN_ON, EXPLAIN_ALL};
    unsigned word;
    if (!value_word(row->name, value, row->argument, &word, err))
        return false;
    options->config.explain = modes[word];
    return true;
}

SET(save_snapshot)
{
    options->attach.saver.path = value;
    return true;
}

SET(at_step)
{
    options->attach.saver.has_at_step = true;
    return value_number(row->name, value, 0, UINT64_MAX - 1, &options->attach.saver.at_step, err);
}

SET(at_output)
{
    options->attach.saver.at_output = value;
    return true;
}

SET(snapshot_format)
{
    unsigned word;
    if (!value_word(row->name, value, row->argument, &word, err))
        return false;
    options->attach.saver.format = (enum snapshot_format)word;
    return true;
}

SET(with_disks)
{
    options->config.disk_overlays = true;
    return true;
}

SET(load_snapshot)
{
    options->load_snapshot = value;
    return true;
}

SET(monitor)
{
    options->attach.monitor_path = value;
    return true;
}

SET(symbols)
{
    struct attach_options *attach = &options->attach;
    if (attach->symbol_file_count == ATTACH_MAX_SYMBOL_FILES)
        return error_set(err, "--%s '%.200s': %d files at most", row->name, value, ATTACH_MAX_SYMBOL_FILES);
    attach->symbol_files[attach->symbol_file_count++] = value;
    return true;
}

SET(control)
{
    options->attach.control_path = value;
    return true;
}

SET(control_wait)
{
    options->attach.control_wait = true;
    return true;
}

SET(gdb)
{
    options->attach.gdb = true;
    options->attach.gdb_where = value;
    return value == NULL || gdb_server_check(value, err) || error_prefix(err, "--%s", row->name);
}

SET(gdb_wait)
{
    options->attach.gdb = true;
    options->attach.gdb_runs = false;
    return true;
}

SET(gdb_run)
{
    options->attach.gdb = options->attach.gdb_runs = true;
    return true;
}

SET(display)
{
    struct display_options parsed;
    struct attach_options *attach = &options->attach;
    if (!display_options_parse(value, &parsed, err))
        return error_prefix(err, "--%s", row->name);
    if (parsed.kind == DISPLAY_NONE) {
        attach->display_count = 0;
        return true;
    }
    if (attach->display_count == VIEWERS_MAX)
        return error_set(err, "--%s '%.200s': %u ways at most", row->name, value, VIEWERS_MAX);
    attach->displays[attach->display_count++] = value;
    return true;
}

SET(trace)
{
    options->attach.trace.on = true;
    return value == NULL || trace_kinds_parse(value, &options->attach.trace.kinds, err);
}

/* An option that shapes a trace, and makes none. */
static void shape_trace(struct options *options, const struct option_row *row, const char *value,
                        const struct error *err)
{
    if (err == NULL)
        return; /* a preset */
    options->attach.shapes_trace = row->name;
    options->attach.trace_shape = value;
}

SET(trace_file)
{
    shape_trace(options, row, value, err);
    options->attach.trace.file = value;
    return true;
}

SET(trace_format)
{
    unsigned word;
    shape_trace(options, row, value, err);
    if (!value_word(row->name, value, row->argument, &word, err))
        return false;
    options->attach.trace.format = (enum trace_format)word;
    return true;
}

SET(trace_filter)
{
    shape_trace(options, row, value, err);
    options->attach.trace.filter = value;
    return true;
}

SET(trace_from)
{
    shape_trace(options, row, value, err);
    return value_number(row->name, value, 0, UINT64_MAX, &options->attach.trace.from, err);
}

SET(trace_count)
{
    shape_trace(options, row, value, err);
    return value_number(row->name, value, 1, UINT64_MAX, &options->attach.trace.count, err);
}

SET(trace_records)
{
    shape_trace(options, row, value, err);
    return value_number(row->name, value, 1, TRACE_RING_RECORDS_MAX, &options->attach.trace.records, err);
}

SET(profile)
{
    options->attach.profile.summary = true;
    options->attach.profile.file = value;
    return true;
}

SET(profile_exact)
{
    options->attach.profile.summary = options->attach.profile.exact = true;
    return true;
}

SET(coverage)
{
    options->attach.profile.coverage = value;
    return true;
}

/* The files are read before (cli/option.c). */
SET(config)
{
    return true;
}

SET(save_config)
{
    options->save_config = value;
    return true;
}

SET(verbose)
{
    options->config.verbose++;
    return true;
}

SET(help)
{
    options->help = true;
    return true;
}
