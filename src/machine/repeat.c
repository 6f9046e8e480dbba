/* SPDX-License-Identifier: MIT */
/* In a replay, what was done from outside at steps that the guest knows nothing of: a debugger's changes and the run's end. */
#include "machine/machine_state.h"

#include <stdlib.h>

#include "machine/hart_saved.h"

static bool repeat_stop(struct machine *m, const struct journal_event *event)
{
    uint64_t words[2];
    if (journal_event_words(event, words, ARRAY_SIZE(words)) == 0 || words[0] > STOP_STUCK || words[0] == STOP_NONE)
        return false;
    machine_stop(m, (enum stop_reason)words[0], words[1]);
    return true;
}

static bool repeat_restart(struct machine *m, const struct journal_event *event)
{
    struct error ignored;
    (void)event;
    return machine_start(m, false, &ignored);
}

static bool repeat_hold(struct machine *m, const struct journal_event *event)
{
    return journal_event_words(event, &m->held, 1) != 0;
}

static bool repeat_memory(struct machine *m, const struct journal_event *event)
{
    uint64_t words[2];
    size_t at = journal_event_words(event, words, ARRAY_SIZE(words));
    if (at == 0 || event->source >= m->hart_count || words[0] > SPACE_PHYSICAL)
        return false;
    machine_poke_now(m, &m->harts[event->source], (enum address_space)words[0], words[1], event->bytes + at,
                     event->count - at);
    return true;
}

/* What a debugger changed takes effect as if the hart had done it. */
static void hart_was_changed(struct machine *m, struct hart *h)
{
    h->timer_moved = true;
    h->look = true;
    machine_note_timer(m, h);
    m->round_due = true;
}

static bool repeat_hart(struct machine *m, const struct journal_event *event)
{
    struct error ignored;
    if (event->source >= m->hart_count)
        return false;
    struct hart *h = &m->harts[event->source];
    bool fits = state_load(&hart_saved, h, event->bytes, event->count, &ignored);
    hart_was_changed(m, h);
    return fits;
}

void machine_hart_changed(struct machine *m, unsigned hart)
{
    struct hart *h = &m->harts[hart];
    if (!m->journal->records) {
        hart_was_changed(m, h);
        return;
    }
    size_t count = state_saved_bytes(&hart_saved, h);
    uint8_t *bytes = malloc(count);
    if (bytes != NULL) {
        state_save(&hart_saved, h, bytes);
        journal_put(m->journal, JOURNAL_HART, hart, bytes, count);
    } else {
        journal_break(m->journal);
    }
    free(bytes);
    hart_was_changed(m, h);
}

static uint64_t digest_harts(const struct machine *m)
{
    uint64_t digest = digest_mix(0, m->steps);
    for (unsigned i = 0; i < m->hart_count; i++)
        digest = digest_hart(digest, &m->harts[i]);
    return digest;
}

static bool repeat_mark(struct machine *m, const struct journal_event *event)
{
    uint64_t digest;
    if (journal_event_words(event, &digest, 1) == 0 || digest != digest_harts(m))
        return false;
    m->journal->agreed = m->steps;
    return true;
}

void machine_mark(struct machine *m)
{
    uint64_t digest = digest_harts(m);
    journal_put_words(m->journal, JOURNAL_MARK, 0, &digest, 1);
}

static bool (*const rows[JOURNAL_KINDS])(struct machine *m, const struct journal_event *event) = {
    [JOURNAL_MARK] = repeat_mark, [JOURNAL_STOP] = repeat_stop,     [JOURNAL_RESTART] = repeat_restart,
    [JOURNAL_HOLD] = repeat_hold, [JOURNAL_MEMORY] = repeat_memory, [JOURNAL_HART] = repeat_hart,
};

void control_repeat(struct machine *m)
{
    struct journal_event event;
    while (journal_take_forced(m->journal, &event)) {
        m->round_due |= event.kind != JOURNAL_MARK && event.kind != JOURNAL_STOP;
        if (rows[event.kind] == NULL || !rows[event.kind](m, &event))
            journal_lose(m->journal);
    }
    if (journal_forced_step(m->journal) < m->steps)
        journal_lose(m->journal);
}
