/* SPDX-License-Identifier: MIT */
/* FP results by MPFR. Values enter and leave as native float and double, so that no code under
 * test takes part. */
#include "fp_oracle.h"

#include <stdbool.h>
#include <string.h>

#include "cpu/fp/softfp.h"

void fp_oracle_init(struct fp_oracle *o)
{
    mpfr_inits2(64, o->in[0], o->in[1], o->in[2], (mpfr_ptr)NULL);
    mpfr_inits2(160, o->wide, o->scaled, (mpfr_ptr)NULL);
}

void fp_oracle_clear(struct fp_oracle *o)
{
    mpfr_clears(o->in[0], o->in[1], o->in[2], o->wide, o->scaled, (mpfr_ptr)NULL);
    mpfr_free_cache();
}

static bool is_signaling(const struct fp_parameters *f, uint64_t bits)
{
    uint64_t quiet = UINT64_C(1) << (f->precision - 2);
    uint64_t infinity = f->nan - quiet;
    uint64_t magnitude = bits & ~(UINT64_C(1) << (f->width - 1));
    return magnitude > infinity && (bits & quiet) == 0;
}

static void load(mpfr_t to, const struct fp_parameters *f, uint64_t bits)
{
    float single;
    double real;
    uint32_t low = (uint32_t)bits;
    memcpy(&single, &low, sizeof single);
    memcpy(&real, &bits, sizeof real);
    if (f->width == 32)
        mpfr_set_flt(to, single, MPFR_RNDN);
    else
        mpfr_set_d(to, real, MPFR_RNDN);
}

static uint64_t store(const struct fp_parameters *f, mpfr_t from)
{
    if (mpfr_nan_p(from))
        return f->nan;
    float single = mpfr_get_flt(from, MPFR_RNDN);
    double real = mpfr_get_d(from, MPFR_RNDN);
    uint32_t low;
    uint64_t bits;
    memcpy(&low, &single, sizeof low);
    memcpy(&bits, &real, sizeof bits);
    return f->width == 32 ? low : bits;
}

static int compute(struct fp_oracle *o, enum fp_verb verb, mpfr_t to, mpfr_rnd_t rnd)
{
    switch (verb) {
    case ADD:
        return mpfr_add(to, o->in[0], o->in[1], rnd);
    case SUB:
        return mpfr_sub(to, o->in[0], o->in[1], rnd);
    case MUL:
        return mpfr_mul(to, o->in[0], o->in[1], rnd);
    case DIV:
        return mpfr_div(to, o->in[0], o->in[1], rnd);
    case SQRT:
        return mpfr_sqrt(to, o->in[0], rnd);
    case MUL_ADD:
        return mpfr_fma(to, o->in[0], o->in[1], o->in[2], rnd);
    default:
        return mpfr_set(to, o->in[0], rnd);
    }
}

/* to = value rounded to a multiple of 2^unit, to nearest with ties away. `value` may have been
 * truncated below the half of it, which does not matter. Returns whether it changed. */
static bool round_away(mpfr_t to, mpfr_t value, long unit)
{
    mpfr_mul_2si(to, value, -unit, MPFR_RNDZ);
    bool inexact = !mpfr_integer_p(to);
    mpfr_round(to, to);
    mpfr_mul_2si(to, to, unit, MPFR_RNDZ);
    return inexact;
}

/* The mode that MPFR lacks. */
static uint64_t run_max_magnitude(struct fp_oracle *o, enum fp_verb verb,
                                  const struct fp_parameters *f, uint32_t *fl)
{
    bool inexact = compute(o, verb, o->wide, MPFR_RNDZ) != 0;
    if (!mpfr_regular_p(o->wide))
        return store(f, o->wide);
    long unit = mpfr_get_exp(o->wide) - (long)f->precision;
    round_away(o->scaled, o->wide, unit);
    bool tiny = mpfr_get_exp(o->scaled) < f->exp_min_normal;
    long least = f->exp_min - 1;
    inexact |= round_away(o->scaled, o->wide, unit < least ? least : unit);
    bool overflow = mpfr_regular_p(o->scaled) && mpfr_get_exp(o->scaled) > f->exp_max;
    if (overflow)
        mpfr_set_inf(o->scaled, mpfr_signbit(o->wide) ? -1 : 1);
    *fl |= (overflow ? FP_OF | FP_NX : 0u) | (inexact ? FP_NX : 0u) |
           (tiny && inexact ? FP_UF : 0u);
    return store(f, o->scaled);
}

