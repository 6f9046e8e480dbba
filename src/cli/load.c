/* SPDX-License-Identifier: MIT */
#include "cli/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

#define TEXT_BYTES LOAD_EXTENSIONS_BYTES

static void memory_text(const struct machine_config *config, char text[TEXT_BYTES])
{
    snprintf(text, TEXT_BYTES, "%" PRIu64 "K", config->memory_bytes >> 10);
}

static void cpus_text(const struct machine_config *config, char text[TEXT_BYTES])
{
    snprintf(text, TEXT_BYTES, "%u", config->cpus);
}

void load_print_extensions(const struct ext_set *set, char text[LOAD_EXTENSIONS_BYTES])
{
    struct ext_set usual = ext_set_default();
    size_t used = 0;
    snprintf(text, LOAD_EXTENSIONS_BYTES, "the usual extensions");
    for (unsigned i = 0; i < EXT_COUNT && used < LOAD_EXTENSIONS_BYTES; i++)
        if (set->has[i] != usual.has[i])
            used += (size_t)snprintf(text + used, LOAD_EXTENSIONS_BYTES - used, "%s%s=%s", used > 0 ? "," : "",
                                     ext_info((enum ext)i)->name, set->has[i] ? "on" : "off");
}

static void cpu_text(const struct machine_config *config, char text[TEXT_BYTES])
{
    load_print_extensions(&config->ext, text);
}

static void clock_text(const struct machine_config *config, char text[TEXT_BYTES])
{
    snprintf(text, TEXT_BYTES, "%s", config->clock == CLOCK_VIRTUAL ? "virtual" : "wall");
}

static void seed_text(const struct machine_config *config, char text[TEXT_BYTES])
{
    snprintf(text, TEXT_BYTES, config->has_seed ? "%" PRIu64 : "none", config->seed);
}

static void pmp_text(const struct machine_config *config, char text[TEXT_BYTES])
{
    snprintf(text, TEXT_BYTES, "%s", config->pmp_open ? "open" : "manual");
}

static void machine_text(const struct machine_config *config, char text[TEXT_BYTES])
{
    snprintf(text, TEXT_BYTES, "virt,virtio-legacy=%s", config->virtio_legacy ? "on" : "off");
}

/* Options that may be given again if they say what is so; print puts a configuration's value into words, and that of
 * one whose machine can be
 * told apart is not the same. */
static const struct repeated {
    const char *name;
    void (*print)(const struct machine_config *config, char text[TEXT_BYTES]);
} repeated[] = {
    {"memory", memory_text}, {"cpus", cpus_text},     {"cpu", cpu_text},         {"clock", clock_text},
    {"seed", seed_text},     {"pmp-reset", pmp_text}, {"machine", machine_text},
};

/* Options about the start of a guest, which a saved one has behind it. */
static const char *const starts[] = {"kernel", "example", "initrd", "cmdline", "load-addr", "firmware", "dtb"};

static bool check_starts(const struct options *options, struct error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        const char *value = option_given(options, starts[i]);
        if (value != NULL)
            return error_set(err, "--%s '%.200s': --load-snapshot '%.200s' goes on with the guest that is in it",
                             starts[i], value, options->load_snapshot);
    }
    return true;
}

static bool check_repeated(const struct options *options, const struct machine_config *loaded, struct error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(repeated); i++) {
        char is[TEXT_BYTES], wanted[TEXT_BYTES];
        const char *value = option_given(options, repeated[i].name);
        repeated[i].print(loaded, is);
        repeated[i].print(&options->config, wanted);
        if (value != NULL && strcmp(is, wanted) != 0)
            return error_set(err, "--%s '%.200s': the machine in snapshot '%.200s' has %.300s", repeated[i].name, value,
                             options->load_snapshot, is);
    }
    return true;
}

struct snapshot *load_open(struct options *options, struct error *err)
{
    struct machine_config loaded = options->config;
    if (!check_starts(options, err))
        return NULL;
    struct snapshot *snapshot = snapshot_open(options->load_snapshot, err);
    if (snapshot != NULL && snapshot_configure(snapshot, &loaded, err) && check_repeated(options, &loaded, err)) {
        options->config = loaded;
        return snapshot;
    }
    snapshot_close(snapshot);
    return NULL;
}
