/* SPDX-License-Identifier: MIT */
/* Going back: to a checkpoint, and from there by a replay to the step that is wanted. What is looked for in the past (the last breakpoint
 * met, a hart's last step, a write) is looked for from checkpoint to checkpoint, the newest first. */
#include "machine/travel.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "host/host_time.h"
#include "machine/history.h"
#include "machine/machine_state.h"
#include "machine/saved.h"

/* Rounds of a replay between two questions for patience: some ten milliseconds. */
#define ROUNDS_OF_PATIENCE 1024

struct travel_range machine_travel_range(const struct machine *m)
{
    uint64_t present = m->travel.past ? m->travel.present_step : m->steps;
    uint64_t first = m->history != NULL ? history_first(m->history) : present;
    if (m->history == NULL)
        return (struct travel_range){0, present, false};
    return (struct travel_range){first < present ? first : present, present, true};
}

bool machine_in_the_past(const struct machine *m)
{
    return m->travel.past;
}

struct travel_memory machine_travel_memory(const struct machine *m)
{
    struct travel_memory memory = {0};
    if (m->history != NULL)
        history_memory(m->history, &memory);
    return memory;
}

bool machine_may_change(const struct machine *m)
{
    return !journal_replays(m->journal);
}

/* Between present and past. */

static void free_results(struct machine *m)
{
    for (unsigned i = 0; i < MACHINE_MAX_PARTS; i++) {
        free(m->travel.results[i].bytes);
        m->travel.results[i].bytes = NULL;
    }
}

/* What the host has done for the guest and the guest has not seen yet cannot be repeated. */
static bool keep_results(struct machine *m, struct error *err)
{
    struct state_part parts[MACHINE_MAX_PARTS];
    unsigned count = machine_parts(m, parts);
    machine_settle(m);
    for (unsigned i = 0; i < count; i++) {
        size_t bytes = parts[i].blob != NULL && parts[i].blob->outside ? parts[i].blob->bytes(parts[i].object) : 0;
        if (bytes == 0)
            continue;
        m->travel.results[i].bytes = malloc(bytes);
        m->travel.results[i].count = bytes;
        if (m->travel.results[i].bytes == NULL) {
            free_results(m);
            return error_set(err, "out of memory for the present");
        }
        parts[i].blob->save(parts[i].object, m->travel.results[i].bytes);
    }
    return true;
}

static void give_results_back(struct machine *m)
{
    struct state_part parts[MACHINE_MAX_PARTS];
    struct error ignored; /* they are what keep_results had from the same machine */
    unsigned count = machine_parts(m, parts);
    for (unsigned i = 0; i < count; i++)
        if (m->travel.results[i].bytes != NULL)
            parts[i].blob->load(parts[i].object, m->travel.results[i].bytes, m->travel.results[i].count, &ignored);
    free_results(m);
}

/* The present is where the machine stands. */
static bool leave_present(struct machine *m, struct error *err)
{
    struct travel *t = &m->travel;
    if (t->past)
        return true;
    if (m->history == NULL)
        return error_set(err, "history is off: the machine runs with --history 0");
    if (history_first(m->history) == UINT64_MAX)
        return error_set(err,
                         "there is no history yet: it holds nothing before step %" PRIu64
                         "; give it more room with --history SIZE",
                         m->steps);
    if (!keep_results(m, err))
        return false;
    t->past = m->quiet = true;
    control_repeats(m, true);
    t->present_step = m->leg_end = m->steps;
    t->present_occasion = m->journal->occasion;
    t->present_position = journal_position(m->journal);
    t->present_digest = history_digest(m);
    t->host_lag_ns = host_now_ns() - m->clock.host_ns;
    return true;
}

bool travel_is_at_present(const struct machine *m)
{
    const struct travel *t = &m->travel;
    return m->steps == t->present_step && m->journal->occasion >= t->present_occasion &&
           journal_position(m->journal) >= t->present_position;
}

bool travel_arrive(struct machine *m, struct error *err)
{
    struct travel *t = &m->travel;
    bool as_it_was = history_digest(m) == t->present_digest && !history_went_astray(m->history);
    t->past = m->quiet = false;
    control_repeats(m, false);
    m->leg_end = UINT64_MAX;
    give_results_back(m);
    journal_go_live(m->journal);
    history_go_on(m->history);
    m->clock.host_ns = host_now_ns() - t->host_lag_ns;
    return as_it_was || error_set(err, "the replay went another way than the run: what it shows is not what was");
}

/* Replays. */

/* To the step, or to the present if that is its end. False: given up, or nothing goes on. */
static bool replay_to(struct machine *m, uint64_t step, const struct travel_patience *patience)
{
    bool to_present = step == m->travel.present_step, goes_on = true;
    m->leg_end = step;
    m->travel.alone = true;
    for (unsigned rounds = 1; goes_on && (m->steps < step || (to_present && !travel_is_at_present(m))); rounds++) {
        bool ask = rounds % ROUNDS_OF_PATIENCE == 0 && patience != NULL;
        goes_on = machine_repeat(m) && !(ask && patience->lost(patience->owner));
    }
    m->travel.alone = false;
    m->leg_end = m->travel.present_step;
    return goes_on;
}