/* First as if exponents had no bounds, which tells tininess and overflow, then by MPFR's own
 * emulation of bounds. */
static uint64_t run_rounded(struct fp_oracle *o, enum fp_verb verb, const struct fp_parameters *f,
                            mpfr_rnd_t rnd, uint32_t *fl)
{
    mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    mpfr_t result;
    mpfr_init2(result, (mpfr_prec_t)f->precision);
    int ternary = compute(o, verb, result, rnd);
    bool regular = mpfr_regular_p(result);
    bool tiny = regular && mpfr_get_exp(result) < f->exp_min_normal;
    bool overflow = regular && mpfr_get_exp(result) > f->exp_max;
    mpfr_set_emin(f->exp_min);
    mpfr_set_emax(f->exp_max);
    ternary = mpfr_check_range(result, ternary, rnd);
    ternary = mpfr_subnormalize(result, ternary, rnd);
    uint64_t bits = store(f, result);
    mpfr_set_emin(emin);
    mpfr_set_emax(emax);
    mpfr_clear(result);
    *fl |= (overflow ? FP_OF : 0u) | (ternary != 0 ? FP_NX : 0u) |
           (tiny && ternary != 0 ? FP_UF : 0u);
    return bits;
}

static uint64_t run_arithmetic(struct fp_oracle *o, enum fp_verb verb,
                               const struct fp_parameters *f, unsigned rm, uint32_t *fl)
{
    static const mpfr_rnd_t modes[] = {MPFR_RNDN, MPFR_RNDZ, MPFR_RNDD, MPFR_RNDU};
    bool nan_in = mpfr_nan_p(o->in[0]) || (verb <= DIV && mpfr_nan_p(o->in[1])) ||
                  (verb == MUL_ADD && (mpfr_nan_p(o->in[1]) || mpfr_nan_p(o->in[2])));
    mpfr_clear_flags();
    uint64_t bits = rm == FP_RMM ? run_max_magnitude(o, verb, f, fl)
                                 : run_rounded(o, verb, f, modes[rm], fl);
    *fl |= mpfr_divby0_p() ? FP_DZ : 0u;
    *fl |= mpfr_nanflag_p() && !nan_in ? FP_NV : 0u;
    return bits;
}

static bool zero_times_infinity(struct fp_oracle *o)
{
    return (mpfr_zero_p(o->in[0]) && mpfr_inf_p(o->in[1])) ||
           (mpfr_inf_p(o->in[0]) && mpfr_zero_p(o->in[1]));
}

static uint64_t run_compare(struct fp_oracle *o, enum fp_verb verb, uint32_t *fl)
{
    *fl |= verb != EQ && mpfr_unordered_p(o->in[0], o->in[1]) ? FP_NV : 0u;
    if (verb == EQ)
        return mpfr_equal_p(o->in[0], o->in[1]) != 0;
    if (verb == LT)
        return mpfr_less_p(o->in[0], o->in[1]) != 0;
    return mpfr_lessequal_p(o->in[0], o->in[1]) != 0;
}

static uint64_t run_pick(struct fp_oracle *o, enum fp_verb verb, const struct fp_parameters *f,
                         const uint64_t in[3])
{
    if (mpfr_nan_p(o->in[0]) || mpfr_nan_p(o->in[1]))
        return !mpfr_nan_p(o->in[0]) ? in[0] : !mpfr_nan_p(o->in[1]) ? in[1] : f->nan;
    bool zeros = mpfr_zero_p(o->in[0]) && mpfr_zero_p(o->in[1]);
    bool first_less = zeros ? mpfr_signbit(o->in[0]) : mpfr_less_p(o->in[0], o->in[1]);
    return in[first_less == (verb == MIN) ? 0 : 1];
}

