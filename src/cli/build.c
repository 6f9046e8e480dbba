/* SPDX-License-Identifier: MIT */
/* microvm build: makes a kernel from the sources of a folder, and runs it if that is wanted (docs/build.md). */
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "cli/flag.h"
#include "cli/option.h"
#include "cli/watch.h"
#include "machine/stop.h"
#include "project/build.h"

/* The exit status where the sources do not compile. */
#define EXIT_REFUSED 1

struct request {
    struct build_request build;
    const char **operands;
    bool run, watch;
    struct watch_guest guest; /* what stands behind -- */
};

static bool set_script(void *owner, const char *value, UNUSED struct error *err)
{
    ((struct request *)owner)->build.names.script = value;
    return true;
}

static bool set_output(void *owner, const char *value, UNUSED struct error *err)
{
    ((struct request *)owner)->build.names.output = value;
    return true;
}

static bool set_cflags(void *owner, const char *value, UNUSED struct error *err)
{
    ((struct request *)owner)->build.flags = value;
    return true;
}

static bool set_cc(void *owner, const char *value, UNUSED struct error *err)
{
    ((struct request *)owner)->build.compiler = value;
    return true;
}

static bool set_verbose(void *owner, UNUSED const char *value, UNUSED struct error *err)
{
    return ((struct request *)owner)->build.verbose = true;
}

static bool set_run(void *owner, UNUSED const char *value, UNUSED struct error *err)
{
    return ((struct request *)owner)->run = true;
}

static bool set_watch(void *owner, UNUSED const char *value, UNUSED struct error *err)
{
    return ((struct request *)owner)->watch = ((struct request *)owner)->build.dependencies = true;
}

static const struct flag flags[] = {
    {"script", true, set_script}, {"output", true, set_output},    {"cflags", true, set_cflags},
    {"cc", true, set_cc},         {"verbose", false, set_verbose}, {"v", false, set_verbose},
    {"run", false, set_run},      {"watch", false, set_watch},
};

static bool add_operand(void *owner, const char *word, struct error *err)
{
    struct request *r = owner;
    if (word[0] == '-')
        return error_set(err, "unknown option '%.100s'; microvm help build lists them", word);
    if (word[0] == '\0')
        return error_set(err, "build: '' is neither a folder nor a source");
    r->operands[r->build.names.operand_count++] = word;
    return true;
}

/* What stands behind -- is for run. */
static int own_arguments(struct request *r, int count, char *const *arguments)
{
    int own = 0;
    while (own < count && strcmp(arguments[own], "--") != 0)
        own++;
    if (own < count)
        r->guest = (struct watch_guest){count - own - 1, arguments + own + 1};
    return own;
}

/* Before anything is built. */
static bool check_run_options(const struct request *r, struct error *err)
{
    struct options options;
    if (!r->run && r->guest.options != NULL)
        return error_set(err, "build: what stands behind -- is for the run; write --run -- OPTIONS");
    options_init(&options);
    bool ok = options_parse(&options, r->guest.count, r->guest.options, err);
    const char *kernel = options.files == NULL ? options.config.kernel : NULL; /* a file's is replaced */
    if (ok && kernel != NULL)
        ok = error_set(err, "build: '%.200s' is a second kernel; behind -- stand options of run", kernel);
    options_reset(&options);
    return ok;
}

static bool parse(struct request *r, int count, char *const *arguments, struct error *err)
{
    const struct flag_command command = {"build", flags, ARRAY_SIZE(flags), add_operand};
    r->operands = calloc((size_t)count + 1, sizeof *r->operands);
    if (r->operands == NULL)
        return error_set(err, "out of memory");
    r->build.names.operands = r->operands;
    return flags_parse(&command, r, own_arguments(r, count, arguments), arguments, err) && check_run_options(r, err);
}

static bool build_once(const struct request *r, int *status, struct error *err)
{
    struct project project;
    struct stop stop;
    enum build_end end = build(&r->build, &project, err);
    bool ok = end != BUILD_FAILED;
    if (end == BUILD_REFUSED || end == BUILD_LACKED)
        *status = end == BUILD_REFUSED ? EXIT_REFUSED : EXIT_STATUS_COULD_NOT_RUN;
    if (end == BUILD_DONE && r->run)
        ok = watch_run_kernel(&r->guest, project.elf, 0, &stop, err);
    if (ok && end == BUILD_DONE && r->run)
        *status = stop_exit_status(&stop);
    project_destroy(&project);
    return ok;
}

bool command_build(int count, char *const *arguments, int *status, struct error *err)
{
    struct request request = {.run = false};
    bool ok = parse(&request, count, arguments, err);
    if (ok && request.watch)
        ok = watch_and_build(&request.build, request.run ? &request.guest : NULL, status, err);
    else if (ok)
        ok = build_once(&request, status, err);
    free(request.operands);
    return ok;
}
