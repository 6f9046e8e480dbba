/* SPDX-License-Identifier: MIT */
/* The console of a test: all that the guest wrote, with the moment of each byte, and what the spec types. Owns both. */
#ifndef MICROVM_GRADE_CAPTURE_H
#define MICROVM_GRADE_CAPTURE_H

#include "grade/probe.h"
#include "grade/spec.h"

struct capture {
    const struct grade_test *test;
    char *bytes; /* CR LF counts as LF */
    struct probe_time *times;
    size_t count, capacity;
    bool overflow;  /* the guest wrote more than test->output_bytes */
    bool no_memory; /* or more than the host could hold */

    char **files;      /* what input-file names, by input; NULL: that one has none */
    size_t *file_size; /* of each */
    unsigned input;    /* the one that is typed, or waits for its text */
    size_t typed;      /* so much of it */
    size_t seen;       /* up to here the output has been searched for the text that it waits for */
    bool begun;        /* its text has come */
};

/* Reads the files that are typed. False: err names the one that cannot be read. */
bool capture_open(struct capture *capture, const struct grade_test *test, struct error *err);
void capture_close(struct capture *capture);

void capture_write(struct capture *capture, const uint8_t *bytes, size_t count, struct probe_time now);

/* What is typed next, and may be by now. */
size_t capture_read(struct capture *capture, uint8_t *bytes, size_t size);

#endif
