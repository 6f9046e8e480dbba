/* SPDX-License-Identifier: MIT */
/* The judge of FP results: MPFR for the values, IEEE 754's and the manual's rules for NaNs and
 * flags. */
#ifndef MICROVM_TESTS_FP_ORACLE_H
#define MICROVM_TESTS_FP_ORACLE_H

#include <stdint.h>

#define MPFR_USE_INTMAX_T
#include <mpfr.h>

#include "fp_rows.h"

struct fp_oracle {
    mpfr_t in[3];
    mpfr_t wide; /* truncated result, more than twice as precise as a format */
    mpfr_t scaled;
};

void fp_oracle_init(struct fp_oracle *o);
void fp_oracle_clear(struct fp_oracle *o);

/* What the row's operation gives, and its flags in *fl. */
uint64_t fp_oracle_run(struct fp_oracle *o, const struct fp_row *row, const uint64_t in[3],
                       unsigned rm, uint32_t *fl);

/* fclass's answer. */
uint32_t fp_oracle_classify(struct fp_oracle *o, const struct fp_parameters *f, uint64_t bits);

#endif
