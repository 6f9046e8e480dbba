/* SPDX-License-Identifier: MIT */
/* What a machine takes from the host before it begins: a seed and the date. All else comes while it runs. */
#include "machine/machine_state.h"

#include <sys/random.h>
#include <time.h>

/* Where the guest's wall clock starts under the virtual clock: 2024-01-01 00:00 UTC. */
#define VIRTUAL_EPOCH_NS (UINT64_C(1704067200) * 1000000000u)

static uint64_t unix_ns_now(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return VIRTUAL_EPOCH_NS;
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t machine_epoch_ns(struct machine *m)
{
    uint64_t epoch = VIRTUAL_EPOCH_NS;
    if (m->config.clock == CLOCK_VIRTUAL || journal_take_words(m->journal, JOURNAL_EPOCH, 0, &epoch, 1))
        return epoch;
    epoch = unix_ns_now();
    journal_put_words(m->journal, JOURNAL_EPOCH, 0, &epoch, 1);
    return epoch;
}

/* Under the wall clock a guest gets fresh entropy, unless the user wants a run like another. */
static void choose_seed(struct machine_config *config, const struct journal *journal)
{
    uint64_t seed;
    bool given = config->has_seed || journal_replays(journal);
    if (!given && config->clock == CLOCK_WALL && getrandom(&seed, sizeof seed, 0) == sizeof seed)
        config->seed = seed;
}

static bool make_journal(struct machine *m, struct error *err)
{
    m->own_journal = m->config.journal == NULL;
    m->journal = m->own_journal ? journal_create() : m->config.journal;
    if (m->journal == NULL)
        return error_set(err, "out of memory");
    journal_set_steps(m->journal, &m->steps);
    return true;
}

bool machine_begin(struct machine *m, struct error *err)
{
    if (!make_journal(m, err))
        return false;
    choose_seed(&m->config, m->journal);
    return true;
}
