/* SPDX-License-Identifier: MIT */
/* What the command puts around the machine that it runs: symbols, debuggers, monitors, traces, explanations. Each part is made here from its
 * options, before the run, and taken down here behind it, whatever ended it. */
#ifndef MICROVM_CLI_ATTACH_H
#define MICROVM_CLI_ATTACH_H

#include "base/error.h"
#include "cli/viewers.h"
#include "host/console/console.h"
#include "machine/machine.h"
#include "observe/profile_output.h"
#include "observe/trace.h"
#include "snapshot/saver.h"

/* The options of these parts, as set_options.c fills them in. Strings are borrowed. */
#define ATTACH_MAX_SYMBOL_FILES 16
struct attach_options {
    const char *symbol_files[ATTACH_MAX_SYMBOL_FILES]; /* FILE or FILE@OFFSET */
    unsigned symbol_file_count;
    const char *monitor_path;          /* of the monitor's socket; NULL: none */
    const char *control_path;          /* of the control socket; NULL: none */
    bool control_wait;                 /* the harts stand still until somebody resumes them */
    bool gdb;                          /* debuggers may connect */
    const char *gdb_where;             /* a port or a path; NULL: a socket of its own */
    bool gdb_runs;                     /* the machine does not wait for one */
    const char *displays[VIEWERS_MAX]; /* as display_options_parse takes them */
    unsigned display_count;
    struct trace_options trace;
    const char *shapes_trace, *trace_shape; /* an option that says how to trace, and its value; NULL: none was given */
    struct profile_output_options profile;
    struct saver_options saver;
};

struct attachments;

/* NULL: err says what cannot be had, and nothing is attached. */
struct attachments *attach_create(const struct attach_options *options, struct machine *machine,
                                  struct console *console, struct error *err);

/* Behind the run, before the machine is destroyed: what is to be written at the end is written. False: it could not be. */
bool attach_finish(struct attachments *attachments, struct error *err);

/* Whether the guest did what a board may not forgive, and the user was told (--strict). */
bool attach_found_bugs(const struct attachments *attachments);

/* Accepts NULL. */
void attach_destroy(struct attachments *attachments);

#endif
