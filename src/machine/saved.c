/* SPDX-License-Identifier: MIT */
#include "machine/saved.h"

#include "base/bits.h"
#include "host/host_time.h"
#include "machine/hart_saved.h"
#include "machine/machine_state.h"
#include "mmu/context.h"

/* What the machine itself keeps: the event loop's and the console's. */
static const struct state_field machine_fields[] = {
    STATE_NOT(struct machine, config, "how the machine is made up"),
    STATE_NOT(struct machine, host, "wiring"),
    STATE_NOT(struct machine, ram, "has a section of its own"),
    STATE_NOT(struct machine, mem, "wiring"),
    STATE_NOT(struct machine, harts, "parts of their own"),
    STATE_NOT(struct machine, tlbs, "translations: the tables in RAM are the state"),
    STATE_NOT(struct machine, hart_count, "made with the machine"),
    STATE_NOT(struct machine, decoder, "made with the machine"),
    STATE_NOT(struct machine, profile, "an onlooker's"),
    STATE_NOT(struct machine, cache, "translated code: the code in RAM is the state"),
    STATE_NOT(struct machine, strict, "translations and code as they were: the machine forgets them where it is saved"),
    STATE_NOT(struct machine, engine, "all engines do the same"),
    STATE_NOT(struct machine, chosen_engine, "all engines do the same"),
    STATE_NOT(struct machine, digest_log, "an onlooker's"),
    STATE_NOT(struct machine, bus, "wiring"),
    STATE_NOT(struct machine, clint, "a part of its own"),
    STATE_NOT(struct machine, plic, "a part of its own"),
    STATE_NOT(struct machine, uart, "a part of its own"),
    STATE_NOT(struct machine, rtc, "a part of its own"),
    STATE_NOT(struct machine, syscon, "a part of its own"),
    STATE_NOT(struct machine, htif, "a part of its own"),
    STATE_NOT(struct machine, peripherals, "parts of their own"),
    STATE_NOT(struct machine, sbi, "a part of its own"),
    STATE_NOT(struct machine, plan, "has a section of its own"),
    STATE_NOT(struct machine, journal, "what has come is in the parts"),
    STATE_NOT(struct machine, own_journal, "made with the machine"),
    STATE_NOT(struct machine, quiet, "an onlooker's"),
    STATE_NOT(struct machine, history, "an onlooker's"),
    STATE_NOT(struct machine, travel, "an onlooker's"),
    STATE_NOT(struct machine, history_due, "an onlooker's"),
    STATE_NOT(struct machine, leg_end, "an onlooker's"),
    STATE_NOT(struct machine, in_run, "counts within a run alone"),
    STATE_NOT(struct machine, in_device, "counts within a run alone"),
    STATE_NOT(struct machine, clock, "a part of its own"),
    STATE_NOT(struct machine, time, "wiring"),
    STATE(struct machine, steps, BITS(61, 0), "made by all harts"),
    STATE(struct machine, turn, MACHINE_MAX_HARTS - 1, "the hart whose turn it is"),
    STATE_NOT(struct machine, running, "counts within a run alone"),
    STATE(struct machine, sync_due, BITS(62, 0), "the step at which the host is to be asked next"),
    STATE(struct machine, busy, STATE_ANY, "a bit for each hart that has used up a turn since the last sync point"),
    STATE_NOT(struct machine, deadline_moved, "set when the machine is loaded"),
    STATE(struct machine, round_due, 1, "the slice is over: sources are to be polled, timers checked, a hart chosen"),
    STATE(struct machine, slice_end, BITS(62, 0), "the step at which it ends if nothing ends it sooner"),
    STATE(struct machine, slice_hart, MACHINE_MAX_HARTS, "whose it is; the number of harts: all wait"),
    STATE(struct machine, held, STATE_ANY, "a bit for each hart that a debugger has stand still"),
    STATE_NOT(struct machine, deadline, "follows from the comparators"),
    STATE_NOT(struct machine, started_ns, "the host's time"),
    STATE_NOT(struct machine, wait_set, "counts within a sleep alone"),
    STATE_NOT(struct machine, stop, "of the run, which ends; a loaded machine goes on"),
    STATE_NOT(struct machine, failure, "of the run, which ends"),
    STATE(struct machine, console_bytes, STATE_ANY, "written to the console since power-on"),
    STATE_NOT(struct machine, control, "debuggers'"),
    STATE_NOT(struct machine, tap, "an onlooker's"),
    STATE_NOT(struct machine, ecall_server, "the embedding program's"),
    STATE_NOT(struct machine, supervisor, "an onlooker's"),
    STATE_NOT(struct machine, sampler, "an onlooker's"),
    STATE_NOT(struct machine, sample_due, "an onlooker's"),
    STATE_BYTES(struct machine, input, "console input that the guest has not taken lies in it"),
    STATE(struct machine, input_first, UART16550_FIFO_BYTES + INPUT_BYTES, "where it begins"),
    STATE(struct machine, input_count, UART16550_FIFO_BYTES + INPUT_BYTES, "its bytes"),
    STATE(struct machine, input_taken, STATE_ANY, "bytes of console input that have come from the host"),
    STATE(struct machine, terminal_open, 1, "the guest has opened the VirtIO console's port that has the terminal"),
    STATE(struct machine, input_credit, INPUT_BURST_BYTES, "bytes that the UART may get at once"),
    STATE(struct machine, input_ticks, STATE_ANY, "the tick up to which credit has been given"),
    STATE_END,
};

