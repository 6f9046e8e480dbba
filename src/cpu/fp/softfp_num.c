/* SPDX-License-Identifier: MIT */
/* Unpacking, rounding and packing of FP numbers. */
#include "cpu/fp/softfp_num.h"

static enum fp_kind kind_of(const struct fp_format *f, uint64_t magnitude)
{
    if (magnitude == 0)
        return FP_KIND_ZERO;
    if (magnitude < f->infinity)
        return FP_KIND_FINITE;
    if (magnitude == f->infinity)
        return FP_KIND_INFINITE;
    return (magnitude & f->nan) == f->nan ? FP_KIND_QUIET_NAN : FP_KIND_SIGNALING_NAN;
}

struct fp_num fp_unpack(const struct fp_format *f, uint64_t bits)
{
    uint64_t magnitude = bits & ~f->sign;
    struct fp_num num = {kind_of(f, magnitude), (bits & f->sign) != 0, 0, 0};
    if (num.kind != FP_KIND_FINITE)
        return num;
    unsigned fraction_bits = f->precision - 1;
    uint64_t hidden = UINT64_C(1) << fraction_bits;
    int field = (int)(magnitude >> fraction_bits);
    uint64_t fraction = magnitude & (hidden - 1);
    uint64_t sig = field == 0 ? fraction : fraction | hidden;
    unsigned shift = count_leading_zeros64(sig);
    num.sig = sig << shift;
    num.exp = (field == 0 ? 1 : field) - f->bias - (int)(shift - (64 - f->precision));
    return num;
}

/* Whether the magnitude grows by one when `rest` (of which `half` is the middle) is dropped. */
static bool rounds_up(bool sign, bool odd, uint64_t rest, uint64_t half, unsigned rm)
{
    switch (rm) {
    case FP_RNE: return rest > half || (rest == half && odd);
    case FP_RDN: return sign && rest != 0;
    case FP_RUP: return !sign && rest != 0;
    case FP_RMM: return rest >= half;
    default: return false;
    }
}

uint64_t fp_round_off(bool sign, uint64_t sig, unsigned drop, unsigned rm)
{
    uint64_t half = UINT64_C(1) << (drop - 1);
    uint64_t kept = sig >> drop;
    uint64_t rest = sig & (2 * half - 1);
    return kept + rounds_up(sign, kept & 1, rest, half, rm);
}

/* An overflow goes to infinity unless rm leads back towards zero. */
static uint64_t overflow(const struct fp_format *f, bool sign, unsigned rm, uint32_t *fflags)
{
    *fflags |= FP_OF | FP_NX;
    bool away = rounds_up(sign, true, 1, 1, rm);
    return fp_infinity(f, sign) - !away;
}

/* The number is tiny if, rounded as if exponents had no bound, it stays below the least normal one:
 * norm:ieee_std_tininess. `field` is its exponent field, not positive. */
static bool is_tiny(const struct fp_format *f, bool sign, int field, uint64_t sig, unsigned rm)
{
    unsigned drop = 64 - f->precision;
    return field < 0 || fp_round_off(sign, sig, drop, rm) >> f->precision == 0;
}

uint64_t fp_pack(const struct fp_format *f, bool sign, int exp, uint64_t sig, unsigned rm, uint32_t *fflags)
{
    unsigned drop = 64 - f->precision;
    int field = exp + f->bias;
    bool tiny = field <= 0 && is_tiny(f, sign, field, sig, rm);
    if (field <= 0) {
        sig = shift_right_jam64(sig, 1u - (unsigned)field);
        field = 1;
    }
    /* The hidden bit, if there, adds one to the exponent field, and a carry out of the rounding
     * another. */
    uint64_t magnitude = ((uint64_t)(field - 1) << (f->precision - 1)) + fp_round_off(sign, sig, drop, rm);
    if (magnitude >= f->infinity)
        return overflow(f, sign, rm, fflags);
    if (sig << f->precision != 0)
        *fflags |= tiny ? FP_NX | FP_UF : FP_NX;
    return fp_zero(f, sign) | magnitude;
}

uint64_t fp_nan(const struct fp_format *f, const struct fp_num *a, const struct fp_num *b, uint32_t *fflags)
{
    if (a->kind == FP_KIND_SIGNALING_NAN || b->kind == FP_KIND_SIGNALING_NAN)
        *fflags |= FP_NV;
    return f->nan;
}

uint64_t fp_invalid(const struct fp_format *f, uint32_t *fflags)
{
    *fflags |= FP_NV;
    return f->nan;
}
