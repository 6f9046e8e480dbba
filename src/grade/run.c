/* SPDX-License-Identifier: MIT */
#include "grade/run.h"

#include <stdlib.h>
#include <string.h>

#include "grade/disk_copy.h"
#include "grade/verdict.h"
#include "host/journal.h"
#include "machine/machine.h"
#include "observe/explain.h"
#include "observe/symbols.h"
#include "snapshot/recording.h"

/* Of explanations; more than that is no help. */
#define MESSAGE_BYTES 16384

struct run {
    const struct grade_test *test;
    struct machine *machine;
    struct capture capture;
    struct grade_outcome *outcome;
    const char *folder; /* for a recording; NULL: none */
    size_t judged;      /* so much of the output has been held against the checks */
    bool for_ever;      /* every hart waits, and nothing is left that could wake one */
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
    return stop->reason == STOP_STUCK || stop->reason == STOP_BUDGET;
}

static bool has_failed(const struct run *run)
{
    struct grade_result result;
    struct grade_outcome seen = *run->outcome;
    seen.kind = OUTCOME_RAN;
    seen.output = (struct grade_buffer){.bytes = run->capture.bytes, .length = run->capture.count};
    verdict_make(run->test, &seen, &result);
    bool failed = result.verdict == VERDICT_FAILED;
    verdict_destroy(&result);
    return failed;
}

/* A name that is one on every host: what else the test's has becomes an underscore, and its line in the spec tells it from others. */
static void recording_path(const struct run *run, struct grade_buffer *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const char *name = run->test->name;
    bool all_plain = strspn(name, plain) == strlen(name) && name[0] != '.' && name[0] != '-';
    grade_buffer_print(path, "%s/", run->folder);
    for (; *name != '\0'; name++)
        grade_buffer_add(path, strchr(plain, *name) != NULL ? name : "_", 1);
    if (!all_plain)
        grade_buffer_print(path, "-%u", run->test->line);
    grade_buffer_print(path, ".mvrec");
}

/* Of a test that failed. Whether that can be written changes no verdict. */
static void leave_recording(const struct run *run, const struct stop *stop)
{
    struct grade_buffer path = {0};
    struct error trouble;
    if (run->folder == NULL || !has_failed(run))
        return;
    recording_path(run, &path);
    const char *file = grade_buffer_text(&path);
    if (recording_save(file, run->machine, stop, &trouble))
        grade_buffer_print(&run->outcome->message, "to run it again: microvm run --replay '%s'\n", file);
    else
        grade_buffer_print(&run->outcome->message, "no recording of it could be left: %s\n", trouble.text);
    grade_buffer_destroy(&path);
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
    const struct stop stop = outcome->stop;
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
        leave_recording(run, &stop);
    }
    explain_destroy(explain);
    symbols_destroy(symbols);
    machine_destroy(run->machine);
    return ok;
}

void grade_run(const struct grade_test *test, const char *folder, struct grade_outcome *outcome)
{
    struct run run = {.test = test, .folder = folder, .outcome = outcome};
    struct machine_config config = test->config;
    config.explain = EXPLAIN_STOP;
    struct disk_copies copies = {.count = 0};
    config.journal = folder != NULL ? journal_create() : NULL;
    if (config.journal != NULL)
        journal_keep(config.journal, true);
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
    journal_destroy(config.journal);
    disk_copies_remove(&copies);
    if (run.capture.test != NULL)
        capture_close(&run.capture);
}