static uint64_t run_to_int(struct fp_oracle *o, enum fp_verb verb, unsigned rm, uint32_t *fl)
{
    static const mpfr_rnd_t modes[] = {MPFR_RNDN, MPFR_RNDZ, MPFR_RNDD, MPFR_RNDU, MPFR_RNDNA};
    static const uint64_t most[] = {INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX};
    static const int64_t least[] = {INT32_MIN, 0, INT64_MIN, 0};
    unsigned type = verb - TO_I32;
    uint64_t highest = type == 1 ? UINT32_MAX : most[type];
    if (mpfr_nan_p(o->in[0]))
        return *fl |= FP_NV, highest;
    /* Unlike the others, the round function takes its mode from its name. */
    if (modes[rm] == MPFR_RNDNA)
        mpfr_round(o->wide, o->in[0]);
    else
        mpfr_rint(o->wide, o->in[0], modes[rm]);
    mpfr_set_uj(o->scaled, most[type], MPFR_RNDN);
    if (mpfr_greater_p(o->wide, o->scaled))
        return *fl |= FP_NV, highest;
    mpfr_set_sj(o->scaled, least[type], MPFR_RNDN);
    if (mpfr_less_p(o->wide, o->scaled))
        return *fl |= FP_NV, (uint64_t)least[type];
    *fl |= mpfr_equal_p(o->wide, o->in[0]) ? 0u : FP_NX;
    return least[type] == 0 ? mpfr_get_uj(o->wide, MPFR_RNDZ)
                            : (uint64_t)mpfr_get_sj(o->wide, MPFR_RNDZ);
}

static void load_operands(struct fp_oracle *o, const struct fp_row *row, const uint64_t in[3],
                          uint32_t *fl)
{
    if (row->verb == FROM_I32 || row->verb == FROM_I64) {
        mpfr_set_sj(o->in[0], (int64_t)in[0], MPFR_RNDN);
        return;
    }
    if (row->verb == FROM_U32 || row->verb == FROM_U64) {
        mpfr_set_uj(o->in[0], in[0], MPFR_RNDN);
        return;
    }
    for (unsigned i = 0; i < fp_verb_arity(row->verb); i++) {
        load(o->in[i], row->format, in[i]);
        *fl |= is_signaling(row->format, in[i]) ? FP_NV : 0u;
    }
}

uint64_t fp_oracle_run(struct fp_oracle *o, const struct fp_row *row, const uint64_t in[3],
                       unsigned rm, uint32_t *fl)
{
    load_operands(o, row, in, fl);
    if (row->verb == EQ || row->verb == LT || row->verb == LE)
        return run_compare(o, row->verb, fl);
    if (row->verb == MIN || row->verb == MAX)
        return run_pick(o, row->verb, row->format, in);
    if (row->verb >= TO_I32 && row->verb <= TO_U64)
        return run_to_int(o, row->verb, rm, fl);
    /* norm:fma_nv_flag */
    if (row->verb == MUL_ADD && zero_times_infinity(o))
        *fl |= FP_NV;
    const struct fp_parameters *to = row->format;
    if (row->verb == TO_F32 || row->verb == TO_F64)
        to = row->verb == TO_F32 ? &fp_f32 : &fp_f64;
    return run_arithmetic(o, row->verb, to, rm, fl);
}

uint32_t fp_oracle_classify(struct fp_oracle *o, const struct fp_parameters *f, uint64_t bits)
{
    load(o->in[0], f, bits);
    bool negative = bits >> (f->width - 1) & 1;
    if (mpfr_nan_p(o->in[0]))
        return is_signaling(f, bits) ? 1 << 8 : 1 << 9;
    if (mpfr_inf_p(o->in[0]))
        return negative ? 1 << 0 : 1 << 7;
    if (mpfr_zero_p(o->in[0]))
        return negative ? 1 << 3 : 1 << 4;
    if (mpfr_get_exp(o->in[0]) < f->exp_min_normal)
        return negative ? 1 << 2 : 1 << 5;
    return negative ? 1 << 1 : 1 << 6;
}
