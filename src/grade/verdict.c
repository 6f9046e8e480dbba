/* SPDX-License-Identifier: MIT */
#include "grade/verdict.h"

#include <inttypes.h>
#include <string.h>

#include "base/compiler.h"

/* Reports hold so much of the output, from its end. */
#define SHOWN_OUTPUT_BYTES 16384
/* And of a text that a line repeats. */
#define SHOWN_TEXT_BYTES 200

static void add_quoted(struct grade_buffer *b, const char *bytes, size_t length)
{
    bool cut = length > SHOWN_TEXT_BYTES;
    grade_buffer_add(b, "\"", 1);
    grade_buffer_add_shown(b, bytes, cut ? SHOWN_TEXT_BYTES : length, false);
    grade_buffer_print(b, "%s\"", cut ? "..." : "");
}

static void add_seconds(struct grade_buffer *b, uint64_t ns)
{
    grade_buffer_print(b, "%" PRIu64 ".%09" PRIu64 " s", ns / 1000000000, ns % 1000000000);
}

/* The line of the output that the finding lies in. */
static void add_line_around(struct grade_buffer *b, const struct grade_buffer *output,
                            const struct grade_finding *finding)
{
    size_t begin = finding->offset, end = finding->offset;
    while (begin > 0 && output->bytes[begin - 1] != '\n' && finding->offset - begin < SHOWN_TEXT_BYTES / 2)
        begin--;
    while (end < output->length && output->bytes[end] != '\n')
        end++;
    add_quoted(b, output->bytes + begin, end - begin);
}

static void add_limit(struct grade_buffer *b, const struct grade_check *check)
{
    if (check->within_steps != UINT64_MAX)
        grade_buffer_print(b, " within %" PRIu64 " steps", check->within_steps);
    if (check->within_ns == UINT64_MAX)
        return;
    grade_buffer_print(b, " within ");
    add_seconds(b, check->within_ns);
}

static void explain_output(struct grade_buffer *b, const struct grade_check *check, const struct grade_finding *finding,
                           const struct grade_buffer *output)
{
    grade_buffer_print(b, "%s%s ", check->kind == CHECK_FORBID ? "forbidden" : "expected",
                       check->is_regex ? ", a line that matches" : "");
    add_quoted(b, check->text.bytes, check->text.length);
    add_limit(b, check);
    if (finding->state == FINDING_ABSENT) {
        grade_buffer_print(b, ": it never came");
        return;
    }
    if (finding->state == FINDING_EARLY) {
        grade_buffer_print(b, ": it came before what it should follow, and not again behind it");
        return;
    }
    grade_buffer_print(b, ": it came at ");
    add_seconds(b, finding->time.ns);
    if (check->within_steps != UINT64_MAX)
        grade_buffer_print(b, " (step %" PRIu64 ")", finding->time.steps);
    if (check->kind != CHECK_FORBID)
        return;
    grade_buffer_print(b, ", in the line ");
    add_line_around(b, output, finding);
}

static void add_value(struct grade_buffer *b, const struct grade_check *check, uint64_t value)
{
    if (check->kind == CHECK_PIXEL)
        grade_buffer_print(b, "0x%06" PRIx64, value);
    else
        grade_buffer_print(b, "%" PRIu64 " (0x%0*" PRIx64 ")", value, (int)(2 * check->size), value);
}

/* Memory as text, which alone has no size. */
static bool is_text(const struct grade_check *check)
{
    return check->kind == CHECK_MEMORY && check->size == 0;
}

static void explain_state(struct grade_buffer *b, const struct grade_check *check, const struct grade_finding *finding)
{
    grade_buffer_print(b, "expected ");
    grade_buffer_add_shown(b, check->label, strlen(check->label), false);
    grade_buffer_print(b, " = ");
    if (is_text(check))
        add_quoted(b, check->text.bytes, check->text.length);
    else
        add_value(b, check, check->value);
    switch (finding->state) {
    case FINDING_NO_SYMBOL: grade_buffer_print(b, ": the kernel has no symbol of that name"); return;
    case FINDING_NO_HART: grade_buffer_print(b, ": the machine has no such hart"); return;
    case FINDING_NO_SCREEN: grade_buffer_print(b, ": the machine has no screen (framebuffer)"); return;
    case FINDING_NO_PIXEL: grade_buffer_print(b, ": the screen has no such pixel"); return;
    case FINDING_NOT_RAM: grade_buffer_print(b, ": no memory at 0x%" PRIx64, finding->address); return;
    default: break;
    }
    grade_buffer_print(b, ": it is ");
    if (is_text(check))
        add_quoted(b, finding->bytes, finding->length);
    else
        add_value(b, check, finding->value);
    if (check->symbol != NULL)
        grade_buffer_print(b, ", at 0x%" PRIx64, finding->address);
}

static void explain_check(struct grade_result *r, const struct grade_check *check, const struct grade_finding *finding,
                          const struct grade_buffer *output)
{
    if (check->kind == CHECK_EXPECT || check->kind == CHECK_FORBID)
        explain_output(&r->why, check, finding, output);
    else
        explain_state(&r->why, check, finding);
    grade_buffer_print(&r->why, " (line %u of the spec)\n", check->line);
}

static bool is_idle_loop(const struct stop *stop)
{
    return stop->reason == STOP_STUCK && stop->code == STUCK_IDLE_LOOP;
}

