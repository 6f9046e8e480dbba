/* SPDX-License-Identifier: MIT */
#include "observe/profile_output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/inspect.h"
#include "observe/coverage.h"
#include "observe/profile_report.h"

struct profile_output {
    struct machine *machine;
    struct symbols *symbols;
    struct profiler *profiler;
    bool summary;
    FILE *file, *folded, *coverage; /* NULL: not asked for */
};

static FILE *open_output(const char *option, const char *path, struct error *err)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        error_set(err, "%s: '%.512s' cannot be written: %s", option, path, strerror(errno));
    return file;
}

static bool open_profile(struct profile_output *o, const char *path, struct error *err)
{
    char *folded;
    o->file = open_output("--profile", path, err);
    if (o->file == NULL)
        return false;
    if (asprintf(&folded, "%s.folded", path) < 0)
        return error_set(err, "--profile: out of memory");
    o->folded = open_output("--profile", folded, err);
    free(folded);
    return o->folded != NULL;
}

static bool open_all(struct profile_output *o, const struct profile_output_options *options, struct error *err)
{
    if (options->coverage != NULL && !source_lines_are_built_in())
        return error_set(
            err, "--coverage: this program was built without source lines: Debian's package libdw-dev was missing");
    if (options->coverage != NULL && !symbols_have_lines(o->symbols))
        return error_set(err,
                         "--coverage '%.200s': neither the kernel nor a file of --symbols has debug information; build "
                         "it with -g",
                         options->coverage);
    if (options->file != NULL && !open_profile(o, options->file, err))
        return false;
    if (options->coverage != NULL)
        o->coverage = open_output("--coverage", options->coverage, err);
    return options->coverage == NULL || o->coverage != NULL;
}

struct profile_output *profile_output_create(const struct profile_output_options *options, struct machine *machine,
                                             struct symbols *symbols, struct error *err)
{
    struct profile_output *o = calloc(1, sizeof *o);
    if (o == NULL) {
        error_set(err, "out of memory for the profile");
        return NULL;
    }
    bool exact = options->exact || options->coverage != NULL;
    *o = (struct profile_output){.machine = machine, .symbols = symbols, .summary = options->summary};
    if (open_all(o, options, err)) {
        o->profiler = profiler_create(machine, symbols, exact, options->file != NULL);
        if (o->profiler != NULL)
            return o;
        error_set(err, "out of memory for the profile");
    }
    profile_output_destroy(o);
    return NULL;
}

/* Leaves no file open; *file may be NULL. */
static bool close_output(const char *option, FILE **file, struct error *err)
{
    bool ok = *file == NULL || ferror(*file) == 0;
    if (*file != NULL && fclose(*file) != 0)
        ok = false;
    *file = NULL;
    return ok || error_set(err, "%s: its file cannot be written: %s", option, strerror(errno));
}

bool profile_output_finish(struct profile_output *o, struct error *err)
{
    if (o == NULL)
        return true;
    const struct profile_data *data = profiler_finish(o->profiler);
    if (o->summary)
        profile_report_summary(data, o->symbols, machine_decoder(o->machine), o->file != NULL ? o->file : stderr);
    if (o->folded != NULL && !profile_report_folded(data, o->symbols, o->folded))
        return error_set(err, "--profile: out of memory for the stacks");
    if (o->coverage != NULL && !coverage_write(data, o->symbols, o->coverage, err))
        return error_prefix(err, "--coverage");
    return close_output("--profile", &o->file, err) && close_output("--profile", &o->folded, err) &&
           close_output("--coverage", &o->coverage, err);
}

void profile_output_destroy(struct profile_output *o)
{
    if (o == NULL)
        return;
    profiler_destroy(o->profiler);
    close_output("", &o->file, NULL);
    close_output("", &o->folded, NULL);
    close_output("", &o->coverage, NULL);
    free(o);
}
