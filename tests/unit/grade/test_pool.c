/* SPDX-License-Identifier: MIT */
/* Jobs in processes of their own: what they send arrives whole, and what becomes of one is no matter to the others. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "grade/pool.h"

#define JOBS 20

struct seen {
    unsigned done[JOBS], signals[JOBS];
    size_t bytes[JOBS];
};

/* Job 3 crashes, job 5 is killed in mid-sentence, the others send n times 10,000 bytes. */
static void do_job(void *owner, unsigned n, struct grade_buffer *bytes)
{
    (void)owner;
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    signal(SIGSEGV, SIG_DFL); /* cmocka's, or a sanitizer's */
    if (n == 3)
        raise(SIGSEGV);
    for (unsigned i = 0; i < n * 1000; i++)
        grade_buffer_print(bytes, "%010u", n);
    if (n == 5)
        raise(SIGKILL);
}

static void take(void *owner, unsigned n, const struct grade_buffer *bytes, int signal)
{
    struct seen *seen = owner;
    char wanted[11];
    snprintf(wanted, sizeof wanted, "%010u", n);
    seen->done[n]++;
    seen->signals[n] = (unsigned)signal;
    seen->bytes[n] = bytes->length;
    for (size_t at = 0; at + 10 <= bytes->length; at += 10)
        assert_memory_equal(bytes->bytes + at, wanted, 10);
}

/* In the process of a job there is no test to go on with. */
static void run(unsigned count, unsigned parallel, struct seen *seen)
{
    struct error err = {""};
    const struct pool_calls calls = {seen, do_job, take};
    memset(seen, 0, sizeof *seen);
    enum pool_end end = pool_run(count, parallel, &calls, &err);
    if (end == POOL_IN_A_JOB)
        _exit(0);
    assert_int_equal(end, POOL_DONE);
}

static void each_job_is_done_once_whatever_becomes_of_others(void **state)
{
    (void)state;
    static const unsigned parallel[] = {1, 2, 4, 64};
    struct seen seen;
    for (unsigned i = 0; i < 4; i++) {
        run(JOBS, parallel[i], &seen);
        for (unsigned n = 0; n < JOBS; n++) {
            assert_int_equal(seen.done[n], 1);
            assert_int_equal(seen.signals[n], n == 3 ? SIGSEGV : n == 5 ? SIGKILL : 0);
            assert_int_equal(seen.bytes[n], n == 3 || n == 5 ? 0 : n * 10000);
        }
    }
}

static void no_jobs_are_done_at_once(void **state)
{
    (void)state;
    struct seen seen;
    run(0, 4, &seen);
    assert_int_equal(seen.done[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_job_is_done_once_whatever_becomes_of_others),
        cmocka_unit_test(no_jobs_are_done_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
