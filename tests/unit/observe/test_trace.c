/* SPDX-License-Identifier: MIT */
/* Filters, windows and time lines of traces. What traces look like is compared in tests/trace. */
#include "observe/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "machine/control.h"
#include "machine/inspect.h"
#include "observe/trace_filter.h"
#include "quiet_machine.h"

#define BASE UINT64_C(0x80000000)

static struct error err;

static bool passes(const char *text, const struct trace_record *record)
{
    struct trace_filter filter;
    assert_true(trace_filter_parse(text, NULL, &filter, &err));
    return trace_filter_passes(&filter, record);
}

static void each_part_of_a_filter_must_fit(void **state)
{
    (void)state;
    struct trace_record r = {.type = RECORD_INSN, .pc = 0x1000, .hart = 2, .mode = RECORD_MODE(PRIV_S, true)};
    static const char *const passing[] = {
        "pc=0x1000", "pc=4096-4096",  "pc=0-0xfff,pc=0x1000-0x2000",  "priv=s", "priv=MSU", "v=1", "v=0,v=1",
        "hart=2",    "hart=1,hart=2", "hart=2,v=1,priv=S,pc=0-0xffff"};
    static const char *const failing[] = {"pc=0x1001", "pc=0-0xfff", "priv=MU",         "v=0",
                                          "hart=1",    "hart=2,v=0", "pc=0x1000,priv=U"};
    assert_true(passes(NULL, &r));
    for (unsigned i = 0; i < ARRAY_SIZE(passing); i++)
        if (!passes(passing[i], &r))
            fail_msg("'%s' does not pass", passing[i]);
    for (unsigned i = 0; i < ARRAY_SIZE(failing); i++)
        if (passes(failing[i], &r))
            fail_msg("'%s' passes", failing[i]);
}

static void a_trap_passes_by_the_mode_it_leaves_or_enters(void **state)
{
    (void)state;
    struct trace_record r = {
        .type = RECORD_TRAP, .mode = RECORD_MODE(PRIV_U, false), .to_mode = RECORD_MODE(PRIV_S, false)};
    assert_true(passes("priv=U", &r));
    assert_true(passes("priv=S", &r));
    assert_false(passes("priv=M", &r));
}

static void a_bad_filter_is_refused_with_its_part(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"pc=", "'pc='"},
        {"pc=5-4", "'pc=5-4'"},
        {"pc=0x10000000000000000", "'pc="},
        {"priv=X", "'priv=X'"},
        {"priv=", "priv="},
        {"v=2", "'v=2'"},
        {"hart=64", "'hart=64'"},
        {"hart=", "'hart='"},
        {"symbol=x", "'x'"},
        {"pv=1", "pv=1"},
        {"", "''"},
        {"v=1,,", "v=1"},
        {"pc=1,priv", "'priv'"},
        {"pc=1-2-3", "'pc=1-2-3'"},
        {"pc=1,nothing", "known are"},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        struct trace_filter filter;
        if (trace_filter_parse(bad[i][0], NULL, &filter, &err))
            fail_msg("'%s' is taken", bad[i][0]);
        if (strstr(err.text, bad[i][1]) == NULL)
            fail_msg("'%s' does not hold \"%s\"", err.text, bad[i][1]);
    }
}

/* The phases, and tracks of hart 0, of the time line that records make: "B2 E2 ". */
static char *time_line(const struct trace_record *records, unsigned count)
{
    char path[] = "/tmp/trace-XXXXXX";
    char line[1024], *text = calloc(1, 4096);
    int fd = mkstemp(path);
    assert_true(fd >= 0 && text != NULL);
    close(fd);
    struct trace_target target = {.format = TRACE_PERFETTO, .file = path};
    struct trace_output output;
    assert_true(trace_output_create(&target, &output, &err));
    for (unsigned i = 0; i < count; i++)
        output.put(output.owner, &records[i]);
    assert_true(output.finish(output.owner, &err));
    output.destroy(output.owner);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in) != NULL) {
        char phase, *used = text + strlen(text);
        unsigned track;
        if (sscanf(line, "{\"ph\":\"%c\",\"pid\":1,\"tid\":%u", &phase, &track) == 2 && phase != 'M')
            sprintf(used, "%c%u ", phase, track);
    }
    fclose(in);
    unlink(path);
    return text;
}

#define TRAP(from, to)                                                                                                 \
    {                                                                                                                  \
        .type = RECORD_TRAP, .mode = RECORD_MODE(from, 0), .to_mode = RECORD_MODE(to, 0)                               \
    }
#define XRET(from, to)                                                                                                 \
    {                                                                                                                  \
        .type = RECORD_XRET, .mode = RECORD_MODE(from, 0), .to_mode = RECORD_MODE(to, 0)                               \
    }

#define TRACK_M "1"
#define TRACK_S "2"

static void expect_line(const char *want, const struct trace_record *records, unsigned count)
{
    char *got = time_line(records, count);
    assert_string_equal(got, want);
    free(got);
}

static void traps_within_traps_are_spans_within_spans(void **state)
{
    (void)state;
    static const struct trace_record records[] = {
        TRAP(PRIV_U, PRIV_S), TRAP(PRIV_S, PRIV_M), XRET(PRIV_M, PRIV_S),
        TRAP(PRIV_S, PRIV_S), XRET(PRIV_S, PRIV_S), XRET(PRIV_S, PRIV_U),
    };
    expect_line("B" TRACK_S " B" TRACK_M " E" TRACK_M " B" TRACK_S " E" TRACK_S " E" TRACK_S " ", records,
                ARRAY_SIZE(records));
}

