/* SPDX-License-Identifier: MIT */
/* Loops without an end: a hart whose registers come back to the same values again and again is looked at closely (the
 * probe), and if nothing can end its loop, and no other hart can, that is explained. */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/csr.h"
#include "machine/map.h"
#include "observe/explain_impl.h"

/* Slices for which a state is kept to be met again: a loop of so many instructions comes back to it in time. */
#define STATE_SLICES 128
/* So often it must have come back before the loop is looked at. */
#define MATCHES 4
/* Steps between close looks that found nothing: at first, and at most. */
#define PATIENCE_FIRST (UINT64_C(1) << 16)
#define PATIENCE_MOST (UINT64_C(1) << 23)
/* So long all harts must have been in their loops before that is believed. */
#define SETTLED_STEPS (UINT64_C(1) << 17)
/* While a disk may be at work nobody waits in vain before so many steps. */
#define DISK_STEPS (UINT64_C(1) << 28)
/* What stands in the UART's LSR when a character has come. */
#define LSR_DR 1

static void keep_state(struct explain *e, const struct hart *h, struct hart_watch *w)
{
    w->pc = h->pc;
    memcpy(w->x, h->x, sizeof w->x);
    w->age = w->matches = w->period = 0;
    w->since = machine_steps(e->machine);
    w->proved_at = 0;
}

/* The state did not come back when it should have: the hart has left its loop. */
static void note_leaving(struct hart_watch *w)
{
    if (w->matches <= 1 || w->age <= w->period)
        return;
    w->matches = 0;
    w->proved_at = 0;
}

static void note_match(struct explain *e, struct hart_watch *w)
{
    if (w->matches++ == 0)
        w->since = machine_steps(e->machine);
    else if (w->age + 1 > w->period)
        w->period = w->age + 1;
    w->age = 0;
}

static bool is_back(const struct hart *h, const struct hart_watch *w)
{
    return h->pc == w->pc && memcmp(&h->x[1], &w->x[1], 31 * sizeof h->x[0]) == 0;
}

void explain_watch_spin(struct explain *e, struct hart *h, struct hart_watch *w)
{
    if (UNLIKELY(e->probe.hart != NULL))
        explain_probe_look(e, h);
    if (e->over)
        return;
    if (h->wait != HART_RUNS) {
        w->matches = 0;
        w->proved_at = 0;
        w->since = machine_steps(e->machine);
        return;
    }
    if (LIKELY(!is_back(h, w))) {
        if (++w->age >= STATE_SLICES)
            keep_state(e, h, w);
        note_leaving(w);
        return;
    }
    note_match(e, w);
    if (w->matches >= MATCHES && machine_steps(e->machine) >= w->probe_at && e->probe.hart == NULL)
        explain_probe_start(e, h);
}

void explain_spin_nothing(struct explain *e, struct hart_watch *w)
{
    w->proved_at = 0;
    w->patience = w->patience == 0 ? PATIENCE_FIRST : 2 * w->patience;
    w->patience = w->patience < PATIENCE_MOST ? w->patience : PATIENCE_MOST;
    w->probe_at = machine_steps(e->machine) + w->patience;
    w->matches = 0;
}

/* What it reads changes when somebody presses a key, or when a device completes what it was asked for. */
static bool waits_for_outside(const struct explain *e, const struct spin *spin)
{
    const struct map_row *uart = map_row(MAP_uart), *plic = map_row(MAP_plic);
    uint64_t at = spin->device - uart->base;
    if (spin->device_reads == 0)
        return false;
    if (spin->device_reads > 1)
        return true;
    if (at < uart->size)
        return at == 0 || at == 2 || (at == 5 && (spin->mask & LSR_DR));
    if (spin->device - plic->base < plic->size)
        return explain_device_may_interrupt(e);
    struct bus_place place;
    bool status = bus_describe(machine_bus(e->machine), spin->device, &place) && place.reg != NULL &&
                  strcmp(place.reg, "InterruptStatus") == 0;
    return status && explain_virtio_in_use(e, 0);
}

