/* SPDX-License-Identifier: MIT */
#include "grade/run.h"

#include <stdlib.h>

#include "grade/disk_copy.h"
#include "machine/machine.h"
#include "observe/explain.h"
#include "observe/symbols.h"

/* Of explanations; more than that is no help. */
#define MESSAGE_BYTES 16384

struct run {
    const struct grade_test *test;
    struct machine *machine;
    struct capture capture;
    struct grade_outcome *outcome;
    size_t judged; /* so much of the output has been held against the checks */
    bool for_ever; /* every hart waits, and nothing is left that could wake one */
};

static void run_write(void *owner, const uint8_t *bytes, size_t count)
{
    struct run *run = owner;
    if (run->machine != NULL)
        capture_write(&run->capture, bytes, count, probe_now(run->machine));
}

static size_t run_read(void *owner, uint8_t *bytes, size_t size)
{
    struct run *run = owner;
    return capture_read(&run->capture, bytes, size);
}

static void run_message(void *owner, const char *line)
{
    struct run *run = owner;
    struct grade_buffer *message = &run->outcome->message;
    if (message->length < MESSAGE_BYTES)
        grade_buffer_print(message, "%s\n", line);
}

/* Under the virtual clock a machine asks to sleep only when no timer, no disk and no input is left to wait for. */
static void run_wait(void *owner, struct wait_set *set, uint64_t timeout_ns)
{
    struct run *run = owner;
    (void)timeout_ns;
    wait_set_look(set);
    run->for_ever = true;
    if (run->outcome->message.length == 0)
        run_message(run, "every hart waits for an interrupt, and nothing is left that could raise one");
}

static bool all_output_met(struct run *run)
{
    if (!run->test->stop_when_met || run->judged == run->capture.count)
        return false;
    run->judged = run->capture.count;
    return judge_output(run->test, &run->capture, run->outcome->findings);
}

static bool run_interrupted(void *owner, struct stop *stop)
{
    struct run *run = owner;
    enum stuck_kind kind = probe_has_ended(run->machine) ? STUCK_IDLE_LOOP : STUCK_FAULT;
    if (run->capture.overflow || run->capture.no_memory) {
        run->outcome->end = OUTCOME_OVERFLOW;
        *stop = (struct stop){STOP_QUIT, 0};
    } else if (all_output_met(run)) {
        run->outcome->end = OUTCOME_ALL_MET;
        *stop = (struct stop){STOP_QUIT, 0};
    } else if (run->for_ever || kind == STUCK_IDLE_LOOP) {
        *stop = (struct stop){STOP_STUCK, kind};
    } else {
        return false;
    }
    return true;
}

/* Whether the guest was ended only because it went on: it may have shown all that was expected since the last look. */
static bool waits_for_more(const struct stop *stop)
{
    return (stop->reason == STOP_STUCK && stop->code != STUCK_BOARD) || stop->reason == STOP_BUDGET;
}

static bool run_machine(struct run *run, const struct machine_config *config, struct error *err)
{
    struct grade_outcome *outcome = run->outcome;
    struct machine_host host = {
        .owner = run,
        .console_write = run_write,
        .console_read = run_read,
        .wait = run_wait,
        .interrupted = run_interrupted,
        .message = run_message,
    };
    run->machine = machine_create(config, &host, err);
    if (run->machine == NULL)
        return false;
    struct symbols *symbols = symbols_create(run->machine);
    struct explain *explain = symbols != NULL ? explain_create(run->machine, symbols) : NULL;
    bool ok = explain != NULL || error_set(err, "out of memory for the explanations");
    ok = ok && machine_run(run->machine, &outcome->stop, err);
    if (ok && run->capture.no_memory)
        ok = error_set(err, "out of memory for the guest's output");
    if (ok) {
        outcome->time = probe_now(run->machine);
        if (outcome->stop.reason == STOP_BUDGET && probe_has_ended(run->machine))
            outcome->stop = (struct stop){STOP_STUCK, STUCK_IDLE_LOOP}; /* a small budget is no reason to fail */
        bool met = judge_output(run->test, &run->capture, outcome->findings);
        if (met && run->test->stop_when_met && waits_for_more(&outcome->stop))
            outcome->end = OUTCOME_ALL_MET;
        judge_state(run->test, run->machine, outcome->findings);
    }
    explain_destroy(explain);
    symbols_destroy(symbols);
    machine_destroy(run->machine);
    return ok;
}

void grade_run(const struct grade_test *test, struct grade_outcome *outcome)
{
    struct run run = {.test = test, .outcome = outcome};
    struct machine_config config = test->config;
    config.explain = EXPLAIN_STOP;
    struct disk_copies copies = {.count = 0};
    struct error err = {""};
    *outcome = (struct grade_outcome){.kind = OUTCOME_NONE};
    outcome->findings = calloc(test->check_count + 1, sizeof *outcome->findings);
    bool ok = outcome->findings != NULL || error_set(&err, "out of memory");
    ok = ok && capture_open(&run.capture, test, &err) && disk_copies_make(&copies, &config, &err) &&
         run_machine(&run, &config, &err);
    grade_buffer_add(&outcome->output, run.capture.bytes, run.capture.count);
    outcome->kind = ok ? OUTCOME_RAN : OUTCOME_IMPOSSIBLE;
    if (!ok)
        grade_buffer_print(&outcome->message, "%s\n", err.text);
    disk_copies_remove(&copies);
    if (run.capture.test != NULL)
        capture_close(&run.capture);
}
