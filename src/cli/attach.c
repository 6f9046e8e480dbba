/* SPDX-License-Identifier: MIT */
#include "cli/attach.h"

#include <stdlib.h>

#include "observe/explain.h"
#include "observe/symbols.h"

struct attachments {
    struct machine *machine;
    struct symbols *symbols;
    struct explain *explain;
};

struct attachments *attach_create(const struct attach_options *options, struct machine *machine, struct error *err)
{
    (void)options;
    struct attachments *a = calloc(1, sizeof *a);
    if (a == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    a->machine = machine;
    a->symbols = symbols_create(machine);
    if (a->symbols != NULL)
        a->explain = explain_create(machine, a->symbols);
    if (a->explain != NULL)
        return a;
    error_set(err, "out of memory for the symbols");
    attach_destroy(a);
    return NULL;
}

bool attach_finish(struct attachments *a, struct error *err)
{
    (void)a, (void)err;
    return true;
}

void attach_destroy(struct attachments *a)
{
    if (a == NULL)
        return;
    explain_destroy(a->explain);
    symbols_destroy(a->symbols);
    free(a);
}
