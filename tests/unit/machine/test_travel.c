/* SPDX-License-Identifier: MIT */
/* A machine goes back in its time, and forwards again, and is each time what it was. */
#include "machine/travel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/splitmix.h"
#include "machine/control.h"
#include "machine/inspect.h"
#include "quiet_machine.h"

#define LOOP (QUIET_BASE + 0x28)
#define ADD (QUIET_BASE + 0x2c)
#define STORE (QUIET_BASE + 0x44)
#define LOOP_STEPS 10
#define DATA (QUIET_BASE + 0x400004)
#define HART_BYTES (UINT64_C(1) << 20)

/* Each hart adds pseudo-random numbers to words of its own mebibyte for ever; s0 counts the rounds. */
static const uint32_t program[] = {
    0xf1402ef3, /* csrr t4, mhartid */
    0x00400e17, /* auipc t3, 0x400 */
    0x001e8293, /* addi t0, t4, 1 */
    0x014e9e93, /* slli t4, t4, 20 */
    0x01de0e33, /* add t3, t3, t4 */
    0x5851f337, /* lui t1, 0x5851f */
    0x42d3031b, /* addiw t1, t1, 1069 */
    0x01031313, /* slli t1, t1, 16 */
    0x7d530313, /* addi t1, t1, 2005 */
    0x00000413, /* li s0, 0 */
    0x026282b3, /* LOOP: mul t0, t0, t1 */
    0x00b28293, /* ADD: addi t0, t0, 11 */
    0x02f2d393, /* srli t2, t0, 47 */
    0x00339393, /* slli t2, t2, 3 */
    0x01c383b3, /* add t2, t2, t3 */
    0x0003bf03, /* ld t5, 0(t2) */
    0x005f0f33, /* add t5, t5, t0 */
    0x01e3b023, /* STORE: sd t5, 0(t2) */
    0x00140413, /* addi s0, s0, 1 */
    0xfddff06f, /* j LOOP */
};

#define STEPS UINT64_C(20000000) /* of a run: two checkpoints and more */
#define PLACES 8

struct rig {
    struct machine *m;
    uint64_t place[PLACES + 1], hash[PLACES + 1]; /* where it has been, in order, and what it was */
    unsigned count;
    void (*story)(struct rig *rig); /* at the present, paused */
    bool told;
    struct pause last;
};

static void run_to(struct rig *rig, uint64_t step)
{
    struct resume how[64];
    for (unsigned i = 0; i < machine_hart_count(rig->m); i++)
        how[i] = (struct resume){RESUME_RUN, 0, 0};
    how[0] = (struct resume){RESUME_COUNT, step, 0};
    machine_resume(rig->m, how);
}

/* At each pause notes what the machine is; after the last place the story is told, and the run ends. */
static void on_pause(void *owner, const struct pause *pause)
{
    struct rig *rig = owner;
    rig->last = *pause;
    if (rig->told)
        return;
    if (rig->count <= PLACES && pause->reason != PAUSE_ASKED) {
        rig->place[rig->count] = machine_steps(rig->m);
        rig->hash[rig->count++] = machine_state_hash(rig->m);
    }
    if (rig->count <= PLACES) {
        uint64_t random = rig->count * 977;
        run_to(rig, STEPS / machine_hart_count(rig->m) / (PLACES + 1) + splitmix_next(&random) % 5000);
        return;
    }
    rig->told = true;
    rig->story(rig);
    machine_end(rig->m, CONTROL_QUIT);
}

static void run_harts(unsigned cpus, uint64_t history_bytes, void (*story)(struct rig *rig))
{
    struct machine_config config = quiet_config(program, sizeof program, cpus);
    struct machine_host host = quiet_host();
    struct rig rig = {.story = story};
    struct error err = {{0}};
    struct stop stop;
    config.history_bytes = history_bytes;
    rig.m = machine_create(&config, &host, &err);
    assert_non_null(rig.m);
    struct control_listener listener = {.owner = &rig, .paused = on_pause};
    assert_true(machine_add_listener(rig.m, &listener));
    machine_pause(rig.m);
    assert_true(machine_run(rig.m, &stop, &err));
    assert_true(rig.told);
    machine_destroy(rig.m);
}

static void run(unsigned cpus, void (*story)(struct rig *rig))
{
    run_harts(cpus, UINT64_C(64) << 20, story);
}

static struct travel_result go(struct rig *rig, uint64_t step)
{
    struct travel_result result;
    struct error err = {{0}};
    if (!machine_travel_to(rig->m, step, NULL, &result, &err))
        fail_msg("%s", err.text);
    assert_int_equal(result.end, TRAVEL_THERE);
    assert_int_equal(machine_steps(rig->m), step);
    return result;
}

