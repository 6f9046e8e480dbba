/* SPDX-License-Identifier: MIT */
#include "cli/attach.h"

#include <stdlib.h>

#include "observe/symbols.h"

struct attachments {
    struct machine *machine;
    struct symbols *symbols;
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

static bool make_profile(struct attachments *a, const struct attach_options *options, struct error *err)
{
    if (!options->profile.summary && options->profile.coverage == NULL)
        return true;
    a->profile = profile_output_create(&options->profile, a->machine, a->symbols, err);
    return a->profile != NULL;
}

struct attachments *attach_create(const struct attach_options *options, struct machine *machine, struct error *err)
{
    struct attachments *a = calloc(1, sizeof *a);
    if (a == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    a->machine = machine;
    if (make_symbols(a, options, err) && make_profile(a, options, err))
        return a;
    attach_destroy(a);
    return NULL;
}

bool attach_finish(struct attachments *a, struct error *err)
{
    return profile_output_finish(a->profile, err);
}

void attach_destroy(struct attachments *a)
{
    if (a == NULL)
        return;
    profile_output_destroy(a->profile);
    symbols_destroy(a->symbols);
    free(a);
}
