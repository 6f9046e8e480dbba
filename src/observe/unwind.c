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
    bool sure; /* it is a function, no label that may stand for data */
};

struct unwinder {
    struct machine *machine;
    const struct symbols *symbols;
    struct known known[KNOWN_SLOTS];
};

/* What a function with a frame pointer keeps below it. */
struct frame {
    uint64_t fp;
    uint64_t ra;
};

struct unwinder *unwinder_create(struct machine *machine, const struct symbols *symbols)
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
    *slot = (struct known){pc + 1, code ? place.start : UNWIND_UNKNOWN, code && place.function};
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

/* RISC-V psABI: s0 points behind the frame, which ends with ra and, below it, the caller's s0. A function that calls nobody keeps s0
 * alone, where ra would be. Before a function has made its frame, or if it has none, ra holds its caller and s0 is the caller's. */
size_t unwinder_stack(struct unwinder *u, const struct hart *h, uint64_t functions[UNWIND_FRAMES_MAX])
{
    struct frame frame = {0, 0};
    size_t count = 0;
    uint64_t lower = h->x[SP], fp = h->x[S0], ra = h->x[RA];
    functions[count++] = unwinder_function(u, h->pc);
    if (functions[0] == UNWIND_UNKNOWN)
        return count;
    bool framed = may_follow(lower, fp) && read_frame(u, h, fp, &frame);
    uint64_t caller = unwinder_function(u, ra - 1);
    if (caller != UNWIND_UNKNOWN && caller != functions[0] && !(framed && frame.ra == ra))
        functions[count++] = caller;
    while (framed && count < UNWIND_FRAMES_MAX) {
        const struct known *above = look_up(u, frame.ra - 1);
        bool alone = lower == h->x[SP] && may_follow(fp, frame.ra) && !above->sure;
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
