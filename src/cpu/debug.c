/* SPDX-License-Identifier: MIT */
#include "cpu/debug.h"

#include "base/bits.h"
#include "mmu/ram.h"

bool debug_breaks_at(const struct debug_points *points, uint64_t pc)
{
    for (unsigned i = 0; i < points->count; i++)
        if (points->point[i].kind == DEBUG_BREAK && points->point[i].address == pc)
            return true;
    return false;
}

static void hit(struct hart *h, enum debug_kind kind, uint64_t address)
{
    if (h->hit.kind == DEBUG_NOTHING) /* of several in one instruction the first counts */
        h->hit = (struct debug_hit){(uint8_t)kind, address};
    hart_halt(h);
}

bool debug_stops(struct hart *h)
{
    if (h->points == NULL || h->pass_step == hart_steps(h) || !debug_breaks_at(h->points, h->pc))
        return false;
    hit(h, DEBUG_BREAK, h->pc);
    return true;
}

static bool watches(const struct debug_point *point, enum access_type type)
{
    switch (point->kind) {
    case DEBUG_WATCH_WRITE: return type == ACCESS_STORE;
    case DEBUG_WATCH_READ: return type == ACCESS_LOAD;
    case DEBUG_WATCH_ACCESS: return type != ACCESS_FETCH;
    default: return false;
    }
}

/* Whether two ranges, neither of which is empty, have a byte in common. */
static bool overlap(uint64_t a, uint64_t a_length, uint64_t b, uint64_t b_length)
{
    return b - a < a_length || a - b < b_length;
}

/* SC and AMO read through the entries for stores. */
bool debug_watches_page(const struct debug_points *points, enum access_type type, uint64_t va)
{
    for (unsigned i = 0; i < points->count; i++) {
        const struct debug_point *point = &points->point[i];
        bool concerns = point->kind != DEBUG_BREAK && type != ACCESS_FETCH;
        if (concerns && overlap(point->address, point->length, align_down(va, PAGE_BYTES), PAGE_BYTES))
            return true;
    }
    return false;
}

void debug_accessed(struct hart *h, enum access_type type, uint64_t va, unsigned size)
{
    for (unsigned i = 0; i < h->points->count; i++) {
        const struct debug_point *point = &h->points->point[i];
        if (watches(point, type) && overlap(point->address, point->length, va, size))
            hit(h, point->kind, va - point->address < point->length ? va : point->address);
    }
}
