/* SPDX-License-Identifier: MIT */
/* Software interrupts (MSWI) and machine timers (MTIMER) behind the SiFive CLINT's register map. */
#include "devices/clint.h"

#include <stdlib.h>

/* ACLINT leaves it open; other machines start with 0, so that MTIP is pending until somebody sets a time. */
#define MTIMECMP_RESET UINT64_C(0)

struct timer_hart {
    uint64_t mtimecmp;
    bool msip;
    bool mtip;
    struct irq_line msip_line;
    struct irq_line mtip_line;
};

struct clint {
    struct device dev;
    struct time_source time;
    unsigned count;
    struct timer_hart harts[];
};

static void set_msip(struct timer_hart *hart, bool level)
{
    hart->msip = level;
    irq_set(&hart->msip_line, level);
}

static void set_mtip(struct timer_hart *hart, bool level)
{
    if (hart->mtip == level)
        return;
    hart->mtip = level;
    irq_set(&hart->mtip_line, level);
}

/* ACLINT "MTIMECMP registers": pending whenever mtime >= mtimecmp, both unsigned. */
void clint_update(struct clint *clint, uint64_t now)
{
    for (unsigned i = 0; i < clint->count; i++)
        set_mtip(&clint->harts[i], now >= clint->harts[i].mtimecmp);
}

uint64_t clint_next_deadline(const struct clint *clint, uint64_t now)
{
    uint64_t deadline = UINT64_MAX;
    for (unsigned i = 0; i < clint->count; i++) {
        uint64_t due = clint->harts[i].mtimecmp;
        if (due > now && due < deadline)
            deadline = due;
    }
    return deadline;
}

static uint64_t read_msip(void *state, uint32_t index)
{
    struct clint *clint = state;
    return index < clint->count ? clint->harts[index].msip : 0;
}

static void write_msip(void *state, uint32_t index, uint64_t value)
{
    struct clint *clint = state;
    if (index < clint->count)
        set_msip(&clint->harts[index], value & 1);
}

static uint64_t read_mtimecmp(void *state, uint32_t index)
{
    struct clint *clint = state;
    return index < clint->count ? clint->harts[index].mtimecmp : 0;
}

static void write_mtimecmp(void *state, uint32_t index, uint64_t value)
{
    struct clint *clint = state;
    if (index >= clint->count)
        return;
    struct timer_hart *hart = &clint->harts[index];
    hart->mtimecmp = value;
    set_mtip(hart, clint->time.now(clint->time.owner) >= value);
    clint->time.deadline_changed(clint->time.owner);
}

static uint64_t read_mtime(void *state, uint32_t index)
{
    (void)index;
    struct clint *clint = state;
    return clint->time.now(clint->time.owner);
}

static void write_mtime(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct clint *clint = state;
    clint->time.set(clint->time.owner, value);
    clint_update(clint, clint->time.now(clint->time.owner));
    clint->time.deadline_changed(clint->time.owner);
}

static const struct reg clint_regs[] = {
    {.name = "MSIP",
     .offset = 0x0000,
     .size = 4,
     .count = CLINT_MAX_HARTS,
     .stride = 4,
     .read = read_msip,
     .write = write_msip,
     .meaning = "bit 0: the hart's software interrupt is pending"},
    {.name = "MTIMECMP",
     .offset = CLINT_MTIMECMP,
     .size = 8,
     .narrowest = 4,
     .count = CLINT_MAX_HARTS,
     .stride = 8,
     .read = read_mtimecmp,
     .write = write_mtimecmp,
     .meaning = "the hart's timer interrupt is pending while MTIME >= MTIMECMP"},
    {.name = "MTIME",
     .offset = CLINT_MTIME,
     .size = 8,
     .narrowest = 4,
     .read = read_mtime,
     .write = write_mtime,
     .meaning = "ticks of the timebase"},
    REG_END,
};

static const struct state_field hart_fields[] = {
    STATE(struct timer_hart, mtimecmp, STATE_ANY, "the timer interrupt is pending from this tick on"),
    STATE(struct timer_hart, msip, 1, "the software interrupt is pending"),
    STATE(struct timer_hart, mtip, 1, "the timer interrupt is pending"),
    STATE_NOT(struct timer_hart, msip_line, "wiring"),
    STATE_NOT(struct timer_hart, mtip_line, "wiring"),
    STATE_END,
};

static const struct state_field clint_fields[] = {
    STATE_NOT(struct clint, dev, "made with the machine"),
    STATE_NOT(struct clint, time, "wiring; the time is the machine's"),
    STATE_NOT(struct clint, count, "made with the machine"),
    STATE_TAIL(struct clint, harts, hart_fields, count, "one for each hart"),
    STATE_END,
};

static void clint_loaded(void *object)
{
    struct clint *clint = object;
    for (unsigned i = 0; i < clint->count; i++) {
        irq_set(&clint->harts[i].msip_line, clint->harts[i].msip);
        irq_set(&clint->harts[i].mtip_line, clint->harts[i].mtip);
    }
    clint->time.deadline_changed(clint->time.owner);
}

static const struct state_table clint_saved = {
    .fields = clint_fields,
    .bytes = sizeof(struct clint),
    .loaded = clint_loaded,
};

/* mtime is the machine's own time and is not touched. */
static void clint_reset(void *state)
{
    struct clint *clint = state;
    for (unsigned i = 0; i < clint->count; i++) {
        struct timer_hart *hart = &clint->harts[i];
        set_msip(hart, false);
        hart->mtimecmp = MTIMECMP_RESET;
        hart->mtip = false;
        irq_set(&hart->mtip_line, false);
    }
    clint->time.deadline_changed(clint->time.owner);
}

struct clint *clint_create(unsigned harts, const struct time_source *time, const struct irq_line *msip,
                           const struct irq_line *mtip)
{
    if (harts == 0 || harts > CLINT_MAX_HARTS)
        return NULL;
    struct clint *clint = calloc(1, sizeof *clint + harts * sizeof clint->harts[0]);
    if (clint == NULL)
        return NULL;
    clint->dev = (struct device){
        .name = "clint",
        .state = clint,
        .regs = clint_regs,
        .reset = clint_reset,
        .saved = &clint_saved,
    };
    clint->time = *time;
    clint->count = harts;
    for (unsigned i = 0; i < harts; i++) {
        clint->harts[i].mtimecmp = MTIMECMP_RESET;
        clint->harts[i].msip_line = msip[i];
        clint->harts[i].mtip_line = mtip[i];
    }
    return clint;
}

void clint_destroy(struct clint *clint)
{
    free(clint);
}

const struct device *clint_device(const struct clint *clint)
{
    return &clint->dev;
}
