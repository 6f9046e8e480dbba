/* SPDX-License-Identifier: MIT */
#include "observe/unwind.h"

#include <stdlib.h>

#include "base/bits.h"
#include "machine/inspect.h"

#define KNOWN_SLOTS 4096
/* Of one frame; those of the kernels and programs that there are have less. */
#define FRAME_BYTES_MAX (UINT64_C(1) << 20)

enum { RA = 1, SP = 2, S0 = 8 };

struct known {
    uint64_t pc; /* plus one; 0: nothing is known here */
    uint64_t function;
    bool sure;      /* it is a function, no label that may stand for data */
    bool has_frame; /* frame is known */
    struct call_frame frame;
};

struct unwinder {
    struct machine *machine;
    struct symbols *symbols;
    struct known known[KNOWN_SLOTS];
};

/* Of a function that is still to return: those of its registers that lead to its caller. */
struct registers {
    uint64_t pc, ra, sp, s0;
    bool innermost; /* ra and pc are the hart's own, and pc is not behind a call */
};

/* What a function with a frame pointer keeps below it. */
struct frame {
    uint64_t fp;
    uint64_t ra;
};

struct unwinder *unwinder_create(struct machine *machine, struct symbols *symbols)
{
    struct unwinder *u = calloc(1, sizeof *u);
    if (u != NULL) {
        u->machine = machine;
        u->symbols = symbols;
    }
    return u;
}

void unwinder_destroy(struct unwinder *u)
{
    free(u);
}

static const struct known *look_up(struct unwinder *u, uint64_t pc)
{
    struct known *slot = &u->known[(pc >> 1 ^ pc >> 13) % KNOWN_SLOTS];
    struct symbol_place place;
    if (slot->pc == pc + 1)
        return slot;
    bool code = symbols_at(u->symbols, pc, &place) && !place.object;
    *slot = (struct known){.pc = pc + 1, .function = UNWIND_UNKNOWN};
    if (!code)
        return slot;
    slot->function = place.start;
    slot->sure = place.function;
    slot->has_frame = symbols_frame(u->symbols, pc, &slot->frame);
    return slot;
}

uint64_t unwinder_function(struct unwinder *u, uint64_t pc)
{
    return look_up(u, pc)->function;
}

static bool may_follow(uint64_t lower, uint64_t upper)
{
    return upper > lower && upper - lower <= FRAME_BYTES_MAX && is_aligned(upper, 8);
}

static bool read_frame(const struct unwinder *u, const struct hart *h, uint64_t fp, struct frame *frame)
{
    return machine_peek(u->machine, h, SPACE_VIRTUAL, fp - sizeof *frame, frame, sizeof *frame) == sizeof *frame;
}

/* RISC-V psABI: s0 points behind the frame, which ends with ra and, below it, the caller's s0. A function that calls
 * nobody keeps s0 alone, where ra would be. Before a function has made its frame, or if it has none, ra holds its
 * caller and s0 is the caller's. */
static size_t follow_frame_pointers(struct unwinder *u, const struct hart *h, const struct registers *from,
                                    uint64_t *functions, size_t count)
{
    struct frame frame = {0, 0};
    uint64_t lower = from->sp, fp = from->s0;
    bool framed = may_follow(lower, fp) && read_frame(u, h, fp, &frame);
    uint64_t caller = from->innermost ? unwinder_function(u, from->ra - 1) : UNWIND_UNKNOWN;
    if (caller != UNWIND_UNKNOWN && caller != functions[count - 1] && !(framed && frame.ra == from->ra))
        functions[count++] = caller;
    while (framed && count < UNWIND_FRAMES_MAX) {
        const struct known *above = look_up(u, frame.ra - 1);
        bool alone = from->innermost && lower == from->sp && may_follow(fp, frame.ra) && !above->sure;
        if (!alone && above->function == UNWIND_UNKNOWN)
            return count;
        if (!alone)
            functions[count++] = above->function;
        lower = fp;
        fp = alone ? frame.ra : frame.fp;
        framed = may_follow(lower, fp) && read_frame(u, h, fp, &frame);
    }
    return count;
}

static bool load(const struct unwinder *u, const struct hart *h, uint64_t address, uint64_t *value)
{
    return machine_peek(u->machine, h, SPACE_VIRTUAL, address, value, sizeof *value) == sizeof *value;
}

/* The caller's registers by the call frame information. False: there is no caller to be found. */
static bool return_to_caller(const struct unwinder *u, const struct hart *h, const struct call_frame *frame,
                             struct registers *r)
{
    uint64_t sp = (frame->base == SP ? r->sp : r->s0) + (uint64_t)frame->base_offset;
    if (sp < r->sp || (!frame->ra_saved && !r->innermost))
        return false;
    if (frame->ra_saved && !load(u, h, sp + (uint64_t)frame->ra_offset, &r->ra))
        return false;
    if (frame->s0_saved && !load(u, h, sp + (uint64_t)frame->s0_offset, &r->s0))
        return false;
    r->pc = r->ra;
    r->sp = sp;
    r->innermost = false;
    return true;
}

size_t unwinder_stack(struct unwinder *u, const struct hart *h, uint64_t functions[UNWIND_FRAMES_MAX])
{
    struct registers r = {h->pc, h->x[RA], h->x[SP], h->x[S0], true};
    const struct known *at = look_up(u, r.pc);
    size_t count = 0;
    functions[count++] = at->function;
    while (at->has_frame && count < UNWIND_FRAMES_MAX) {
        if (!return_to_caller(u, h, &at->frame, &r))
            return count;
        at = look_up(u, r.pc - 1);
        if (at->function == UNWIND_UNKNOWN)
            return count;
        functions[count++] = at->function;
    }
    return at->function == UNWIND_UNKNOWN || count == UNWIND_FRAMES_MAX
               ? count
               : follow_frame_pointers(u, h, &r, functions, count);
}