static bool machine_check(const void *object)
{
    const struct machine *m = object;
    return m->turn < m->hart_count && m->slice_hart <= m->hart_count && (m->busy & ~BITS(m->hart_count - 1, 0)) == 0 &&
           m->input_first + m->input_count <= sizeof m->input;
}

static void machine_made_anew(void *object)
{
    struct machine *m = object;
    m->running = m->turn;
    m->deadline_moved = true;
}

static const struct state_table machine_saved = {
    .fields = machine_fields,
    .bytes = sizeof(struct machine),
    .check = machine_check,
    .loaded = machine_made_anew,
};

static const struct state_field clock_fields[] = {
    STATE_NOT(struct clock, mode, "made with the machine"),
    STATE(struct clock, sync_steps, BITS(61, 0), "the machine's steps at the last sync point"),
    STATE(struct clock, sync_ticks, STATE_ANY, "its tick"),
    STATE(struct clock, rate, CLOCK_RATE_ONE, "ticks per step since then, 32.32 fixed point"),
    STATE_NOT(struct clock, host_ns, "the host's time"),
    STATE(struct clock, unix_ns, STATE_ANY, "the guest's wall clock at tick 0"),
    STATE(struct clock, dropped_ticks, STATE_ANY, "time that a slow host could not give"),
    STATE_END,
};

static bool clock_check(const void *object)
{
    return ((const struct clock *)object)->rate != 0;
}

static const struct state_table clock_saved = {
    .fields = clock_fields,
    .bytes = sizeof(struct clock),
    .check = clock_check,
};

#define TEN(tens)                                                                                                      \
    "hart" #tens "0", "hart" #tens "1", "hart" #tens "2", "hart" #tens "3", "hart" #tens "4", "hart" #tens "5",        \
        "hart" #tens "6", "hart" #tens "7", "hart" #tens "8", "hart" #tens "9"
static const char *const hart_names[] = {TEN(), TEN(1), TEN(2), TEN(3), TEN(4), TEN(5), TEN(6)};
_Static_assert(ARRAY_SIZE(hart_names) >= MACHINE_MAX_HARTS, "each hart has a name");

static struct state_part own_part(const struct machine *m)
{
    return (struct state_part){.name = "machine", .object = (void *)(uintptr_t)m, .table = &machine_saved};
}

static struct state_part clock_part(const struct machine *m)
{
    return (struct state_part){.name = "clock", .object = (void *)(uintptr_t)&m->clock, .table = &clock_saved};
}

static struct state_part hart_part(const struct machine *m, unsigned n)
{
    return (struct state_part){.name = hart_names[n], .object = &m->harts[n], .table = &hart_saved};
}

unsigned machine_parts(const struct machine *m, struct state_part *parts)
{
    const struct device *devices[] = {clint_device(m->clint), plic_device(m->plic), uart16550_device(m->uart),
                                      goldfish_rtc_device(m->rtc), syscon_device(m->syscon)};
    unsigned count = 0;
    parts[count++] = own_part(m);
    parts[count++] = clock_part(m);
    for (unsigned i = 0; i < m->hart_count; i++)
        parts[count++] = hart_part(m, i);
    if (m->sbi != NULL)
        parts[count++] = sbi_part(m->sbi);
    for (unsigned i = 0; i < ARRAY_SIZE(devices); i++)
        parts[count++] =
            (struct state_part){.name = devices[i]->name, .object = devices[i]->state, .table = devices[i]->saved};
    if (m->htif != NULL)
        parts[count++] = htif_part(m->htif);
    return count + peripherals_states(m->peripherals, parts + count);
}

void machine_settle(struct machine *m)
{
    peripherals_settle(m->peripherals);
}

/* A hook may be called twice: by state_load, before the other parts were loaded, and here. */
static void make_anew(struct machine *m)
{
    struct state_part parts[MACHINE_MAX_PARTS];
    unsigned count = machine_parts(m, parts);
    for (unsigned i = 0; i < count; i++)
        if (parts[i].table->loaded != NULL)
            parts[i].table->loaded(parts[i].object);
    clock_go_on(&m->clock, m->steps, host_now_ns());
}

void machine_loaded(struct machine *m)
{
    code_cache_flush(m->cache);
    if (m->strict != NULL)
        strict_forget(m->strict);
    make_anew(m);
}

void machine_went_back(struct machine *m)
{
    machine_forget_translations(m);
    make_anew(m);
}

void machine_input_goes_on(struct machine *m)
{
    if (m->host.console_skip != NULL)
        m->host.console_skip(m->host.owner, m->input_taken);
}

void machine_forget_translations(struct machine *m)
{
    if (m->strict != NULL)
        strict_forget(m->strict);
    code_cache_fence(m->cache);
    for (unsigned i = 0; i < m->hart_count; i++)
        mmu_flush_all(&m->harts[i]);
}
