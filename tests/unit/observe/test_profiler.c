/* SPDX-License-Identifier: MIT */
/* Exact counts are held against an observer of every instruction, over all guest tests' programs; what is sampled
 * against what is known of small programs. */
#include "observe/profiler.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "machine/control.h"
#include "machine/inspect.h"
#include "quiet_machine.h"

#define BASE UINT64_C(0x80000000)
/* Of each guest program: enough for its start, its handlers and most of what it tests. */
#define GUEST_STEPS 200000

/* A thousand times: load, add, store; then the test finisher. */
static const uint32_t loop_program[] = {
    0x00002317, /* auipc t1, 2 */
    0x3e800293, /* li t0, 1000 */
    0x00033383, /* LOOP: ld t2, 0(t1) */
    0x00138393, /* addi t2, t2, 1 */
    0x00733023, /* sd t2, 0(t1) */
    0xfff28293, /* addi t0, t0, -1 */
    0xfe0298e3, /* bnez t0, LOOP */
    0x00100e37, /* lui t3, 0x100 */
    0x00005eb7, /* lui t4, 5 */
    0x555e8e9b, /* addiw t4, t4, 0x555 */
    0x01de2023, /* sw t4, 0(t3) */
    0x0000006f, /* j . */
};

static struct machine_config small_config(void)
{
    struct machine_config config;
    machine_config_init(&config);
    config.memory_bytes = UINT64_C(64) << 20;
    config.cpus = 2;
    config.clock = CLOCK_VIRTUAL;
    config.console = CONSOLE_NONE;
    config.no_reboot = true;
    config.max_steps = GUEST_STEPS;
    return config;
}

static struct machine_config loop_config(void)
{
    struct machine_config config = quiet_config(loop_program, sizeof loop_program, 1);
    config.memory_bytes = UINT64_C(64) << 20;
    config.no_reboot = true;
    config.max_steps = GUEST_STEPS;
    return config;
}

static struct machine *make(const struct machine_config *config)
{
    struct machine_host host = quiet_host();
    struct error err = {{0}};
    struct machine *machine = machine_create(config, &host, &err);
    assert_string_equal(err.text, "");
    return machine;
}

static uint64_t run(struct machine *machine)
{
    struct stop stop;
    struct error err = {{0}};
    assert_true(machine_run(machine, &stop, &err));
    return machine_state_hash(machine);
}

/* Counts by being told. */
struct onlooker {
    struct pc_map pcs;
    uint64_t mnemonics[INSN_COUNT + 1];
    uint64_t modes[PROFILER_MODES];
};

static void on_insn(void *owner, struct hart *h, const struct observed_insn *insn)
{
    struct onlooker *o = owner;
    (void)h;
    o->mnemonics[insn->id]++;
    o->modes[insn->priv + (insn->virt ? 4 : 0)]++;
    assert_true(pc_map_add(&o->pcs, &(struct pc_count){insn->pc, 1, insn->id, insn->length}));
}

static uint64_t look_on(const struct machine_config *config, struct onlooker *o)
{
    struct machine *machine = make(config);
    struct observer observer = {.owner = o, .insn = on_insn};
    machine_add_observer(machine, &observer);
    uint64_t digest = run(machine);
    machine_destroy(machine);
    pc_map_sort(&o->pcs);
    return digest;
}

/* Names the first difference. */
static void check_same(const char *what, const struct onlooker *o, const struct profile_data *data)
{
    for (size_t i = 0; i < o->pcs.count && i < data->pcs.count; i++) {
        const struct pc_count *a = &o->pcs.list[i], *b = &data->pcs.list[i];
        if (a->pc != b->pc || a->count != b->count)
            fail_msg("%s: %llx executed %llu times, but %llx counted %llu times", what, (unsigned long long)a->pc,
                     (unsigned long long)a->count, (unsigned long long)b->pc, (unsigned long long)b->count);
    }
    if (o->pcs.count != data->pcs.count)
        fail_msg("%s: %zu places executed, %zu counted", what, o->pcs.count, data->pcs.count);
    assert_memory_equal(o->mnemonics, data->mnemonics, sizeof o->mnemonics);
    for (unsigned i = 0; i < PROFILER_MODES; i++)
        if (o->modes[i] != data->modes[i])
            fail_msg("%s: %llu instructions in mode %u, %llu counted", what, (unsigned long long)o->modes[i], i,
                     (unsigned long long)data->modes[i]);
}

static void check_counts(const char *what, struct machine_config config, enum engine_kind engine)
{
    struct onlooker *o = calloc(1, sizeof *o);
    uint64_t expected = look_on(&config, o);
    config.engine = engine;
    struct machine *machine = make(&config);
    struct symbols *symbols = symbols_create(machine);
    struct profiler *profiler = profiler_create(machine, symbols, true, true);
    uint64_t digest = run(machine);
    check_same(what, o, profiler_finish(profiler));
    if (digest != expected)
        fail_msg("%s runs otherwise when it is profiled", what);
    profiler_destroy(profiler);
    symbols_destroy(symbols);
    machine_destroy(machine);
    pc_map_destroy(&o->pcs);
    free(o);
}

static void a_loop_of_a_thousand_counts_a_thousand(void **state)
{
    (void)state;
    struct machine_config config = loop_config();
    struct machine *machine = make(&config);
    struct symbols *symbols = symbols_create(machine);
    struct profiler *profiler = profiler_create(machine, symbols, true, false);
    run(machine);
    const struct profile_data *data = profiler_finish(profiler);
    assert_true(data->counted);
    unsigned in_loop = 0;
    for (size_t i = 0; i < data->pcs.count; i++) {
        bool loops = data->pcs.list[i].pc >= BASE + 8 && data->pcs.list[i].pc < BASE + 28;
        assert_int_equal(data->pcs.list[i].count, loops ? 1000 : 1);
        in_loop += loops;
    }
    assert_int_equal(in_loop, 5);
    assert_int_equal(data->mnemonics[INSN_bne], 1000);
    profiler_destroy(profiler);
    symbols_destroy(symbols);
    machine_destroy(machine);
}

static void exact_counts_are_what_an_observer_of_each_instruction_sees(void **state)
{
    (void)state;
    char pattern[512];
    glob_t found;
    const char *microvm = getenv("MICROVM");
    if (microvm == NULL)
        skip();
    snprintf(pattern, sizeof pattern, "%.*s/tests/guest/*.elf", (int)(strrchr(microvm, '/') - microvm), microvm);
    if (glob(pattern, 0, NULL, &found) != 0)
        skip();
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct machine_config config = small_config();
        config.kernel = found.gl_pathv[i];
        check_counts(found.gl_pathv[i], config, i % 4 == 0 ? ENGINE_SWITCH : ENGINE_TAIL);
    }
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_of_a_thousand_counts_a_thousand),
        cmocka_unit_test(exact_counts_are_what_an_observer_of_each_instruction_sees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