/* To the newest checkpoint up to the step; false: there is none. */
static bool go_back(struct machine *m, uint64_t step)
{
    bool went = history_go_back(m->history, step);
    for (unsigned i = 0; i < m->hart_count; i++) {
        m->harts[i].hit = (struct debug_hit){0};
        m->harts[i].pass_step = UINT64_MAX;
    }
    return went;
}

static bool lost_the_way(struct machine *m, struct error *err)
{
    return error_set(err, "the replay went another way than the run, at step %" PRIu64, m->steps);
}

static bool arrive_at(struct machine *m, uint64_t step, const struct travel_patience *patience,
                      struct travel_result *result, struct error *err)
{
    if ((step < m->steps || (step == m->steps && step != m->travel.present_step)) && !go_back(m, step))
        return error_set(err, "step %" PRIu64 " is before the history's beginning", step);
    history_look_ahead(m->history, step);
    if (!replay_to(m, step, patience)) {
        result->end = TRAVEL_GIVEN_UP;
        return !journal_is_lost(m->journal) || lost_the_way(m, err);
    }
    return step != m->travel.present_step || travel_arrive(m, err);
}

/* The end of each way: everybody hears where the machine is, and which hart that is about. */
static bool stand_for(struct machine *m, unsigned hart, struct travel_result *result, bool ok)
{
    static const enum pause_reason reasons[] = {[TRAVEL_THERE] = PAUSE_TRAVEL,
                                                [TRAVEL_BREAK] = PAUSE_BREAK,
                                                [TRAVEL_WATCH] = PAUSE_WATCH,
                                                [TRAVEL_BEGIN] = PAUSE_TRAVEL,
                                                [TRAVEL_GIVEN_UP] = PAUSE_TRAVEL};
    result->hart = hart;
    result->step = m->steps;
    control_stand(m, (struct pause){reasons[result->end], hart, result->hit});
    return ok;
}

static bool stand(struct machine *m, struct travel_result *result, bool ok)
{
    bool hit = result->end == TRAVEL_BREAK || result->end == TRAVEL_WATCH;
    unsigned next = m->slice_hart < m->hart_count && !m->round_due ? m->slice_hart : m->turn;
    return stand_for(m, hit ? result->hart : next, result, ok);
}

void travel_destroy(struct machine *m)
{
    free_results(m);
}

static bool begin(struct machine *m, struct travel_result *result, struct error *err)
{
    *result = (struct travel_result){.end = TRAVEL_THERE};
    if (m->control.pause.reason == PAUSE_NONE)
        return error_set(err, "the machine runs: pause it first");
    return leave_present(m, err);
}

bool machine_travel_to(struct machine *m, uint64_t step, const struct travel_patience *patience,
                       struct travel_result *result, struct error *err)
{
    struct travel_range range = machine_travel_range(m);
    *result = (struct travel_result){.end = TRAVEL_THERE};
    if (range.on && (step < range.first || step > range.present))
        return error_set(err, "step %" PRIu64 " is outside the history: it goes from %" PRIu64 " to %" PRIu64, step,
                         range.first, range.present);
    if (!m->travel.past && step == m->steps && range.on)
        return stand(m, result, true);
    return begin(m, result, err) && stand(m, result, arrive_at(m, step, patience, result, err));
}

bool machine_go_home(struct machine *m, struct error *err)
{
    struct stop stop = m->stop;
    if (!m->travel.past)
        return true;
    m->stop = (struct stop){0};
    bool home = replay_to(m, m->travel.present_step, NULL) ? travel_arrive(m, err) : lost_the_way(m, err);
    m->stop = stop;
    return home;
}

/* Searches: each looks through a replay from a checkpoint to where the one before ended. */

/* Looks from the newest checkpoint before *end up to there. False: it was given up, or the way was lost. */
static bool search_leg(struct machine *m, enum travel_search search, uint64_t *end,
                       const struct travel_patience *patience)
{
    uint64_t to = *end;
    if (!go_back(m, to - 1))
        return false;
    *end = m->steps;
    m->travel.search = search;
    m->travel.found = false;
    bool done = replay_to(m, to, patience);
    m->travel.search = SEARCH_NOTHING;
    return done;
}

/* After a search that ended without success: the beginning, or somewhere. */
static bool end_search(struct machine *m, struct travel_result *result, struct error *err)
{
    bool at_beginning = m->steps == history_first(m->history);
    if (journal_is_lost(m->journal))
        return lost_the_way(m, err);
    result->end = at_beginning ? TRAVEL_BEGIN : TRAVEL_GIVEN_UP;
    return true;
}

/* Where the next leg is to end, at the latest at `end`: nobody wrote where no page was kept. 0: there is no leg left. */
static uint64_t worth_a_look(const struct machine *m, enum travel_search what, uint64_t end)
{
    if (what == SEARCH_WRITE)
        return history_written_until(m->history, m->travel.pa, m->travel.length, end);
    return end > history_first(m->history) ? end : 0;
}

