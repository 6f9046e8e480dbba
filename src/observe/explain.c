/* SPDX-License-Identifier: MIT */
/* The supervisor: who is asked what between the turns, and what becomes of a machine that is stuck. */
#include "observe/explain.h"

#include <stdlib.h>
#include <string.h>

#include "machine/clock.h"
#include "observe/explain_impl.h"
#include "observe/sanitizer.h"

/* So many steps without a byte of output are worth a word, if the user wants to hear it. */
#define SILENT_STEPS UINT64_C(1000000000)

static COLD void say_silent(struct explain *e, struct hart *h)
{
    char at[PLACE_BYTES];
    if (machine_console_bytes(e->machine) != 0 ||
        !explain_begin(e, KIND_silent_console, h, "after %llu instructions it is at pc %s",
                       (unsigned long long)machine_steps(e->machine), explain_place(e, h->pc, at)))
        return;
    explain_end(e, KIND_silent_console);
}

static void on_slice(void *owner, struct hart *h)
{
    struct explain *e = owner;
    struct hart_watch *w = &e->watch[h->id];
    if (UNLIKELY(e->sanitizer != NULL))
        sanitizer_slice(e->sanitizer, h);
    if (UNLIKELY(e->over))
        return;
    explain_watch_traps(e, h, w);
    explain_watch_again(e, h, w);
    explain_watch_spin(e, h, w);
    if (UNLIKELY(h->ram->stale_count != 0))
        explain_watch_text(e, h);
    if (UNLIKELY(e->mode == EXPLAIN_ALL && !e->said[KIND_silent_console]) && machine_steps(e->machine) >= SILENT_STEPS)
        say_silent(e, h);
}

static void on_idle(void *owner)
{
    struct explain *e = owner;
    if (!e->over)
        explain_idle(e);
}

static void on_start(void *owner)
{
    struct explain *e = owner;
    explain_probe_stop(e);
    explain_again_stop(e);
    memset(e->watch, 0, e->hart_count * sizeof e->watch[0]);
    e->over = false;
    e->text_check_at = UINT64_MAX;
}

struct explain *explain_create(struct machine *machine, struct symbols *symbols)
{
    unsigned harts = machine_hart_count(machine);
    struct explain *e = calloc(1, sizeof *e + harts * sizeof e->watch[0]);
    if (e == NULL)
        return NULL;
    e->machine = machine;
    e->symbols = symbols;
    e->mode = machine_config(machine)->explain;
    e->hart_count = harts;
    e->text_check_at = UINT64_MAX;
    e->supervisor = (struct supervisor){e, on_slice, on_idle, on_start};
    if (e->mode == EXPLAIN_OFF)
        return e;
    machine_set_supervisor(machine, &e->supervisor);
    if (machine_config(machine)->strict == 0)
        return e;
    e->sanitizer = sanitizer_create(e);
    if (e->sanitizer != NULL)
        return e;
    explain_destroy(e);
    return NULL;
}

void explain_destroy(struct explain *e)
{
    if (e == NULL)
        return;
    explain_probe_stop(e);
    explain_again_stop(e);
    sanitizer_destroy(e->sanitizer);
    machine_set_supervisor(e->machine, NULL);
    free(e);
}