/* Memory that a device writes: rings of a virtio device, or HTIF's word for input. */
static bool waits_for_device_memory(const struct explain *e, const struct hart_watch *w)
{
    enum { NET = 1, CONSOLE = 3 };
    if (!w->spin.reads_memory)
        return false;
    if (machine_plan(e->machine)->fromhost != BOOT_ABSENT || explain_virtio_in_use(e, NET) ||
        explain_virtio_in_use(e, CONSOLE))
        return true;
    return explain_virtio_in_use(e, 0) && machine_steps(e->machine) - w->since < DISK_STEPS;
}

/* A hart that does nothing more, unless another does something. */
static bool is_parked(const struct explain *e, unsigned n, uint64_t since)
{
    const struct hart *h = machine_hart(e->machine, n);
    const struct hart_watch *w = &e->watch[n];
    if (h->wait == HART_STOPPED)
        return true;
    if (h->wait != HART_RUNS)
        return explain_wakers(e, h, h->csr.mie) == 0;
    return w->proved_at > since;
}

/* The step since which every hart has slept, or been in its loop, shows which of the loops were seen after that: those are for ever. */
static bool all_are_parked(const struct explain *e)
{
    uint64_t since = 0;
    for (unsigned i = 0; i < e->hart_count; i++)
        if (e->watch[i].since > since)
            since = e->watch[i].since;
    for (unsigned i = 0; i < e->hart_count; i++)
        if (!is_parked(e, i, e->hart_count > 1 ? since + SETTLED_STEPS : since))
            return false;
    return true;
}

/* What it waits for, so that of harts that wait for each other one sees who has what. */
static void say_other_loop(struct explain *e, const struct hart *h, const struct spin *spin)
{
    char at[PLACE_BYTES], what[PLACE_BYTES], from[PLACE_BYTES];
    explain_place(e, h->pc, at);
    if (spin->reads_memory && spin->memory_known)
        explain_line(e, "hart %" PRIu64 " loops at pc %s and reads %s; ra is %s", h->id, at,
                     explain_place(e, spin->memory, what), explain_caller(e, h->x[1], from));
    else
        explain_line(e, "hart %" PRIu64 " loops at pc %s", h->id, at);
}

static void say_others(struct explain *e, const struct hart *h)
{
    char at[PLACE_BYTES];
    static const char *const waits[] = {[HART_WFI] = "sleeps", [HART_SUSPENDED] = "is suspended"};
    for (unsigned i = 0; i < e->hart_count; i++) {
        const struct hart *other = machine_hart(e->machine, i);
        if (other == h || other->wait == HART_STOPPED)
            continue;
        if (other->wait == HART_RUNS)
            say_other_loop(e, other, &e->watch[i].spin);
        else
            explain_line(e, "hart %u %s at pc %s", i, waits[other->wait], explain_place(e, other->pc, at));
    }
}

static void say_interrupts(struct explain *e, const struct hart *h)
{
    char enabled[INTERRUPTS_BYTES], pending[INTERRUPTS_BYTES];
    bool on = h->priv == PRIV_M ? h->csr.mstatus & MSTATUS_MIE
                                : h->priv == PRIV_U || ((h->virt ? h->csr.vsstatus : h->csr.mstatus) & MSTATUS_SIE);
    explain_line(e, "interrupts: %s in %s mode; enabled in xie: %s; pending in xip: %s", on ? "on" : "off",
                 explain_mode_name(h->priv, h->virt), explain_interrupts(CSR_mie, h->csr.mie, enabled),
                 explain_interrupts(CSR_mip, csr_mip(h), pending));
}

