/* SPDX-License-Identifier: MIT */
/* Spec files, and behind a NUL what a guest writes: a spec is refused in words that begin with its name, or its tests can be
 * judged; findings lie in the output, and are the same for the same output whatever pieces it came in. */
#include <string.h>

#include "cli/test_options.h"
#include "fuzz.h"
#include "grade/verdict.h"

static void check_findings(const struct grade_test *test, const struct capture *capture,
                           const struct grade_finding *findings)
{
    for (unsigned i = 0; i < test->check_count; i++) {
        EXPECT(findings[i].offset <= capture->count && findings[i].length <= capture->count - findings[i].offset);
        EXPECT(findings[i].time.steps <= capture->count);
    }
}

static void write_output(struct capture *capture, const uint8_t *output, size_t size, size_t piece)
{
    for (size_t at = 0; at < size; at += piece) {
        size_t count = size - at < piece ? size - at : piece;
        capture_write(capture, output + at, count, (struct probe_time){at / 64, at / 64});
    }
}

static void check_test(const struct grade_test *test, const uint8_t *output, size_t size)
{
    struct capture whole, pieces;
    struct grade_outcome outcome = {.kind = OUTCOME_RAN, .stop = {STOP_POWEROFF, 0}};
    struct grade_result result;
    struct grade_finding *again = calloc(test->check_count + 1, sizeof *again);
    outcome.findings = calloc(test->check_count + 1, sizeof *again);
    if (capture_open(&whole, test, NULL) && capture_open(&pieces, test, NULL)) {
        write_output(&whole, output, size, size + 1);
        write_output(&pieces, output, size, 3);
        EXPECT(whole.count == pieces.count &&
               (whole.count == 0 || memcmp(whole.bytes, pieces.bytes, whole.count) == 0));
        bool met = judge_output(test, &whole, outcome.findings);
        check_findings(test, &whole, outcome.findings);
        judge_output(test, &pieces, again);
        for (unsigned i = 0; i < test->check_count; i++)
            EXPECT(again[i].offset == outcome.findings[i].offset && again[i].length == outcome.findings[i].length);
        grade_buffer_add(&outcome.output, whole.bytes, whole.count);
        verdict_make(test, &outcome, &result);
        EXPECT(met || result.verdict == VERDICT_FAILED);
        EXPECT((result.verdict == VERDICT_PASSED) == (result.why.length == 0));
        verdict_destroy(&result);
        capture_close(&pieces);
        capture_close(&whole);
    }
    outcome_destroy(&outcome);
    free(again);
}

/* No file of the host is read for a test. */
static bool types_files(const struct grade_test *test)
{
    for (unsigned i = 0; i < test->input_count; i++)
        if (test->inputs[i].file != NULL)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct grade_spec spec = {.tests = NULL};
    struct error err = {""};
    const uint8_t *nul = memchr(data, '\0', size);
    size_t spec_bytes = nul != NULL ? (size_t)(nul - data) : size;
    const uint8_t *output = nul != NULL ? nul + 1 : data + size;
    if (!grade_spec_parse(&spec, "s", (const char *)data, spec_bytes, &test_options, &err))
        EXPECT(strncmp(err.text, "s:", 2) == 0);
    else
        EXPECT(spec.count > 0);
    for (unsigned i = 0; i < spec.count && err.text[0] == '\0' && i < 8; i++)
        if (!types_files(&spec.tests[i]))
            check_test(&spec.tests[i], output, size - (size_t)(output - data));
    grade_spec_destroy(&spec);
    return 0;
}