static void visit_all(struct rig *rig)
{
    uint64_t random = 42;
    struct travel_range range = machine_travel_range(rig->m);
    assert_true(range.on);
    assert_int_equal(range.first, 0);
    assert_int_equal(range.present, rig->place[PLACES]);
    for (unsigned i = 0; i < PLACES; i++) {
        unsigned n = splitmix_next(&random) % (PLACES + 1);
        go(rig, rig->place[n]);
        assert_int_equal(machine_state_hash(rig->m), rig->hash[n]);
        assert_int_equal(machine_in_the_past(rig->m), n != PLACES);
    }
    go(rig, rig->place[PLACES]);
    assert_int_equal(machine_state_hash(rig->m), rig->hash[PLACES]);
    assert_false(machine_in_the_past(rig->m));
}

static void each_step_is_what_it_was(void **state)
{
    (void)state;
    run(1, visit_all);
}

static void each_step_of_four_harts_is_what_it_was(void **state)
{
    (void)state;
    run(4, visit_all);
}

static void step_back(struct rig *rig, unsigned hart, uint64_t count, enum travel_end end)
{
    struct travel_result result;
    struct error err = {{0}};
    if (!machine_step_back(rig->m, hart, count, NULL, &result, &err))
        fail_msg("%s", err.text);
    assert_int_equal(result.end, end);
}

static void walk_back(struct rig *rig)
{
    for (unsigned i = 0; i < 2 * machine_hart_count(rig->m); i++) {
        unsigned n = i % machine_hart_count(rig->m);
        const struct hart *h = machine_hart(rig->m, n);
        uint64_t rounds = h->x[8], steps = hart_steps(h), machine = machine_steps(rig->m);
        step_back(rig, n, 1, TRAVEL_THERE);
        assert_int_equal(hart_steps(h), steps - 1);
        assert_true(machine_steps(rig->m) < machine);
        step_back(rig, n, 100 * LOOP_STEPS, TRAVEL_THERE);
        assert_in_range(h->x[8], rounds - 101, rounds - 99);
    }
    step_back(rig, 0, 2 * STEPS, TRAVEL_BEGIN);
    assert_int_equal(machine_steps(rig->m), 0);
    assert_int_equal(machine_hart(rig->m, 0)->x[8], 0);
}

static void a_hart_takes_its_last_steps_back(void **state)
{
    (void)state;
    run(1, walk_back);
}

static void each_of_four_harts_takes_its_last_steps_back(void **state)
{
    (void)state;
    run(4, walk_back);
}

static struct travel_result run_back(struct rig *rig)
{
    struct travel_result result;
    struct error err = {{0}};
    if (!machine_run_back(rig->m, NULL, &result, &err))
        fail_msg("%s", err.text);
    return result;
}

static void set_point(struct rig *rig, enum debug_kind kind, uint64_t address, uint64_t length, bool on)
{
    struct debug_point point = {kind, address, length};
    struct error err;
    if (on)
        assert_true(machine_set_point(rig->m, &point, &err));
    else
        machine_clear_point(rig->m, &point);
}

static void meet_breakpoints(struct rig *rig)
{
    const struct hart *h = machine_hart(rig->m, 0);
    set_point(rig, DEBUG_BREAK, ADD, 0, true);
    uint64_t rounds = h->x[8] + (h->pc > ADD && h->pc <= STORE + 4);
    for (unsigned i = 1; i <= 5; i++) {
        struct travel_result result = run_back(rig);
        assert_int_equal(result.end, TRAVEL_BREAK);
        assert_int_equal(result.hit.address, ADD);
        assert_int_equal(h->pc, ADD);
        assert_int_equal(h->x[8], rounds - i);
        assert_int_equal(rig->last.reason, PAUSE_BREAK);
    }
    set_point(rig, DEBUG_BREAK, ADD, 0, false);
    set_point(rig, DEBUG_BREAK, QUIET_BASE + 8, 0, true);
    assert_int_equal(run_back(rig).end, TRAVEL_BREAK);
    assert_int_equal(h->pc, QUIET_BASE + 8);
    assert_int_equal(run_back(rig).end, TRAVEL_BEGIN);
    assert_int_equal(machine_steps(rig->m), 0);
}

static void breakpoints_are_met_backwards(void **state)
{
    (void)state;
    run(1, meet_breakpoints);
}

static uint64_t word_at(struct rig *rig, uint64_t pa)
{
    uint64_t word = 0;
    assert_int_equal(machine_peek(rig->m, machine_hart(rig->m, 0), SPACE_PHYSICAL, pa, &word, 8), 8);
    return word;
}

static void meet_watchpoint(struct rig *rig)
{
    const struct hart *h = machine_hart(rig->m, 0);
    uint64_t pa = DATA + 0x7770, now = word_at(rig, pa);
    set_point(rig, DEBUG_WATCH_WRITE, pa, 8, true);
    struct travel_result result = run_back(rig);
    assert_int_equal(result.end, TRAVEL_WATCH);
    assert_int_equal(h->pc, STORE);
    assert_int_equal(h->x[7], pa);
    assert_int_equal(h->x[30], now);
    assert_int_not_equal(word_at(rig, pa), now);
    uint64_t before = word_at(rig, pa);
    assert_int_equal(run_back(rig).end, TRAVEL_WATCH);
    assert_int_equal(h->x[30], before);
}