static bool say_endless(struct explain *e, const struct hart *h, const struct spin *spin)
{
    char at[PLACE_BYTES], from[PLACE_BYTES];
    if (!explain_begin(e, KIND_endless_loop, h, "%" PRIu64 " instruction%s in %s mode at pc %s", spin->length,
                       spin->length == 1 ? "" : "s", explain_mode_name(h->priv, h->virt), explain_place(e, h->pc, at)))
        return false;
    explain_line(e, "ra is %s, sp 0x%" PRIx64, explain_caller(e, h->x[1], from), h->x[2]);
    return true;
}

static bool say_memory(struct explain *e, struct hart *h, const struct spin *spin)
{
    char at[PLACE_BYTES], what[PLACE_BYTES], from[PLACE_BYTES];
    uint64_t value = 0;
    if (!explain_begin(e, KIND_memory_spin, h, "the load at pc %s reads the same over and over",
                       explain_place(e, spin->memory_pc, at)))
        return false;
    if (spin->memory_known &&
        machine_peek(e->machine, h, SPACE_VIRTUAL, spin->memory, &value, spin->memory_bytes) == spin->memory_bytes)
        explain_line(e, "it reads %s, which holds 0x%" PRIx64, explain_place(e, spin->memory, what), value);
    explain_line(e, "ra is %s, sp 0x%" PRIx64, explain_caller(e, h->x[1], from), h->x[2]);
    return true;
}

static bool say_device(struct explain *e, const struct hart *h, const struct spin *spin)
{
    char at[PLACE_BYTES], what[REGISTER_BYTES], from[PLACE_BYTES];
    if (!explain_begin(e, KIND_device_spin, h, "the load at pc %s reads the same value over and over",
                       explain_place(e, spin->device_pc, at)))
        return false;
    explain_line(e, "%s", explain_register(e, spin->device, spin->device_bytes, spin->value, what));
    if (spin->mask != UINT64_MAX)
        explain_line(e, "the loop looks at the bits 0x%" PRIx64 " of it", spin->mask);
    explain_line(e, "ra is %s, sp 0x%" PRIx64, explain_caller(e, h->x[1], from), h->x[2]);
    return true;
}

static COLD void say_spin(struct explain *e, struct hart *h, const struct spin *spin)
{
    if (spin->device_reads == 0 && !spin->reads_memory && explain_gave_up(e, h))
        return;
    enum explain_kind kind = spin->device_reads > 0 ? KIND_device_spin
                             : spin->reads_memory   ? KIND_memory_spin
                                                    : KIND_endless_loop;
    bool said = kind == KIND_device_spin   ? say_device(e, h, spin)
                : kind == KIND_memory_spin ? say_memory(e, h, spin)
                                           : say_endless(e, h, spin);
    if (!said)
        return;
    say_interrupts(e, h);
    say_others(e, h);
    explain_end(e, kind);
}

/* Of all harts that loop, the one whose loop says most: it waits for a device, else for memory. */
static unsigned most_telling(const struct explain *e)
{
    unsigned best = 0, best_rank = 0;
    for (unsigned i = 0; i < e->hart_count; i++) {
        const struct spin *spin = &e->watch[i].spin;
        if (machine_hart(e->machine, i)->wait != HART_RUNS)
            continue;
        unsigned rank = spin->device_reads > 0 ? 3 : spin->reads_memory ? 2 : 1;
        if (rank <= best_rank)
            continue;
        best = i;
        best_rank = rank;
    }
    return best;
}

void explain_spin_found(struct explain *e, struct hart *h, struct hart_watch *w)
{
    bool may_end = waits_for_outside(e, &w->spin) || waits_for_device_memory(e, w) ||
                   explain_wakers(e, h, w->spin.interrupts) != 0;
    if (may_end) {
        explain_spin_nothing(e, w);
        return;
    }
    w->proved_at = machine_steps(e->machine);
    w->probe_at = w->proved_at + PATIENCE_FIRST;
    if (!all_are_parked(e))
        return;
    unsigned n = most_telling(e);
    say_spin(e, machine_hart(e->machine, n), &e->watch[n].spin);
}
