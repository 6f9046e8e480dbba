/* SPDX-License-Identifier: MIT */
/* Holds what a guest did against what its test expects: one finding for each check. Keeps no state; the same output, moments
 * and machine always give the same findings. */
#ifndef MICROVM_GRADE_JUDGE_H
#define MICROVM_GRADE_JUDGE_H

#include "grade/capture.h"

#define FINDING_BYTES 64

enum finding_state {
    FINDING_MET,
    FINDING_ABSENT,    /* what was expected did not come */
    FINDING_EARLY,     /* it came, but only before what it had to follow */
    FINDING_LATE,      /* it came after its moment */
    FINDING_PRESENT,   /* what was forbidden came */
    FINDING_DIFFERS,   /* memory, a register or a pixel holds something else */
    FINDING_NO_SYMBOL, /* the kernel has no such symbol */
    FINDING_NOT_RAM,   /* the address is not in RAM */
    FINDING_NO_HART,   /* the machine has no such hart */
    FINDING_NO_SCREEN, /* the machine has no screen */
    FINDING_NO_PIXEL   /* the screen has no such pixel */
};

struct grade_finding {
    enum finding_state state;
    size_t offset, length;  /* the place in the output, if it came */
    struct probe_time time; /* of its last byte */
    uint64_t address;       /* of memory */
    uint64_t value;         /* what is there instead */
    char bytes[FINDING_BYTES];
};

/* Judges the checks of the output; findings: one for each check of the test. True: each is met. */
bool judge_output(const struct grade_test *test, const struct capture *capture, struct grade_finding *findings);

/* Judges those of memory, registers and pixels, after the run. */
void judge_state(const struct grade_test *test, struct machine *machine, struct grade_finding *findings);

#endif
