/* SPDX-License-Identifier: MIT */
/* A folder for the time of one input: in TMPDIR, which is best in memory where a fuzzer runs for long. */
#ifndef MICROVM_TESTS_FUZZ_FOLDER_H
#define MICROVM_TESTS_FUZZ_FOLDER_H

#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

#define FOLDER_BYTES 64

static inline void folder_create(char path[FOLDER_BYTES])
{
    const char *place = getenv("TMPDIR");
    int count = snprintf(path, FOLDER_BYTES, "%s/microvm-fuzz-XXXXXX", place != NULL ? place : "/tmp");
    EXPECT(count < FOLDER_BYTES && mkdtemp(path) != NULL);
}

#endif
