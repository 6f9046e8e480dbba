/* SPDX-License-Identifier: MIT */
/* Pauses, steps, breakpoints, watchpoints and observers of a small machine. */
#include "machine/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "cpu/decode.h"
#include "machine/inspect.h"
#include "quiet_machine.h"

#define BASE UINT64_C(0x80000000)
#define LOOP (BASE + 8)
#define STORE (BASE + 12)
#define DATA (BASE + 0x2000)

/* Counts in memory for ever. */
static const uint32_t program[] = {
    0x00002317, /* auipc t1, 2 */
    0x00000293, /* li t0, 0 */
    0x00128293, /* LOOP: addi t0, t0, 1 */
    0x00533023, /* STORE: sd t0, 0(t1) */
    0x00033383, /* ld t2, 0(t1) */
    0xff5ff06f, /* j LOOP */
};

/* What a listener is to do at each pause, and what it has seen. */
struct rig {
    struct machine *machine;
    struct pause seen[16];
    unsigned pauses;
    void (*plan)(struct rig *rig);
    void (*configure)(struct machine_config *config); /* NULL: it is as it is */
    unsigned insns, loads, stores;
    unsigned ended;
    struct console_tap tap;
    unsigned typed;
    uint8_t heard; /* the latest byte of console output */
};

static void on_pause(void *owner, const struct pause *pause)
{
    struct rig *rig = owner;
    assert_true(rig->pauses < ARRAY_SIZE(rig->seen));
    rig->seen[rig->pauses++] = *pause;
    rig->plan(rig);
}

static void on_end(void *owner, const struct stop *stop)
{
    struct rig *rig = owner;
    assert_int_equal(stop->reason, STOP_QUIT);
    rig->ended++;
}

static void no_wait(void *owner, struct wait_set *set, uint64_t timeout_ns)
{
    (void)owner, (void)set, (void)timeout_ns;
    fail_msg("nobody is to sleep");
}

/* Runs the program under the plan, paused at the start, until the plan ends it. */
static void run_harts(struct rig *rig, unsigned cpus, void (*plan)(struct rig *rig), void (*prepare)(struct rig *rig))
{
    struct machine_config config = quiet_config(program, sizeof program, cpus);
    struct machine_host host = quiet_host();
    host.wait = no_wait;
    struct error err = {{0}};
    if (rig->configure != NULL)
        rig->configure(&config);
    *rig = (struct rig){.plan = plan};
    rig->machine = machine_create(&config, &host, &err);
    assert_non_null(rig->machine);
    struct control_listener listener = {.owner = rig, .paused = on_pause, .ended = on_end};
    assert_true(machine_add_listener(rig->machine, &listener));
    if (prepare != NULL)
        prepare(rig);
    struct stop stop;
    machine_pause(rig->machine);
    assert_true(machine_run(rig->machine, &stop, &err));
    assert_int_equal(rig->ended, 1);
    machine_destroy(rig->machine);
}

static void run(struct rig *rig, void (*plan)(struct rig *rig), void (*prepare)(struct rig *rig))
{
    run_harts(rig, 1, plan, prepare);
}

static struct hart *hart_of(struct rig *rig)
{
    return machine_hart(rig->machine, 0);
}

static void set_point(struct rig *rig, enum debug_kind kind, uint64_t address, uint64_t length)
{
    struct error err;
    assert_true(machine_set_point(rig->machine, &(struct debug_point){kind, address, length}, &err));
}

static void breakpoint_plan(struct rig *rig)
{
    if (rig->pauses == 1)
        set_point(rig, DEBUG_BREAK, STORE, 0);
    else
        assert_int_equal(hart_of(rig)->pc, STORE);
    if (rig->pauses > 1)
        assert_int_equal(hart_of(rig)->x[5], rig->pauses - 1);
    if (rig->pauses == 5)
        machine_end(rig->machine, CONTROL_QUIT);
    machine_resume(rig->machine, NULL);
}

static void a_breakpoint_stops_before_its_instruction_each_time(void **state)
{
    (void)state;
    struct rig rig = {0};
    run(&rig, breakpoint_plan, NULL);
    assert_int_equal(rig.seen[0].reason, PAUSE_ASKED);
    for (unsigned i = 1; i < 5; i++) {
        assert_int_equal(rig.seen[i].reason, PAUSE_BREAK);
        assert_int_equal(rig.seen[i].hit.address, STORE);
    }
}

static void two_harts_plan(struct rig *rig)
{
    uint64_t start = machine_hart(rig->machine, 1)->pc;
    if (rig->pauses == 1)
        set_point(rig, DEBUG_BREAK, start, 0);
    else
        machine_end(rig->machine, CONTROL_QUIT);
    machine_resume(rig->machine, NULL);
}

static void a_hart_that_has_not_told_of_its_breakpoint_does_not_pass_it(void **state)
{
    (void)state;
    struct rig rig = {0};
    run_harts(&rig, 2, two_harts_plan, NULL);
    assert_int_equal(rig.seen[0].hart, 0);
    assert_int_equal(rig.seen[1].reason, PAUSE_BREAK);
    assert_int_equal(rig.seen[1].hart, 1);
}

