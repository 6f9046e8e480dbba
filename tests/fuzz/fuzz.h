/* SPDX-License-Identifier: MIT */
/* What the fuzz targets share: the input as a stream of numbers, and an expectation that ends the
 * process with its text when it does not hold (in release builds too). */
#ifndef MICROVM_TESTS_FUZZ_FUZZ_H
#define MICROVM_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The target: one per executable. Called by libFuzzer or by replay.c; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_input {
    const uint8_t *data;
    size_t left;
};

/* The next bytes as a little-endian number; past the end zeros. */
static inline uint64_t fuzz_take(struct fuzz_input *input, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes && input->left != 0; i++) {
        value |= (uint64_t)*input->data << (8 * i);
        input->data++;
        input->left--;
    }
    return value;
}

static inline void fuzz_expect(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

#define EXPECT(condition) fuzz_expect(condition, #condition)

#endif