static void a_trap_that_never_returns_ends_with_the_trace(void **state)
{
    (void)state;
    static const struct trace_record records[] = {TRAP(PRIV_U, PRIV_S), TRAP(PRIV_S, PRIV_M)};
    expect_line("B" TRACK_S " B" TRACK_M " E" TRACK_M " E" TRACK_S " ", records, ARRAY_SIZE(records));
}

static void a_return_that_belongs_to_no_trap_ends_nothing(void **state)
{
    (void)state;
    static const struct trace_record records[] = {XRET(PRIV_S, PRIV_U), TRAP(PRIV_U, PRIV_M), XRET(PRIV_S, PRIV_U),
                                                  XRET(PRIV_M, PRIV_U)};
    expect_line("B" TRACK_M " E" TRACK_M " ", records, ARRAY_SIZE(records));
}

static void a_return_past_a_nested_trap_ends_that_too(void **state)
{
    (void)state;
    static const struct trace_record records[] = {TRAP(PRIV_U, PRIV_S), TRAP(PRIV_S, PRIV_S), XRET(PRIV_S, PRIV_U)};
    expect_line("B" TRACK_S " B" TRACK_S " E" TRACK_S " E" TRACK_S " ", records, ARRAY_SIZE(records));
}

static void traps_without_end_stay_bounded(void **state)
{
    (void)state;
    static struct trace_record records[100];
    for (unsigned i = 0; i < ARRAY_SIZE(records); i++)
        records[i] = (struct trace_record)TRAP(PRIV_M, PRIV_M);
    char *got = time_line(records, ARRAY_SIZE(records));
    unsigned begun = 0, ended = 0;
    for (const char *c = got; *c != '\0'; c++) {
        begun += *c == 'B';
        ended += *c == 'E';
    }
    assert_int_equal(begun, 100);
    assert_int_equal(ended, 100);
    free(got);
}

/* A machine that counts for ever, and where it was observed. */
static const uint32_t program[] = {0x00128293 /* addi t0, t0, 1 */, 0xffdff06f /* j back */};

struct rig {
    struct machine *machine;
    struct trace *trace;
    uint64_t first, last; /* the steps of the slices that were observed */
};

static void note_slice(void *owner, struct hart *h)
{
    struct rig *rig = owner;
    uint64_t end = machine_steps(rig->machine);
    if (h->observer == NULL)
        return;
    if (rig->last == 0)
        rig->first = end - 1;
    rig->last = end - 1;
}

/* Runs 40,000 steps under the options; path is where the trace is. */
static void run(struct rig *rig, struct trace_options *options, char *path)
{
    struct machine_config config = quiet_config(program, sizeof program, 1);
    config.max_steps = 40000;
    struct machine_host host = quiet_host();
    *rig = (struct rig){.machine = machine_create(&config, &host, &err)};
    assert_non_null(rig->machine);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    options->file = path;
    struct symbols *symbols = symbols_create(rig->machine);
    rig->trace = trace_create(options, rig->machine, symbols, &err);
    if (rig->trace == NULL)
        fail_msg("%s", err.text);
    assert_true(trace_enabled(rig->trace) == options->on);
    struct supervisor supervisor = {.owner = rig, .slice = note_slice};
    machine_set_supervisor(rig->machine, &supervisor);
    struct stop stop;
    assert_true(machine_run(rig->machine, &stop, &err));
    assert_int_equal(stop.reason, STOP_BUDGET);
    assert_true(trace_finish(rig->trace, &err));
    trace_destroy(rig->trace);
    symbols_destroy(symbols);
    machine_destroy(rig->machine);
}

static void a_window_holds_its_steps_and_costs_the_others_nothing(void **state)
{
    (void)state;
    char path[] = "/tmp/trace-XXXXXX", line[1024];
    struct rig rig;
    struct trace_options options = {.on = true, .from = 10001, .count = 5002};
    run(&rig, &options, path);
    FILE *in = fopen(path, "r");
    uint64_t want = 10001;
    assert_non_null(in);
    while (fgets(line, sizeof line, in) != NULL)
        assert_int_equal(strtoull(line, NULL, 10), want++);
    fclose(in);
    unlink(path);
    assert_int_equal(want, 15003);
    assert_in_range(rig.first, 10001, 10001 + 4096);
    assert_in_range(rig.last, 15002, 15002 + 4096);
}

static void a_trace_that_is_off_observes_nothing(void **state)
{
    (void)state;
    char path[] = "/tmp/trace-XXXXXX";
    struct rig rig;
    struct trace_options options = {.on = false};
    run(&rig, &options, path);
    assert_int_equal(rig.last, 0);
    unlink(path);
}

static void kinds_are_words_of_the_table(void **state)
{
    (void)state;
    unsigned kinds;
    assert_true(trace_kinds_parse("insn,walk", &kinds, &err));
    assert_int_equal(kinds, 1u << TRACE_insn | 1u << TRACE_walk);
    static const char *const bad[] = {"", "insn,", "ins", "trap;irq", "INSN"};
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(trace_kinds_parse(bad[i], &kinds, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_of_a_filter_must_fit),
        cmocka_unit_test(a_trap_passes_by_the_mode_it_leaves_or_enters),
        cmocka_unit_test(a_bad_filter_is_refused_with_its_part),
        cmocka_unit_test(traps_within_traps_are_spans_within_spans),
        cmocka_unit_test(a_trap_that_never_returns_ends_with_the_trace),
        cmocka_unit_test(a_return_that_belongs_to_no_trap_ends_nothing),
        cmocka_unit_test(a_return_past_a_nested_trap_ends_that_too),
        cmocka_unit_test(traps_without_end_stay_bounded),
        cmocka_unit_test(a_window_holds_its_steps_and_costs_the_others_nothing),
        cmocka_unit_test(a_trace_that_is_off_observes_nothing),
        cmocka_unit_test(kinds_are_words_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
