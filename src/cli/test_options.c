/* SPDX-License-Identifier: MIT */
#include "cli/test_options.h"

#include <string.h>

#include "base/compiler.h"
#include "cli/option.h"

/* What keeps a test the same on every host, and within its machine. Options that are not named here are not for tests. */
static const struct {
    const char *name;
    enum grade_value value;
} allowed[] = {
    {"kernel", GRADE_VALUE_FILE},     {"example", GRADE_VALUE_PLAIN},   {"initrd", GRADE_VALUE_FILE},
    {"cmdline", GRADE_VALUE_PLAIN},   {"load-addr", GRADE_VALUE_PLAIN}, {"firmware", GRADE_VALUE_FILE},
    {"dtb", GRADE_VALUE_FILE},        {"machine", GRADE_VALUE_PLAIN},   {"memory", GRADE_VALUE_PLAIN},
    {"cpus", GRADE_VALUE_PLAIN},      {"cpu", GRADE_VALUE_PLAIN},       {"seed", GRADE_VALUE_PLAIN},
    {"pmp-reset", GRADE_VALUE_PLAIN}, {"engine", GRADE_VALUE_PLAIN},    {"disk", GRADE_VALUE_LIST},
    {"no-reboot", GRADE_VALUE_FLAG},  {"strict", GRADE_VALUE_PLAIN},    {"framebuffer", GRADE_VALUE_PLAIN},
};

static const struct option_row *find(const char *name)
{
    size_t count;
    const struct option_row *rows = option_table(&count);
    for (size_t i = 0; i < count; i++)
        if (rows[i].name != NULL && strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

static void init(struct machine_config *config)
{
    struct options options;
    options_init(&options);
    *config = options.config;
    config->clock = CLOCK_VIRTUAL;
    config->has_seed = true;
}

/* One of the words that an option takes instead of a file's name. */
static bool is_word(const char *value)
{
    return strcmp(value, "none") == 0 || strcmp(value, "builtin") == 0;
}

static enum grade_value kind(const char *name, const char *value, struct error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
        if (strcmp(allowed[i].name, name) == 0)
            return strcmp(name, "firmware") == 0 && is_word(value) ? GRADE_VALUE_PLAIN : allowed[i].value;
    if (find(name) != NULL)
        error_set(err, "--%s is an option of run, but not for tests: they must not depend on the host", name);
    return GRADE_VALUE_UNKNOWN;
}

/* A kernel and an example take each other's place: the later one counts. */
static void forget_other(struct machine_config *config, const char *name)
{
    if (strcmp(name, "kernel") == 0)
        config->image = NULL;
    if (strcmp(name, "example") == 0)
        config->kernel = NULL;
}

/* As the option has it: strict may stand alone; and what [defaults] has switched on may be switched off. */
static const char *as_option(struct machine_config *config, const char *name, const char *value)
{
    if (strcmp(name, "strict") != 0)
        return value;
    config->strict = 0;
    return strcmp(value, "yes") == 0 ? NULL : value;
}

static bool set(struct machine_config *config, const char *name, const char *value, struct error *err)
{
    const struct option_row *row = find(name);
    struct options options = {.config = *config};
    value = as_option(&options.config, name, value);
    if (row->argument != NULL && value != NULL && value[0] == '\0' && strcmp(row->argument, "TEXT") != 0)
        return error_set(err, "%s: wants a value (%s)", name, row->argument);
    forget_other(&options.config, name);
    bool off = value != NULL && strcmp(name, "strict") == 0 && strcmp(value, "no") == 0;
    if (!off && !row->set(&options, row, value, err))
        return false;
    if (options.list_examples)
        return error_set(err, "example: wants the name of an example; microvm run --example LIST names them");
    *config = options.config;
    return true;
}

static void offer(struct nearest *nearest)
{
    for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
        nearest_offer(nearest, allowed[i].name);
}

const struct grade_options test_options = {init, kind, set, offer, NULL};
