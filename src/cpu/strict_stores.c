/* SPDX-License-Identifier: MIT */
/* Strict mode's store buffers. A hart's stores are in RAM at once, so that it sees them itself; they are noted until it
 * fences. When another hart's turn comes, those to some lines are taken back, and made again when that turn ends: the other
 * hart sees them late, and later than stores that were made behind them to other lines. Stores to one line keep their
 * order. That is a store buffer in which lines merge, as RVWMO allows it; loads are never late. */
#include "cpu/strict_fence.h"

#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/splitmix.h"
#include "cpu/op.h"
#include "cpu/strict_state.h"
#include "mmu/ram.h"

#define LINE_BYTES 64
#define FENCE_PRED_W BIT(24) /* of the instruction's bits */

bool strict_buffers(const struct hart *h)
{
    return strict_is(h->strict, STRICT_store_buffer) && h->strict->system->hart_count > 1;
}

void strict_drain(struct hart *h)
{
    h->strict->store_count = 0;
}

/* norm:fence_op */
void strict_fence(struct hart *h, const struct op *op)
{
    if ((uint32_t)op->imm & FENCE_PRED_W)
        strict_drain(h);
}

static void note(struct strict *strict, uint64_t pa, const uint8_t *bytes, unsigned size)
{
    if (strict->store_count == STRICT_STORES)
        memmove(strict->stores, strict->stores + 1, --strict->store_count * sizeof *strict->stores);
    struct strict_store *store = &strict->stores[strict->store_count++];
    *store = (struct strict_store){.pa = pa, .size = (uint8_t)size};
    memcpy(store->old, ram_at(strict->system->ram, pa, size), size);
    memcpy(store->now, bytes, size);
}

/* What crosses a line is two stores. */
void strict_buffer(struct hart *h, uint64_t pa, const void *bytes, unsigned size)
{
    if (!strict_buffers(h))
        return;
    unsigned room = (unsigned)(LINE_BYTES - pa % LINE_BYTES), first = size < room ? size : room;
    note(h->strict, pa, bytes, first);
    if (first < size)
        note(h->strict, pa + first, (const uint8_t *)bytes + first, size - first);
}

static void write(const struct strict_system *system, const struct strict_store *store, const uint8_t *bytes)
{
    ram_will_write(system->ram, store->pa, store->size);
    memcpy(ram_at(system->ram, store->pa, store->size), bytes, store->size);
    ram_wrote(system->ram, store->pa, store->size);
}

/* What was taken back arrives. */
static void deliver(const struct strict_system *system, struct strict *strict)
{
    if (strict->store_count == 0 || !strict->holds)
        return;
    for (unsigned i = 0; i < strict->store_count; i++)
        if (strict->stores[i].held)
            write(system, &strict->stores[i], strict->stores[i].now);
    strict->holds = false;
    strict->store_count = 0;
}

static uint64_t line_of(const struct strict_store *store)
{
    return store->pa / LINE_BYTES;
}

/* Whether RAM holds what the stores to the line have left there: else somebody else has written since, and they have arrived. */
static bool is_last(const struct strict *strict, uint64_t line)
{
    uint8_t want[LINE_BYTES], *ram = ram_at(strict->system->ram, line * LINE_BYTES, LINE_BYTES);
    memcpy(want, ram, LINE_BYTES);
    for (unsigned i = 0; i < strict->store_count; i++) {
        const struct strict_store *store = &strict->stores[i];
        if (line_of(store) == line)
            memcpy(want + store->pa % LINE_BYTES, store->now, store->size);
    }
    return memcmp(want, ram, LINE_BYTES) == 0;
}

/* By the seed and the moment, every second line. */
static bool is_unlucky(const struct hart *h, uint64_t line)
{
    uint64_t dice = h->strict->system->options.seed ^ line << 20 ^ hart_steps(h) ^ h->id << 56;
    return splitmix_below(&dice, 2) == 0;
}

static void take_back(const struct strict_system *system, struct hart *h)
{
    struct strict *strict = h->strict;
    for (unsigned i = 0; i < strict->store_count; i++) {
        uint64_t line = line_of(&strict->stores[i]);
        strict->stores[i].held = is_unlucky(h, line) && is_last(strict, line);
        strict->holds |= strict->stores[i].held;
    }
    for (unsigned i = strict->store_count; i-- > 0;)
        if (strict->stores[i].held)
            write(system, &strict->stores[i], strict->stores[i].old);
    if (!strict->holds)
        strict->store_count = 0;
}

void strict_pass_turn(struct strict_system *system, struct hart *from, const struct hart *next)
{
    if (!(system->options.traits & STRICT_BIT(store_buffer)))
        return;
    for (unsigned i = 0; i < system->hart_count; i++)
        deliver(system, system->harts[i].strict);
    if (from != next)
        take_back(system, from);
}
