/* SPDX-License-Identifier: MIT */
/* The CLINT against plain arrays: after every step each line is what the specification says of
 * mtime, mtimecmp and msip, and the deadline is the next tick at which one rises. */
#include <string.h>

#include "bus/bus.h"
#include "devices/clint.h"
#include "fuzz.h"

#define BASE UINT64_C(0x2000000)
#define HARTS 3
#define MTIMECMP UINT64_C(0x4000)
#define MTIME UINT64_C(0xbff8)

struct rig {
    struct bus *bus;
    struct clint *clint;
    uint64_t now;
    uint64_t compare[HARTS];
    bool software[HARTS];
    bool lines[2 * HARTS]; /* msip, then mtip */
};

static uint64_t clock_now(void *owner)
{
    return ((struct rig *)owner)->now;
}

static void clock_set(void *owner, uint64_t ticks)
{
    ((struct rig *)owner)->now = ticks;
}

static void clock_changed(void *owner)
{
    (void)owner;
}

static void drive(void *target, unsigned input, bool level)
{
    ((struct rig *)target)->lines[input] = level;
}

/* Where the model keeps the doubleword at offset, or NULL. */
static uint64_t *model_at(struct rig *rig, uint64_t offset)
{
    if ((offset & ~UINT64_C(7)) == MTIME)
        return &rig->now;
    if (offset >= MTIMECMP && offset < MTIMECMP + 8 * HARTS)
        return &rig->compare[(offset - MTIMECMP) / 8];
    return NULL;
}

/* An offset that is mostly near a register that exists. */
static uint64_t take_offset(struct fuzz_input *input)
{
    static const uint32_t areas[] = {0, MTIMECMP, MTIME, 0x3ff0, 0xbfe0, 0xfff0, 0xc000};
    uint64_t area = fuzz_take(input, 1) % 8;
    uint64_t offset = area == 7 ? fuzz_take(input, 2) : areas[area] + fuzz_take(input, 1) % 32;
    return offset % CLINT_SIZE;
}

static bool served(uint64_t offset, unsigned size)
{
    if (offset % size != 0)
        return false;
    if (offset < 4 * CLINT_MAX_HARTS)
        return size == 4;
    bool timer = offset >= MTIMECMP && offset < MTIMECMP + 8 * CLINT_MAX_HARTS;
    bool time = offset >= MTIME && offset < MTIME + 8;
    return (timer || time) && size >= 4;
}

static uint64_t mask(unsigned size)
{
    return size == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1;
}

static void store(struct rig *rig, struct fuzz_input *input)
{
    uint64_t offset = take_offset(input);
    unsigned size = 1u << (fuzz_take(input, 1) & 3);
    uint64_t value = fuzz_take(input, size);
    uint64_t *model = model_at(rig, offset);
    uint64_t now = rig->now;
    bool accepted = bus_write(rig->bus, BASE + offset, size, value);
    EXPECT(accepted == served(offset, size));
    rig->now = now;
    if (accepted && model != NULL) {
        unsigned shift = 8 * (offset % 8);
        *model = (*model & ~(mask(size) << shift)) | (value & mask(size)) << shift;
    }
    if (accepted && offset < 4 * HARTS)
        rig->software[offset / 4] = value & 1;
}

static void load(struct rig *rig, struct fuzz_input *input)
{
    uint64_t offset = take_offset(input);
    unsigned size = 1u << (fuzz_take(input, 1) & 3);
    uint64_t value = 0;
    uint64_t peeked = 0;
    bool accepted = bus_read(rig->bus, BASE + offset, size, &value);
    EXPECT(accepted == served(offset, size));
    EXPECT(bus_peek(rig->bus, BASE + offset, size, &peeked) == accepted);
    if (!accepted)
        return;
    uint64_t expected = 0;
    uint64_t *model = model_at(rig, offset);
    if (model != NULL)
        expected = *model >> 8 * (offset % 8) & mask(size);
    if (offset < 4 * HARTS)
        expected = rig->software[offset / 4];
    EXPECT(value == expected && peeked == expected);
}

static void advance(struct rig *rig, uint64_t ticks)
{
    rig->now = ticks > UINT64_MAX - rig->now ? UINT64_MAX : rig->now + ticks;
    clint_update(rig->clint, rig->now);
}

static void sleep_to_deadline(struct rig *rig)
{
    uint64_t deadline = clint_next_deadline(rig->clint, rig->now);
    EXPECT(deadline > rig->now || rig->now == UINT64_MAX);
    if (deadline == UINT64_MAX)
        return;
    bool before[2 * HARTS];
    memcpy(before, rig->lines, sizeof before);
    advance(rig, deadline - 1 - rig->now);
    EXPECT(memcmp(before, rig->lines, sizeof before) == 0);
    advance(rig, 1);
    EXPECT(memcmp(before, rig->lines, sizeof before) != 0);
}

static void reset(struct rig *rig)
{
    bus_reset(rig->bus);
    memset(rig->software, 0, sizeof rig->software);
    memset(rig->compare, 0, sizeof rig->compare);
    advance(rig, 0);
}

static void check(const struct rig *rig)
{
    for (unsigned i = 0; i < HARTS; i++) {
        EXPECT(rig->lines[i] == rig->software[i]);
        EXPECT(rig->lines[HARTS + i] == (rig->now >= rig->compare[i]));
    }
}

static void step(struct rig *rig, struct fuzz_input *input)
{
    switch (fuzz_take(input, 1) % 8) {
    case 0:
    case 1:
    case 2:
        store(rig, input);
        break;
    case 3:
    case 4:
        load(rig, input);
        break;
    case 5:
        advance(rig, fuzz_take(input, 4));
        break;
    case 6:
        sleep_to_deadline(rig);
        break;
    default:
        reset(rig);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct rig rig = {.bus = bus_create()};
    struct irq_line lines[2 * HARTS];
    struct time_source time = {
        .owner = &rig, .now = clock_now, .set = clock_set, .deadline_changed = clock_changed};
    for (unsigned i = 0; i < 2 * HARTS; i++)
        lines[i] = (struct irq_line){.target = &rig, .set = drive, .input = i};
    rig.clint = clint_create(HARTS, &time, lines, lines + HARTS);
    EXPECT(rig.bus != NULL && rig.clint != NULL);
    EXPECT(bus_attach(rig.bus, BASE, CLINT_SIZE, clint_device(rig.clint), NULL));
    reset(&rig);
    while (input.left != 0) {
        step(&rig, &input);
        check(&rig);
    }
    bus_destroy(rig.bus);
    clint_destroy(rig.clint);
    return 0;
}