static void watch_plan(struct rig *rig)
{
    static const enum debug_kind kinds[] = {DEBUG_WATCH_WRITE, DEBUG_WATCH_READ, DEBUG_WATCH_ACCESS};
    if (rig->pauses > 1) {
        machine_clear_point(rig->machine, &(struct debug_point){kinds[rig->pauses - 2], DATA + 4, 2});
        assert_int_equal(rig->seen[rig->pauses - 1].reason, PAUSE_WATCH);
        assert_int_equal(rig->seen[rig->pauses - 1].hit.address, DATA + 4);
    }
    if (rig->pauses == 4)
        machine_end(rig->machine, CONTROL_QUIT);
    else
        set_point(rig, kinds[rig->pauses - 1], DATA + 4, 2);
    machine_resume(rig->machine, NULL);
}

static void watchpoints_stop_behind_the_access_that_they_name(void **state)
{
    (void)state;
    struct rig rig = {0};
    run(&rig, watch_plan, NULL);
    assert_int_equal(rig.seen[1].hit.kind, DEBUG_WATCH_WRITE);
    assert_int_equal(rig.seen[2].hit.kind, DEBUG_WATCH_READ);
    assert_int_equal(rig.seen[3].hit.kind, DEBUG_WATCH_ACCESS);
}

static void step_plan(struct rig *rig)
{
    struct resume step = {.kind = RESUME_STEP};
    if (rig->pauses == 2)
        set_point(rig, DEBUG_BREAK, LOOP, 0);
    if (rig->pauses == 4) {
        assert_int_equal(hart_of(rig)->pc, STORE);
        step = (struct resume){RESUME_STEP, LOOP + 4, LOOP + 12};
    }
    if (rig->pauses == 5)
        assert_int_equal(hart_of(rig)->pc, LOOP + 12);
    if (rig->pauses == 5)
        machine_end(rig->machine, CONTROL_QUIT);
    machine_resume(rig->machine, rig->pauses == 2 ? NULL : &step);
}

static void steps_pass_one_instruction_or_a_range(void **state)
{
    (void)state;
    struct rig rig = {0};
    run(&rig, step_plan, NULL);
    assert_int_equal(rig.seen[1].reason, PAUSE_STEP);
    assert_int_equal(rig.seen[2].reason, PAUSE_BREAK);
    assert_int_equal(rig.seen[3].reason, PAUSE_STEP);
    assert_int_equal(rig.seen[4].reason, PAUSE_STEP);
}

#define MANY_STEPS 10001 /* more than a turn */

static void count_plan(struct rig *rig)
{
    struct resume count = {.kind = RESUME_COUNT, .first = MANY_STEPS};
    assert_int_equal(machine_now_steps(rig->machine), (rig->pauses - 1) * MANY_STEPS);
    if (rig->pauses == 3)
        machine_end(rig->machine, CONTROL_QUIT);
    machine_resume(rig->machine, &count);
}

static void as_many_steps_are_made_as_were_asked_for(void **state)
{
    (void)state;
    struct rig rig = {0};
    run(&rig, count_plan, NULL);
    assert_int_equal(rig.seen[1].reason, PAUSE_STEP);
    assert_int_equal(rig.seen[2].reason, PAUSE_STEP);
}

static void held_plan(struct rig *rig)
{
    struct resume both[] = {{.kind = RESUME_COUNT, .first = 0}, {.kind = RESUME_COUNT, .first = 100}};
    if (rig->pauses == 2) {
        assert_int_equal(rig->seen[1].hart, 1);
        assert_int_equal(hart_steps(machine_hart(rig->machine, 0)), 0);
        assert_int_equal(hart_steps(machine_hart(rig->machine, 1)), 100);
        machine_end(rig->machine, CONTROL_QUIT);
    }
    machine_resume(rig->machine, both);
}

static void two_harts(struct machine_config *config)
{
    config->cpus = 2;
}

static void a_hart_that_is_to_make_no_steps_makes_none(void **state)
{
    (void)state;
    struct rig rig = {.configure = two_harts};
    run(&rig, held_plan, NULL);
}

static size_t type_x(void *owner, uint8_t *bytes, size_t size)
{
    struct rig *rig = owner;
    assert_true(size >= 1);
    bytes[0] = 'x';
    return rig->typed++ == 0;
}

static void hear(void *owner, const uint8_t *bytes, size_t count)
{
    struct rig *rig = owner;
    assert_int_equal(count, 1);
    rig->heard = bytes[0];
}

/* Writes what it reads. */
static const uint32_t echo[] = {
    0x100002b7, /* lui t0, 0x10000 */
    0x0052c303, /* lbu t1, 5(t0) */
    0x00137313, /* andi t1, t1, 1 */
    0xfe030ce3, /* beqz t1, -8 */
    0x0002c303, /* lbu t1, 0(t0) */
    0x00628023, /* sb t1, 0(t0) */
    0xfe9ff06f, /* j -24 */
};