static void a_watchpoint_is_met_before_the_store_that_changed_it(void **state)
{
    (void)state;
    run(1, meet_watchpoint);
}

static void find_writer(struct rig *rig)
{
    for (unsigned n = 0; n < machine_hart_count(rig->m); n++) {
        go(rig, rig->place[PLACES]);
        uint64_t pa = DATA + n * HART_BYTES + 0x1238, now = word_at(rig, pa);
        struct travel_result result;
        struct error err;
        bool by_device = true;
        assert_true(machine_find_writer(rig->m, pa + 3, 1, NULL, &result, &by_device, &err));
        assert_int_equal(result.end, TRAVEL_WATCH);
        assert_int_equal(result.hart, n);
        assert_false(by_device);
        const struct hart *h = machine_hart(rig->m, n);
        assert_int_equal(h->pc, STORE);
        assert_int_equal(h->x[7], pa);
        assert_int_equal(h->x[30], now);
    }
    struct travel_result result;
    struct error err;
    bool by_device;
    assert_true(machine_find_writer(rig->m, DATA - 0x2004, 4, NULL, &result, &by_device, &err));
    assert_int_equal(result.end, TRAVEL_BEGIN);
    assert_false(machine_find_writer(rig->m, 0x10000000, 4, NULL, &result, &by_device, &err));
}

static void the_last_writer_of_a_word_is_found(void **state)
{
    (void)state;
    run(1, find_writer);
}

static void the_last_writer_is_found_among_four_harts(void **state)
{
    (void)state;
    run(4, find_writer);
}

static void change_the_past(struct rig *rig)
{
    uint64_t word = 1, pa = DATA + 0x100;
    assert_true(machine_may_change(rig->m));
    go(rig, rig->place[3]);
    assert_false(machine_may_change(rig->m));
    assert_int_equal(machine_poke(rig->m, machine_hart(rig->m, 0), SPACE_PHYSICAL, pa, &word, 8), 0);
    go(rig, rig->place[PLACES]);
    assert_int_equal(machine_poke(rig->m, machine_hart(rig->m, 0), SPACE_PHYSICAL, pa, &word, 8), 8);
    uint64_t hash = machine_state_hash(rig->m);
    go(rig, rig->place[3]);
    assert_int_equal(machine_state_hash(rig->m), rig->hash[3]);
    go(rig, rig->place[PLACES]);
    assert_int_equal(word_at(rig, pa), 1);
    assert_int_equal(machine_state_hash(rig->m), hash);
}

static void the_past_is_not_changed_and_the_present_is_kept(void **state)
{
    (void)state;
    run(1, change_the_past);
}

static void reach_the_end_of_history(struct rig *rig)
{
    struct travel_range range = machine_travel_range(rig->m);
    struct travel_result result;
    struct error err = {{0}};
    assert_true(range.on && range.first > 0 && range.first <= range.present);
    assert_false(machine_travel_to(rig->m, range.first - 1, NULL, &result, &err));
    assert_non_null(strstr(err.text, "outside the history"));
    assert_int_equal(run_back(rig).end, TRAVEL_BEGIN);
    assert_int_equal(machine_steps(rig->m), range.first);
    go(rig, range.present);
    assert_int_equal(machine_state_hash(rig->m), rig->hash[PLACES]);
}

static void a_small_history_forgets_its_beginning(void **state)
{
    (void)state;
    run_harts(1, UINT64_C(3) << 19, reach_the_end_of_history);
}

static void find_history_off(struct rig *rig)
{
    struct travel_result result;
    struct error err = {{0}};
    assert_false(machine_travel_range(rig->m).on);
    assert_false(machine_run_back(rig->m, NULL, &result, &err));
    assert_non_null(strstr(err.text, "history is off"));
    assert_false(machine_step_back(rig->m, 0, 1, NULL, &result, &err));
    assert_int_equal(machine_state_hash(rig->m), rig->hash[PLACES]);
}

static void a_machine_without_history_says_so(void **state)
{
    (void)state;
    run_harts(1, 0, find_history_off);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_is_what_it_was),
        cmocka_unit_test(each_step_of_four_harts_is_what_it_was),
        cmocka_unit_test(a_hart_takes_its_last_steps_back),
        cmocka_unit_test(each_of_four_harts_takes_its_last_steps_back),
        cmocka_unit_test(breakpoints_are_met_backwards),
        cmocka_unit_test(a_watchpoint_is_met_before_the_store_that_changed_it),
        cmocka_unit_test(the_last_writer_of_a_word_is_found),
        cmocka_unit_test(the_last_writer_is_found_among_four_harts),
        cmocka_unit_test(the_past_is_not_changed_and_the_present_is_kept),
        cmocka_unit_test(a_small_history_forgets_its_beginning),
        cmocka_unit_test(a_machine_without_history_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