static bool search(struct machine *m, enum travel_search what, const struct travel_patience *patience,
                   struct travel_result *result, struct error *err)
{
    uint64_t end = worth_a_look(m, what, m->steps);
    while (end != 0 && search_leg(m, what, &end, patience)) {
        if (m->travel.found) {
            *result = m->travel.last;
            return arrive_at(m, result->step, patience, result, err);
        }
        end = worth_a_look(m, what, end);
    }
    if (end == 0)
        go_back(m, history_first(m->history));
    return end_search(m, result, err);
}

bool machine_run_back(struct machine *m, const struct travel_patience *patience, struct travel_result *result,
                      struct error *err)
{
    if (!begin(m, result, err))
        return false;
    return stand(m, result, search(m, SEARCH_POINT, patience, result, err));
}

bool machine_step_back(struct machine *m, unsigned hart, uint64_t count, const struct travel_patience *patience,
                       struct travel_result *result, struct error *err)
{
    uint64_t made = hart_steps(&m->harts[hart]);
    if (!begin(m, result, err))
        return false;
    if (count > made || (m->hart_count == 1 && count > m->steps - history_first(m->history))) {
        go_back(m, history_first(m->history));
        result->end = TRAVEL_BEGIN;
        return stand(m, result, true);
    }
    if (m->hart_count == 1) /* the machine's steps are the hart's */
        return stand(m, result, arrive_at(m, m->steps - count, patience, result, err));
    m->travel.hart = hart;
    m->travel.hart_step = made - count;
    bool ok = search(m, SEARCH_STEP, patience, result, err);
    if (result->end == TRAVEL_BREAK) /* found: it is no breakpoint */
        *result = (struct travel_result){.end = TRAVEL_THERE};
    return stand_for(m, hart, result, ok);
}

/* Writers of memory. */

static void note_write(void *owner, uint64_t pa, uint64_t length)
{
    struct machine *m = owner;
    struct travel *t = &m->travel;
    if (t->search != SEARCH_WRITE || pa >= t->pa + t->length || t->pa >= pa + length)
        return;
    uint64_t first = pa > t->pa ? pa : t->pa;
    t->found = true;
    t->by_device = m->in_device || !m->in_run;
    t->last = (struct travel_result){TRAVEL_WATCH, m->running, machine_now_steps(m), {DEBUG_WATCH_WRITE, first}};
}

/* The pages' stores come by the slow path. Pages that are watched in any case stay so. */
static void watch_pages(struct machine *m, bool on)
{
    uint64_t first = (m->travel.pa - m->ram.base) >> PAGE_SHIFT;
    uint64_t last = (m->travel.pa + m->travel.length - 1 - m->ram.base) >> PAGE_SHIFT;
    for (uint64_t page = first; page <= last; page++) {
        bool always = m->htif != NULL && (m->plan.tohost - m->ram.base) >> PAGE_SHIFT == page;
        if (on)
            m->ram.page_state[page] |= RAM_PAGE_WATCHED;
        else if (!always)
            m->ram.page_state[page] &= (uint8_t)~RAM_PAGE_WATCHED;
    }
}

bool machine_find_writer(struct machine *m, uint64_t pa, uint64_t length, const struct travel_patience *patience,
                         struct travel_result *result, bool *by_device, struct error *err)
{
    struct ram_watcher watcher = {m, note_write};
    if (length == 0 || ram_at(&m->ram, pa, length) == NULL)
        return error_set(err, "0x%" PRIx64 " is not in RAM: its writers are not recorded", pa);
    if (!begin(m, result, err))
        return false;
    m->travel.pa = pa;
    m->travel.length = length;
    watch_pages(m, true);
    m->ram.watcher = &watcher;
    bool ok = search(m, SEARCH_WRITE, patience, result, err);
    m->ram.watcher = NULL;
    watch_pages(m, false);
    *by_device = m->travel.by_device;
    return stand(m, result, ok);
}

/* What a replay meets on its way. */

void travel_note_hit(struct machine *m, struct hart *h)
{
    struct travel *t = &m->travel;
    bool is_break = h->hit.kind == DEBUG_BREAK;
    if (t->search == SEARCH_POINT) {
        t->found = true;
        t->last = (struct travel_result){is_break ? TRAVEL_BREAK : TRAVEL_WATCH, (unsigned)h->id,
                                         is_break ? m->steps : m->steps - 1, h->hit};
    }
    if (is_break)
        h->pass_step = hart_steps(h);
    h->hit = (struct debug_hit){0};
}

void travel_note_steps(struct machine *m, const struct hart *h, uint64_t made)
{
    struct travel *t = &m->travel;
    uint64_t before = hart_steps(h) - made;
    if (t->search != SEARCH_STEP || h->id != t->hart || t->hart_step < before || t->hart_step >= before + made)
        return;
    t->found = true;
    t->last = (struct travel_result){TRAVEL_BREAK, t->hart, m->steps - made + (t->hart_step - before), {0}};
}