static void run_echo(struct machine_config *config)
{
    config->image = echo;
    config->image_bytes = sizeof echo;
}

static void tap_plan(struct rig *rig)
{
    set_point(rig, DEBUG_BREAK, BASE + sizeof echo - 4, 0);
    if (rig->pauses == 2)
        machine_end(rig->machine, CONTROL_QUIT);
    machine_resume(rig->machine, NULL);
}

static void tap(struct rig *rig)
{
    rig->tap = (struct console_tap){.owner = rig, .wrote = hear, .read = type_x};
    machine_tap_console(rig->machine, &rig->tap);
}

static void who_shares_the_console_types_and_hears(void **state)
{
    (void)state;
    struct rig rig = {.configure = run_echo};
    run(&rig, tap_plan, tap);
    assert_int_equal(rig.heard, 'x');
}

static void count_insn(void *owner, struct hart *h, const struct observed_insn *insn)
{
    struct rig *rig = owner;
    rig->insns += insn->pc >= LOOP && insn->pc < BASE + sizeof program;
    assert_true(h->pc == insn->pc + insn->length || insn->id == INSN_jal || insn->id == INSN_jalr);
    if (insn->pc >= BASE)
        assert_int_equal(insn->bits, program[(insn->pc - BASE) / 4]);
}

static void count_access(void *owner, struct hart *h, enum access_type type, uint64_t va, unsigned size, uint64_t value)
{
    struct rig *rig = owner;
    if (va < BASE)
        return; /* the reset ROM's own */
    assert_int_equal(va, DATA);
    assert_int_equal(size, 8);
    assert_int_equal(value, h->x[5]);
    *(type == ACCESS_LOAD ? &rig->loads : &rig->stores) += 1;
}

static struct observer observer;

static void observe(struct rig *rig)
{
    observer = (struct observer){.owner = rig, .insn = count_insn, .access = count_access};
    machine_add_observer(rig->machine, &observer);
}

static void observer_plan(struct rig *rig)
{
    if (rig->pauses == 1)
        set_point(rig, DEBUG_BREAK, LOOP, 0);
    if (rig->pauses == 12)
        machine_end(rig->machine, CONTROL_QUIT);
    machine_resume(rig->machine, NULL);
}

static void observers_hear_of_every_instruction_and_access(void **state)
{
    (void)state;
    struct rig rig = {0};
    run(&rig, observer_plan, observe);
    assert_int_equal(rig.insns, 4 * 10);
    assert_int_equal(rig.loads, 10);
    assert_int_equal(rig.stores, 10);
}

static void peek_plan(struct rig *rig)
{
    struct hart *h = hart_of(rig);
    uint64_t value = 0, line = 0;
    uint32_t insn = 0x00000013; /* nop */
    assert_int_equal(machine_peek(rig->machine, h, SPACE_VIRTUAL, BASE, &insn, 4), 4);
    assert_int_equal(insn, program[0]);
    assert_int_equal(machine_peek(rig->machine, h, SPACE_PHYSICAL, UINT64_C(0x10000005), &line, 1), 1);
    assert_int_equal(machine_peek(rig->machine, h, SPACE_PHYSICAL, BASE + (UINT64_C(16) << 20) - 4, &value, 8), 4);
    assert_int_equal(machine_peek(rig->machine, h, SPACE_PHYSICAL, 8, &value, 8), 0);
    assert_int_equal(machine_poke(rig->machine, h, SPACE_PHYSICAL, 8, &value, 8), 0);
    if (rig->pauses == 1) {
        set_point(rig, DEBUG_BREAK, LOOP, 0);
    } else if (rig->pauses == 4) {
        insn = 0x06428293; /* addi t0, t0, 100 */
        assert_int_equal(h->x[5], 2);
        assert_int_equal(machine_poke(rig->machine, h, SPACE_VIRTUAL, LOOP, &insn, 4), 4);
    } else if (rig->pauses == 5) {
        assert_int_equal(h->x[5], 102);
        machine_end(rig->machine, CONTROL_QUIT);
    }
    machine_resume(rig->machine, NULL);
}

static void memory_is_read_without_effects_and_written_code_is_executed(void **state)
{
    (void)state;
    struct rig rig = {0};
    run(&rig, peek_plan, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_breakpoint_stops_before_its_instruction_each_time),
        cmocka_unit_test(a_hart_that_has_not_told_of_its_breakpoint_does_not_pass_it),
        cmocka_unit_test(watchpoints_stop_behind_the_access_that_they_name),
        cmocka_unit_test(steps_pass_one_instruction_or_a_range),
        cmocka_unit_test(as_many_steps_are_made_as_were_asked_for),
        cmocka_unit_test(a_hart_that_is_to_make_no_steps_makes_none),
        cmocka_unit_test(who_shares_the_console_types_and_hears),
        cmocka_unit_test(observers_hear_of_every_instruction_and_access),
        cmocka_unit_test(memory_is_read_without_effects_and_written_code_is_executed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
