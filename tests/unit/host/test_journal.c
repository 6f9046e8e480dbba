/* SPDX-License-Identifier: MIT */
/* What a journal gives back, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "host/journal.h"
#include "host/journal_memory.h"

static struct journal *make(const uint64_t *steps)
{
    struct journal *journal = journal_create();
    assert_non_null(journal);
    journal_set_steps(journal, steps);
    journal_keep(journal, true);
    return journal;
}

static void what_was_put_is_taken_at_its_occasion_alone(void **state)
{
    (void)state;
    uint64_t steps = 5, words[2] = {7, UINT64_MAX}, got[2];
    struct journal_event event;
    struct journal *journal = make(&steps);
    journal_ask(journal);
    journal_put(journal, JOURNAL_CONSOLE, 0, "abc", 3);
    journal_ask(journal);
    journal_ask(journal);
    journal_put_words(journal, JOURNAL_SIZE, 3, words, 2);
    journal_replay_from(journal, 0, 0);
    assert_false(journal_take(journal, JOURNAL_CONSOLE, 0, &event)); /* too early */
    journal_ask(journal);
    assert_false(journal_take(journal, JOURNAL_FRAME, 0, &event));
    assert_false(journal_take(journal, JOURNAL_CONSOLE, 1, &event));
    assert_true(journal_take(journal, JOURNAL_CONSOLE, 0, &event));
    assert_int_equal(event.count, 3);
    assert_memory_equal(event.bytes, "abc", 3);
    assert_int_equal(event.step, 5);
    journal_ask(journal);
    assert_false(journal_take_words(journal, JOURNAL_SIZE, 3, got, 2));
    journal_ask(journal);
    assert_true(journal_take_words(journal, JOURNAL_SIZE, 3, got, 2));
    assert_memory_equal(words, got, sizeof words);
    assert_true(journal_replayed(journal));
    assert_false(journal_is_lost(journal));
    journal_destroy(journal);
}

static void an_event_that_nobody_took_is_noticed(void **state)
{
    (void)state;
    uint64_t steps = 0;
    struct journal *journal = make(&steps);
    journal_ask(journal);
    journal_put(journal, JOURNAL_CONSOLE, 0, "a", 1);
    journal_replay_from(journal, 0, 0);
    journal_ask(journal);
    assert_false(journal_is_lost(journal));
    journal_ask(journal);
    assert_true(journal_is_lost(journal));
    journal_destroy(journal);
}

static void forced_events_come_at_their_step(void **state)
{
    (void)state;
    uint64_t steps = 1000;
    struct journal_event event;
    struct journal *journal = make(&steps);
    journal_put(journal, JOURNAL_RESTART, 0, NULL, 0);
    steps = 0;
    journal_replay_from(journal, 0, 0);
    assert_int_equal(journal_forced_step(journal), 1000);
    assert_false(journal_take_forced(journal, &event));
    steps = 1000;
    assert_true(journal_take_forced(journal, &event));
    assert_int_equal(event.kind, JOURNAL_RESTART);
    assert_int_equal(journal_forced_step(journal), UINT64_MAX);
    journal_destroy(journal);
}

/* Frames of all lengths, across the ends of chunks; what lies before a position that was forgotten costs nothing. */
static void positions_stay_when_the_past_is_forgotten(void **state)
{
    (void)state;
    enum { EVENTS = 200, LONGER = 400, MOST = EVENTS * LONGER };
    static uint8_t bytes[MOST];
    uint64_t steps = 0, place[EVENTS];
    struct journal_event event;
    struct journal *journal = make(&steps);
    for (unsigned i = 0; i < EVENTS; i++) {
        place[i] = journal_end(journal);
        journal_ask(journal);
        memset(bytes, (int)i, sizeof bytes);
        journal_put(journal, JOURNAL_FRAME, 0, bytes, i * LONGER);
    }
    size_t all = journal_bytes(journal);
    journal_forget(journal, place[EVENTS / 2]);
    assert_true(journal_bytes(journal) <= all - JOURNAL_CHUNK_BYTES);
    journal_replay_from(journal, place[EVENTS / 2], EVENTS / 2);
    for (unsigned i = EVENTS / 2; i < EVENTS; i++) {
        assert_int_equal(journal_position(journal), place[i]);
        journal_ask(journal);
        assert_true(journal_take(journal, JOURNAL_FRAME, 0, &event));
        assert_int_equal(event.count, i * LONGER);
        assert_true(event.count == 0 || (event.bytes[0] == i && event.bytes[event.count - 1] == i));
    }
    assert_true(journal_replayed(journal));
    journal_go_live(journal);
    journal_ask(journal);
    journal_put(journal, JOURNAL_CONSOLE, 0, "z", 1);
    journal_replay_from(journal, place[EVENTS - 1], EVENTS - 1);
    journal_ask(journal);
    assert_true(journal_take(journal, JOURNAL_FRAME, 0, &event));
    journal_ask(journal);
    assert_true(journal_take(journal, JOURNAL_CONSOLE, 0, &event));
    journal_destroy(journal);
}

static void a_journal_that_nobody_wants_holds_nothing(void **state)
{
    (void)state;
    uint64_t steps = 0;
    struct journal *journal = make(&steps);
    journal_keep(journal, false);
    journal_put(journal, JOURNAL_CONSOLE, 0, "abc", 3);
    assert_int_equal(journal_end(journal), 0);
    journal_destroy(journal);
}

static void loaded_bytes_are_replayed_for_good_and_never_trusted(void **state)
{
    (void)state;
    static const uint8_t bad[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct journal *journal = journal_create();
    assert_true(journal_load(journal, bad, sizeof bad));
    assert_false(journal_has_end(journal));
    journal_replay_from(journal, 0, 0);
    assert_true(journal_is_lost(journal));
    journal_go_live(journal);
    assert_true(journal_replays(journal));
    journal_destroy(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_taken_at_its_occasion_alone),
        cmocka_unit_test(an_event_that_nobody_took_is_noticed),
        cmocka_unit_test(forced_events_come_at_their_step),
        cmocka_unit_test(positions_stay_when_the_past_is_forgotten),
        cmocka_unit_test(a_journal_that_nobody_wants_holds_nothing),
        cmocka_unit_test(loaded_bytes_are_replayed_for_good_and_never_trusted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
