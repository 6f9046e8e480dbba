/* SPDX-License-Identifier: MIT */
/* What the FP tests share: the formats' numbers, what the rows of fp_rows.def compute, and the
 * operands to try. */
#ifndef MICROVM_TESTS_FP_ROWS_H
#define MICROVM_TESTS_FP_ROWS_H

#include <stdint.h>

/* Exponents in MPFR's convention: significands lie in [1/2, 1). */
struct fp_parameters {
    unsigned width;
    unsigned precision;
    int bias;
    long exp_max;        /* of the greatest number */
    long exp_min_normal; /* of the least normal number */
    long exp_min;        /* of the least subnormal number */
    uint64_t nan;        /* the canonical NaN */
};

extern const struct fp_parameters fp_f32, fp_f64;

enum fp_verb {
    ADD,
    SUB,
    MUL,
    DIV,
    SQRT,
    MUL_ADD,
    MIN,
    MAX,
    EQ,
    LT,
    LE,
    TO_I32,
    TO_U32,
    TO_I64,
    TO_U64,
    FROM_I32,
    FROM_U32,
    FROM_I64,
    FROM_U64,
    TO_F32,
    TO_F64,
};

/* Operands and result are bits in the low end; 32-bit integers are extended as their C type
 * says. */
typedef uint64_t fp_function(const uint64_t in[3], unsigned rm, uint32_t *fl);

struct fp_row {
    const char *name;
    enum fp_verb verb;
    const struct fp_parameters *format; /* the FP operands', or the result's for FROM_ */
    fp_function *run;
};

unsigned fp_verb_arity(enum fp_verb verb);

#define FP_SPECIAL_MAX 200

/* The corners of a row's operand type; returns how many. */
unsigned fp_specials(const struct fp_row *row, uint64_t out[FP_SPECIAL_MAX]);

/* The next operands from a deterministic generator, weighted to the edges of exponents and
 * significands and to operands that nearly cancel, tie, overflow or underflow. */
void fp_random_operands(uint64_t *state, const struct fp_row *row, uint64_t in[3]);

uint64_t fp_random(uint64_t *state);

/* How many random operands to try: `count` times the environment's MICROVM_TEST_SCALE. */
unsigned long fp_scaled(unsigned long count);

#endif
