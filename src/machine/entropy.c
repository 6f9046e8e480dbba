/* SPDX-License-Identifier: MIT */
#include "machine/entropy.h"

#include <string.h>
#include <sys/random.h>

#include "base/splitmix.h"

/* getrandom gives this much at once and whole, whatever signals come. */
#define HOST_PIECE 256u

static void fill_from(uint64_t *state, uint8_t *bytes, size_t count)
{
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++) {
        if (i % 8 == 0)
            word = splitmix_next(state);
        bytes[i] = (uint8_t)(word >> 8 * (i % 8));
    }
}

void entropy_from_seed(uint64_t seed, uint8_t *bytes, size_t count)
{
    fill_from(&seed, bytes, count);
}

static const struct state_field fields[] = {
    STATE_NOT(struct entropy, seeded, "made with the machine"),
    STATE(struct entropy, state, STATE_ANY, "where in the seed's sequence it is"),
    STATE_NOT(struct entropy, journal, "wiring"),
    STATE_END,
};

static const struct state_table saved = {.fields = fields, .bytes = sizeof(struct entropy)};

struct state_part entropy_part(struct entropy *entropy)
{
    return (struct state_part){.name = "entropy", .object = entropy, .table = &saved};
}

static size_t fill_from_host(uint8_t *bytes, size_t count)
{
    size_t filled = 0;
    while (filled < count) {
        size_t piece = count - filled < HOST_PIECE ? count - filled : HOST_PIECE;
        ssize_t got = getrandom(bytes + filled, piece, 0);
        if (got <= 0)
            break;
        filled += (size_t)got;
    }
    return filled;
}

static size_t fill_unseeded(struct entropy *entropy, uint8_t *bytes, size_t count)
{
    struct journal_event event;
    journal_ask(entropy->journal);
    if (!journal_replays(entropy->journal)) {
        size_t filled = fill_from_host(bytes, count);
        journal_put(entropy->journal, JOURNAL_ENTROPY, 0, bytes, filled);
        return filled;
    }
    if (!journal_take(entropy->journal, JOURNAL_ENTROPY, 0, &event) || event.count > count)
        return 0;
    memcpy(bytes, event.bytes, event.count);
    return event.count;
}

size_t entropy_fill(void *owner, uint8_t *bytes, size_t count)
{
    struct entropy *entropy = owner;
    if (!entropy->seeded)
        return fill_unseeded(entropy, bytes, count);
    fill_from(&entropy->state, bytes, count);
    return count;
}