static void describe_end(struct grade_buffer *b, const struct grade_test *test, const struct grade_outcome *o)
{
    if (o->end == OUTCOME_ALL_MET) {
        grade_buffer_print(b, "was stopped, as all that was expected had come");
        return;
    }
    if (o->end == OUTCOME_OVERFLOW) {
        grade_buffer_print(b, "wrote more than %" PRIu64 " bytes (max-output)", test->output_bytes);
        return;
    }
    switch (o->stop.reason) {
    case STOP_POWEROFF: grade_buffer_print(b, "powered off"); break;
    case STOP_FAIL: grade_buffer_print(b, "failed with code %" PRIu64, o->stop.code); break;
    case STOP_RESET: grade_buffer_print(b, "asked for a reset"); break;
    case STOP_BUDGET:
        grade_buffer_print(b, "was still running after %" PRIu64 " instructions (max-insns)", o->time.steps);
        break;
    case STOP_STUCK:
        if (o->stop.code == STUCK_BOARD)
            grade_buffer_print(b, "did what it may not do on a board (strict)");
        else
            grade_buffer_print(b, "%s", is_idle_loop(&o->stop) ? "ended in a loop that does nothing" : "got stuck");
        break;
    default: grade_buffer_print(b, "ended in a way that no test expects (%d)", (int)o->stop.reason); break;
    }
}

/* Whether the guest may end as it did. */
static bool end_is_met(const struct grade_test *test, const struct grade_outcome *o)
{
    static const unsigned ends[] = {
        [STOP_POWEROFF] = GRADE_END_POWEROFF, [STOP_FAIL] = GRADE_END_FAIL,   [STOP_RESET] = GRADE_END_RESET,
        [STOP_BUDGET] = GRADE_END_BUDGET,     [STOP_STUCK] = GRADE_END_STUCK,
    };
    unsigned reason = o->stop.reason;
    if (o->end != OUTCOME_BY_ITSELF)
        return o->end == OUTCOME_ALL_MET;
    if (reason == STOP_FAIL && (test->ends & GRADE_END_CODE) && o->stop.code == test->code)
        return true;
    if (is_idle_loop(&o->stop) && (test->ends & GRADE_END_LOOP))
        return true;
    return reason < ARRAY_SIZE(ends) && (test->ends & ends[reason]);
}

static void explain_end(struct grade_result *r)
{
    grade_buffer_print(&r->why, "expected the guest to end with ");
    grade_buffer_add_shown(&r->why, r->test->ends_text, strlen(r->test->ends_text), false);
    grade_buffer_print(&r->why, ": it %s\n", grade_buffer_text(&r->end));
}

static void judge_run(struct grade_result *r, const struct grade_outcome *o)
{
    const struct grade_test *test = r->test;
    bool ended = end_is_met(test, o), met = ended;
    for (unsigned i = 0; i < test->check_count; i++) {
        if (o->findings[i].state == FINDING_MET)
            continue;
        met = false;
        explain_check(r, &test->checks[i], &o->findings[i], &o->output);
    }
    if (!ended)
        explain_end(r);
    int stopped = stop_exit_status(&o->stop);
    bool by_end = (!ended && stopped != 0) || o->stop.reason == STOP_STUCK;
    r->verdict = met ? VERDICT_PASSED : VERDICT_FAILED;
    r->status = met ? 0 : by_end ? stopped : 1;
}

static void add_output(struct grade_result *r, const struct grade_buffer *output)
{
    size_t from = output->length > SHOWN_OUTPUT_BYTES ? output->length - SHOWN_OUTPUT_BYTES : 0;
    if (from > 0)
        grade_buffer_print(&r->output, "(%zu bytes before this)\n", from);
    if (output->length > 0)
        grade_buffer_add_shown(&r->output, output->bytes + from, output->length - from, true);
}

void verdict_make(const struct grade_test *test, const struct grade_outcome *o, struct grade_result *r)
{
    *r = (struct grade_result){.test = test, .verdict = VERDICT_UNTESTED, .status = EXIT_STATUS_COULD_NOT_RUN};
    r->time = o->time;
    add_output(r, &o->output);
    struct grade_buffer *to = o->kind == OUTCOME_RAN ? &r->messages : &r->why;
    if (o->message.length > 0)
        grade_buffer_add_shown(to, o->message.bytes, o->message.length, true);
    if (o->kind != OUTCOME_RAN) {
        grade_buffer_print(&r->end, "could not be tested");
        return;
    }
    describe_end(&r->end, test, o);
    judge_run(r, o);
}

void verdict_destroy(struct grade_result *r)
{
    grade_buffer_destroy(&r->end);
    grade_buffer_destroy(&r->why);
    grade_buffer_destroy(&r->output);
    grade_buffer_destroy(&r->messages);
}

int verdict_status(const struct grade_result *results, unsigned count)
{
    int status = 0;
    bool untested = false;
    for (unsigned i = 0; i < count; i++) {
        untested |= results[i].verdict == VERDICT_UNTESTED;
        if (results[i].verdict == VERDICT_FAILED)
            status = status == 0 || status == results[i].status ? results[i].status : 1;
    }
    return status == 0 && untested ? EXIT_STATUS_COULD_NOT_RUN : status;
}
