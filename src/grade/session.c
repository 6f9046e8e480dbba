/* SPDX-License-Identifier: MIT */
#include "grade/session.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "grade/run.h"

static bool has_name(const struct grade_test *test, const struct grade_selection *selection)
{
    for (unsigned i = 0; i < selection->only_count; i++)
        if (strcmp(selection->only[i], test->name) == 0 || fnmatch(selection->only[i], test->name, 0) == 0)
            return true;
    return selection->only_count == 0;
}

static bool has_tag(const struct grade_test *test, const struct grade_selection *selection)
{
    for (unsigned i = 0; i < selection->tag_count; i++)
        for (unsigned j = 0; j < test->tag_count; j++)
            if (strcmp(selection->tags[i], test->tags[j]) == 0)
                return true;
    return selection->tag_count == 0;
}

bool session_select(const struct grade_spec *spec, const struct grade_selection *selection,
                    const struct grade_test ***list, unsigned *count, struct error *err)
{
    unsigned fitting = 0;
    *count = 0;
    *list = calloc(spec->count + 1, sizeof **list);
    if (*list == NULL)
        return error_set(err, "out of memory");
    for (unsigned i = 0; i < spec->count; i++) {
        const struct grade_test *test = &spec->tests[i];
        if (!has_name(test, selection) || !has_tag(test, selection))
            continue;
        if (selection->shards == 0 || fitting % selection->shards == selection->shard - 1)
            (*list)[(*count)++] = test;
        fitting++;
    }
    if (fitting > 0)
        return true;
    free(*list);
    *list = NULL;
    return error_set(err, "no test has such a name and tag; --list shows the tests");
}

struct session {
    const struct grade_test *const *list;
    struct grade_results results;
    bool *known;
    struct reports *reports;
    const char *recordings;
};

static void do_test(void *owner, unsigned n, struct grade_buffer *bytes)
{
    const struct session *session = owner;
    struct grade_outcome outcome;
    grade_run(session->list[n], session->recordings, &outcome);
    if (outcome.findings != NULL)
        outcome_pack(&outcome, session->list[n]->check_count, bytes);
    outcome_destroy(&outcome);
}

static void take_result(void *owner, unsigned n, const struct grade_buffer *bytes, int signal)
{
    struct session *session = owner;
    struct grade_results *results = &session->results;
    struct grade_outcome outcome;
    if (signal != 0 || !outcome_unpack(&outcome, session->list[n]->check_count, bytes->bytes, bytes->length)) {
        outcome = (struct grade_outcome){.kind = OUTCOME_NONE};
        if (signal != 0)
            grade_buffer_print(&outcome.message, "the process that ran it died of signal %d (%s)\n", signal,
                               strsignal(signal));
        else
            grade_buffer_print(&outcome.message, "the process that ran it ended without a result\n");
    }
    verdict_make(session->list[n], &outcome, &results->list[n]);
    outcome_destroy(&outcome);
    session->known[n] = true;
    while (results->known < results->count && session->known[results->known])
        results->known++;
    reports_tell(session->reports, results);
}

enum pool_end session_run(const struct grade_test *const *list, unsigned count, unsigned jobs, const char *recordings,
                          struct reports *reports, int *status, struct error *err)
{
    struct session session = {.list = list, .reports = reports, .recordings = recordings};
    struct grade_results *results = &session.results;
    const struct pool_calls calls = {&session, do_test, take_result};
    enum pool_end end = POOL_FAILED;
    results->list = calloc(count + 1, sizeof *results->list);
    session.known = calloc(count + 1, sizeof *session.known);
    if (results->list == NULL || session.known == NULL) {
        error_set(err, "out of memory");
        goto out;
    }
    results->count = count;
    for (unsigned i = 0; i < count; i++)
        results->list[i].test = list[i];
    reports_begin(reports, results);
    end = pool_run(count, jobs, &calls, err);
    if (end == POOL_DONE) {
        reports_end(reports, results);
        *status = verdict_status(results->list, count);
    }
    for (unsigned i = 0; i < count; i++)
        verdict_destroy(&results->list[i]);
out:
    free(results->list);
    free(session.known);
    return end;
}
