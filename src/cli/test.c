/* SPDX-License-Identifier: MIT */
/* microvm test: runs guests as spec files say, and judges them (docs/grading.md). */
#include "cli/command.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "cli/flag.h"
#include "cli/test_options.h"
#include "cli/value.h"
#include "grade/session.h"

struct request {
    struct grade_selection selection;
    struct reports reports;
    struct grade_options options;
    const char *output;     /* where the report goes that names no file */
    const char *recordings; /* the folder for those of failed tests; NULL: the present one */
    uint64_t jobs;
    bool list;

    const char **specs; /* in the order of the command line */
    unsigned spec_count;
};

static bool set_jobs(void *owner, const char *value, struct error *err)
{
    struct request *r = owner;
    return value_number("jobs", value, 1, POOL_JOBS_MAX, &r->jobs, err);
}

/* "2/8" */
static bool set_shard(void *owner, const char *value, struct error *err)
{
    struct request *r = owner;
    unsigned shard, shards;
    int length = 0;
    bool digits = strspn(value, "0123456789/") == strlen(value) && strlen(value) < 16;
    if (!digits || sscanf(value, "%u/%u%n", &shard, &shards, &length) != 2 || value[length] != '\0' || shard < 1 ||
        shard > shards)
        return error_set(err, "--shard: '%.100s' is not K/N with 1 <= K <= N, such as 2/8", value);
    r->selection.shard = shard;
    r->selection.shards = shards;
    return true;
}

static bool add_pattern(const char *flag, const char **list, unsigned *count, const char *value, struct error *err)
{
    if (*count == SELECTION_PATTERNS)
        return error_set(err, "--%s: may be given %d times at most", flag, SELECTION_PATTERNS);
    list[(*count)++] = value;
    return true;
}

static bool set_only(void *owner, const char *value, struct error *err)
{
    struct grade_selection *selection = &((struct request *)owner)->selection;
    return add_pattern("only", selection->only, &selection->only_count, value, err);
}

static bool set_tag(void *owner, const char *value, struct error *err)
{
    struct grade_selection *selection = &((struct request *)owner)->selection;
    return add_pattern("tag", selection->tags, &selection->tag_count, value, err);
}

static bool set_recordings(void *owner, const char *value, UNUSED struct error *err)
{
    ((struct request *)owner)->recordings = value;
    return true;
}

static const char *recordings_folder(const struct request *r)
{
    if (r->recordings == NULL)
        return ".";
    return strcmp(r->recordings, "none") == 0 ? NULL : r->recordings;
}

static bool set_list(void *owner, UNUSED const char *value, UNUSED struct error *err)
{
    return ((struct request *)owner)->list = true;
}

/* "junit" or "junit=FILE" */
static bool set_format(void *owner, const char *value, struct error *err)
{
    struct reports *reports = &((struct request *)owner)->reports;
    size_t length = strcspn(value, "=");
    const struct report_format *format = report_find(value, length);
    if (format == NULL)
        return error_set(err, "--format: '%.*s' is not one of " REPORT_NAMES, (int)(length < 100 ? length : 100),
                         value);
    if (value[length] == '=' && value[length + 1] == '\0')
        return error_set(err, "--format: a file's name is missing behind '%.100s'", value);
    if (reports->count == REPORTS_MAX - 1)
        return error_set(err, "--format: may be given %d times at most", REPORTS_MAX - 1);
    reports->list[reports->count++] =
        (struct report){.format = format, .path = value[length] == '=' ? value + length + 1 : NULL};
    return true;
}

static bool set_output(void *owner, const char *value, UNUSED struct error *err)
{
    ((struct request *)owner)->output = value;
    return true;
}

static bool set_kernel(void *owner, const char *value, UNUSED struct error *err)
{
    ((struct request *)owner)->options.kernel = value;
    return true;
}

static const struct flag flags[] = {
    {"jobs", true, set_jobs},     {"shard", true, set_shard},   {"only", true, set_only},
    {"tag", true, set_tag},       {"list", false, set_list},    {"format", true, set_format},
    {"output", true, set_output}, {"kernel", true, set_kernel}, {"recordings", true, set_recordings},
};

static bool add_spec(void *owner, const char *word, UNUSED struct error *err)
{
    struct request *r = owner;
    r->specs[r->spec_count++] = word;
    return true;
}

/* One report at most goes to standard output (or --output); where none does, people get theirs there. */
static bool arrange_reports(struct request *r, struct error *err)
{
    struct reports *reports = &r->reports;
    unsigned nameless = 0;
    for (unsigned i = 0; i < reports->count; i++)
        nameless += reports->list[i].path == NULL;
    if (nameless > 1)
        return error_set(
            err, "--format: only one format may go to standard output; write --format NAME=FILE for the others");
    if (nameless == 0)
        reports->list[reports->count++] = (struct report){.format = &report_text};
    for (unsigned i = 0; i < reports->count; i++)
        if (reports->list[i].path == NULL)
            reports->list[i].path = r->output;
    return true;
}

/* As many as this process may use. */
static uint64_t processors(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0 ? (uint64_t)CPU_COUNT(&set) : 1;
}

static bool parse(struct request *r, int count, char *const *arguments, struct error *err)
{
    const struct flag_command command = {"test", flags, ARRAY_SIZE(flags), add_spec};
    r->specs = calloc((size_t)count + 1, sizeof *r->specs);
    if (r->specs == NULL)
        return error_set(err, "out of memory");
    if (!flags_parse(&command, r, count, arguments, err) || !arrange_reports(r, err))
        return false;
    if (r->jobs == 0)
        r->jobs = processors();
    return r->spec_count > 0 ||
           error_set(err, "test: which tests? Name a spec file; docs/grading.md says what it holds");
}

static void print_list(const struct grade_test *const *list, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        printf("%s: %s", list[i]->file, list[i]->name);
        for (unsigned j = 0; j < list[i]->tag_count; j++)
            printf("%s%s", j == 0 ? "  [" : " ", list[i]->tags[j]);
        puts(list[i]->tag_count > 0 ? "]" : "");
    }
}

static bool run_tests(struct request *r, const struct grade_test *const *list, unsigned count, int *status,
                      struct error *err)
{
    unsigned jobs = (unsigned)r->jobs < POOL_JOBS_MAX ? (unsigned)r->jobs : POOL_JOBS_MAX;
    bool opened = reports_open(&r->reports, err);
    enum pool_end end =
        opened ? session_run(list, count, jobs, recordings_folder(r), &r->reports, status, err) : POOL_FAILED;
    struct error close_error = {""};
    bool closed = reports_close(&r->reports, &close_error);
    if (end == POOL_DONE && !closed)
        *err = close_error;
    return end == POOL_IN_A_JOB || (end == POOL_DONE && closed);
}

static bool read_specs(const struct request *r, struct grade_spec *spec, struct error *err)
{
    for (unsigned i = 0; i < r->spec_count; i++)
        if (!grade_spec_read(spec, r->specs[i], &r->options, err))
            return false;
    return true;
}

bool command_test(int count, char *const *arguments, int *status, struct error *err)
{
    struct request request = {.options = test_options};
    struct grade_spec spec = {.tests = NULL};
    const struct grade_test **list = NULL;
    unsigned selected = 0;
    bool ok = parse(&request, count, arguments, err) && read_specs(&request, &spec, err) &&
              session_select(&spec, &request.selection, &list, &selected, err);
    if (ok && request.list)
        print_list(list, selected);
    else if (ok)
        ok = run_tests(&request, list, selected, status, err);
    free(list);
    free(request.specs);
    grade_spec_destroy(&spec);
    return ok;
}
