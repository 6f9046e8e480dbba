/* SPDX-License-Identifier: MIT */
/* The system's calls, of which the n-th fails, kills the process, or does a part of what it was to do. */
#ifndef MICROVM_TESTS_SNAPSHOT_FAULTY_CALLS_H
#define MICROVM_TESTS_SNAPSHOT_FAULTY_CALLS_H

#include "host/file_calls.h"

struct faulty_calls {
    struct file_calls calls; /* what is to be used */
    unsigned made;           /* so far */
    unsigned fail_at;        /* counted from 1; 0: none fails */
    bool from_then_on;       /* all behind that one, too */
    int error;               /* 0: the process is killed instead, by a write in its middle */
    size_t most_written;     /* by one call; 0: any number */
};

void faulty_calls_init(struct faulty_calls *faulty);

#endif
