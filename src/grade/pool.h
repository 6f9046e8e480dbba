/* SPDX-License-Identifier: MIT */
/* Jobs in processes of their own, several at a time; what each sends through its pipe is handed to the caller. A job that
 * crashes takes nothing with it. */
#ifndef MICROVM_GRADE_POOL_H
#define MICROVM_GRADE_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "grade/buffer.h"

#define POOL_JOBS_MAX 256

struct pool_calls {
    void *owner;
    /* In a process of its own: does job n and puts what is to be sent into bytes. */
    void (*job)(void *owner, unsigned n, struct grade_buffer *bytes);
    /* In the caller's: job n has ended and sent this. signal: what it died of; 0: nothing. In any order. */
    void (*done)(void *owner, unsigned n, const struct grade_buffer *bytes, int signal);
};

enum pool_end {
    POOL_DONE,
    POOL_FAILED,  /* err says why; not all jobs were started */
    POOL_IN_A_JOB /* this is the process of a job, and the job is done: return to main, saying nothing */
};

/* Does jobs 0 to count - 1, at most `parallel` of them at a time. For a process with one thread. */
enum pool_end pool_run(unsigned count, unsigned parallel, const struct pool_calls *calls, struct error *err);

#endif
