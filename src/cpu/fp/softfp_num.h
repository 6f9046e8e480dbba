/* SPDX-License-Identifier: MIT */
/* The software FP's insides: numbers of either width unpacked into one form, and the one place
 * that rounds and packs. */
#ifndef MICROVM_CPU_FP_SOFTFP_NUM_H
#define MICROVM_CPU_FP_SOFTFP_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "cpu/fp/softfp.h"

/* An interchange format: sign, exponent field, and `precision` - 1 bits of fraction. */
struct fp_format {
    unsigned precision; /* bits of the significand, the hidden one included */
    int bias;
    uint64_t sign;     /* the sign bit */
    uint64_t infinity; /* all exponent bits */
    uint64_t nan;      /* the canonical NaN */
};

static const struct fp_format fp_single = {24, 127, UINT64_C(1) << 31, UINT64_C(0x7f800000), F32_CANONICAL_NAN};
static const struct fp_format fp_double = {53, 1023, UINT64_C(1) << 63, UINT64_C(0x7ff0000000000000),
                                           F64_CANONICAL_NAN};

enum fp_kind {
    FP_KIND_ZERO,
    FP_KIND_FINITE,
    FP_KIND_INFINITE,
    FP_KIND_QUIET_NAN,
    FP_KIND_SIGNALING_NAN,
};

/* Value of a FINITE number: sig * 2^(exp - 63), with bit 63 of sig set. */
struct fp_num {
    enum fp_kind kind;
    bool sign;
    int exp;
    uint64_t sig; /* 0 unless FINITE */
};

static inline bool fp_is_nan(const struct fp_num *a)
{
    return a->kind >= FP_KIND_QUIET_NAN;
}

static inline uint64_t fp_zero(const struct fp_format *f, bool sign)
{
    return sign ? f->sign : 0;
}

static inline uint64_t fp_infinity(const struct fp_format *f, bool sign)
{
    return fp_zero(f, sign) | f->infinity;
}

/* value >> n, with bit 0 set if anything but zeros is shifted out: it rounds as the exact
 * quotient would, as long as at least two bits are dropped afterwards. */
static inline uint64_t shift_right_jam64(uint64_t value, unsigned n)
{
    if (n > 63)
        return value != 0;
    return value >> n | ((value & ((UINT64_C(1) << n) - 1)) != 0);
}

static inline uint128 shift_right_jam128(uint128 value, unsigned n)
{
    if (n > 127)
        return value != 0;
    return value >> n | ((value & (((uint128)1 << n) - 1)) != 0);
}

/* The operands' class and value. */
struct fp_num fp_unpack(const struct fp_format *f, uint64_t bits);

/* sig / 2^drop as an integer rounded by rm; drop in 1..63. */
uint64_t fp_round_off(bool sign, uint64_t sig, unsigned drop, unsigned rm);

/* sig * 2^(exp - 63) (bit 63 of sig set, bit 0 sticky) rounded to the format, with NX, OF and
 * UF. */
uint64_t fp_pack(const struct fp_format *f, bool sign, int exp, uint64_t sig, unsigned rm, uint32_t *fflags);

/* The result of an operation with NaN operands: the canonical NaN; invalid if one of them
 * signals. */
uint64_t fp_nan(const struct fp_format *f, const struct fp_num *a, const struct fp_num *b, uint32_t *fflags);

/* The result of an invalid operation. */
uint64_t fp_invalid(const struct fp_format *f, uint32_t *fflags);

#endif
