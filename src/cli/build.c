/* SPDX-License-Identifier: MIT */
/* microvm build: makes a kernel from the sources of a folder, and runs it if that is wanted (docs/build.md). */
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "cli/flag.h"
#include "project/build.h"

/* The exit status where the sources do not compile. */
#define EXIT_REFUSED 1

struct request {
    struct build_request build;
    const char **operands;
    bool run;
    char *const *run_options; /* behind -- */
    int run_option_count;
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

static const struct flag flags[] = {
    {"script", true, set_script},    {"output", true, set_output}, {"cflags", true, set_cflags}, {"cc", true, set_cc},
    {"verbose", false, set_verbose}, {"v", false, set_verbose},    {"run", false, set_run},
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
    if (own < count) {
        r->run_options = arguments + own + 1;
        r->run_option_count = count - own - 1;
    }
    return own;
}

static bool parse(struct request *r, int count, char *const *arguments, struct error *err)
{
    const struct flag_command command = {"build", flags, ARRAY_SIZE(flags), add_operand};
    r->operands = calloc((size_t)count + 1, sizeof *r->operands);
    if (r->operands == NULL)
        return error_set(err, "out of memory");
    r->build.names.operands = r->operands;
    if (!flags_parse(&command, r, own_arguments(r, count, arguments), arguments, err))
        return false;
    return r->run || r->run_options == NULL ||
           error_set(err, "build: what stands behind -- is for the run; write --run -- OPTIONS");
}

static bool run_kernel(const struct request *r, const char *kernel, int *status, struct error *err)
{
    int count = r->run_option_count;
    char **arguments = calloc((size_t)count + 2, sizeof *arguments);
    if (arguments == NULL)
        return error_set(err, "out of memory");
    arguments[0] = (char *)kernel;
    for (int i = 0; i < count; i++)
        arguments[i + 1] = r->run_options[i];
    bool ok = command_run(count + 1, arguments, status, err);
    free(arguments);
    return ok;
}

bool command_build(int count, char *const *arguments, int *status, struct error *err)
{
    struct request request = {.run = false};
    struct project project = {.folder = NULL};
    bool ok = parse(&request, count, arguments, err);
    enum build_end end = ok ? build(&request.build, &project, err) : BUILD_FAILED;
    if (end == BUILD_REFUSED)
        *status = EXIT_REFUSED;
    else if (end == BUILD_FAILED)
        ok = false;
    else if (request.run)
        ok = run_kernel(&request, project.elf, status, err);
    project_destroy(&project);
    free(request.operands);
    return ok;
}
