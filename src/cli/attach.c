/* SPDX-License-Identifier: MIT */
#include "cli/attach.h"

#include <stdlib.h>

#include "gdbstub/server.h"
#include "machine/control.h"
#include "monitor/console.h"
#include "monitor/socket.h"
#include "observe/explain.h"
#include "observe/symbols.h"
#include "remote/remote.h"

struct attachments {
    struct machine *machine;
    struct console *console;
    struct symbols *symbols;
    struct explain *explain;
    struct monitor *monitor; /* before all else that hears of pauses: it takes several steps as one */
    struct monitor_console *monitor_console;
    struct monitor_socket *monitor_socket;
    struct remote *remote;
    struct gdb_server *gdb;
    struct viewers *viewers; /* NULL: nobody looks */
    struct trace *trace;
    struct saver *saver;
    struct profile_output *profile; /* NULL: none is asked for */
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

static bool make_explain(struct attachments *a, struct error *err)
{
    a->explain = explain_create(a->machine, a->symbols);
    return a->explain != NULL || error_set(err, "out of memory for the explanations");
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

static bool make_monitor(struct attachments *a, const struct attach_options *options, struct error *err)
{
    struct monitor_parts parts = {.machine = a->machine, .symbols = a->symbols, .trace = a->trace, .saver = a->saver};
    a->monitor = monitor_create(&parts, err);
    if (a->monitor == NULL)
        return false;
    a->monitor_console = monitor_console_create(a->monitor, a->machine, a->console, err);
    if (a->monitor_console == NULL || options->monitor_path == NULL)
        return a->monitor_console != NULL;
    a->monitor_socket = monitor_socket_create(a->monitor, a->machine, options->monitor_path, err);
    return a->monitor_socket != NULL || error_prefix(err, "--monitor");
}

static bool make_remote(struct attachments *a, const struct attach_options *options, struct error *err)
{
    const struct remote_parts parts = {a->machine, a->symbols, a->monitor, a->saver};
    if (options->control_wait && options->control_path == NULL)
        return error_set(err, "--control-wait: waits for a client of --control, which is not given");
    if (options->control_path == NULL)
        return true;
    a->remote = remote_open(&parts, options->control_path, err);
    if (a->remote == NULL)
        return error_prefix(err, "--control");
    if (options->control_wait)
        machine_pause(a->machine);
    return true;
}

static void execute_for_gdb(void *commands, const char *line, const struct gdb_output *output)
{
    struct monitor_out out = {output->owner, output->write, false};
    monitor_execute(commands, line, &out);
}

static bool make_gdb(struct attachments *a, const struct attach_options *options, struct error *err)
{
    if (!options->gdb)
        return true;
    struct gdb_server_config config = {
        .machine = a->machine,
        .where = options->gdb_where,
        .runs = options->gdb_runs,
        .commands = a->monitor,
        .execute = execute_for_gdb,
    };
    a->gdb = gdb_server_create(&config, err);
    return a->gdb != NULL || error_prefix(err, "--gdb");
}

static bool make_viewers(struct attachments *a, const struct attach_options *options, struct error *err)
{
    if (options->display_count == 0)
        return true;
    a->viewers = viewers_create(options->displays, options->display_count, a->machine, a->console, err);
    return a->viewers != NULL;
}

static bool make_profile(struct attachments *a, const struct attach_options *options, struct error *err)
{
    if (!options->profile.summary && options->profile.coverage == NULL)
        return true;
    a->profile = profile_output_create(&options->profile, a->machine, a->symbols, err);
    return a->profile != NULL;
}

static bool make_saver(struct attachments *a, const struct attach_options *options, struct error *err)
{
    a->saver = saver_create(&options->saver, a->machine, err);
    return a->saver != NULL;
}

struct attachments *attach_create(const struct attach_options *options, struct machine *machine,
                                  struct console *console, struct error *err)
{
    struct attachments *a = calloc(1, sizeof *a);
    if (a == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    a->machine = machine;
    a->console = console;
    if (make_symbols(a, options, err) && make_explain(a, err) && make_trace(a, options, err) &&
        make_profile(a, options, err) && make_saver(a, options, err) && make_monitor(a, options, err) &&
        make_remote(a, options, err) && make_gdb(a, options, err) && make_viewers(a, options, err))
        return a;
    attach_destroy(a);
    return NULL;
}

bool attach_finish(struct attachments *a, struct error *err)
{
    return trace_finish(a->trace, err) && profile_output_finish(a->profile, err) && saver_finish(a->saver, err);
}

bool attach_found_bugs(const struct attachments *a)
{
    return explain_board_findings(a->explain) != 0;
}

void attach_destroy(struct attachments *a)
{
    if (a == NULL)
        return;
    viewers_destroy(a->viewers);
    remote_close(a->remote);
    gdb_server_destroy(a->gdb);
    monitor_socket_destroy(a->monitor_socket);
    monitor_console_destroy(a->monitor_console);
    monitor_destroy(a->monitor);
    saver_destroy(a->saver);
    trace_destroy(a->trace);
    profile_output_destroy(a->profile);
    explain_destroy(a->explain);
    symbols_destroy(a->symbols);
    free(a);
}
