/* SPDX-License-Identifier: MIT */
/* Comparisons, minimum and maximum, classification. */
#include "cpu/fp/softfp.h"

#include "cpu/fp/softfp_num.h"

/* Numbers that are not NaN in their order, -0 below +0. */
static int64_t order_key(const struct fp_format *f, uint64_t bits)
{
    int64_t magnitude = (int64_t)(bits & ~f->sign);
    return bits & f->sign ? ~magnitude : magnitude;
}

enum relation { BELOW, EQUAL, ABOVE, UNORDERED };

/* IEEE 754's: zeros are equal. NaNs raise NV if they signal, or if `signals`. */
static enum relation relate(const struct fp_format *f, uint64_t x, uint64_t y, bool signals, uint32_t *fflags)
{
    struct fp_num a = fp_unpack(f, x);
    struct fp_num b = fp_unpack(f, y);
    if (fp_is_nan(&a) || fp_is_nan(&b)) {
        fp_nan(f, &a, &b, fflags);
        *fflags |= signals ? FP_NV : 0u;
        return UNORDERED;
    }
    if (x == y || (a.kind == FP_KIND_ZERO && b.kind == FP_KIND_ZERO))
        return EQUAL;
    return order_key(f, x) < order_key(f, y) ? BELOW : ABOVE;
}

static uint64_t min_max(const struct fp_format *f, uint64_t x, uint64_t y, bool want_max, uint32_t *fflags)
{
    struct fp_num a = fp_unpack(f, x);
    struct fp_num b = fp_unpack(f, y);
    if (fp_is_nan(&a) || fp_is_nan(&b)) {
        /* norm:fmin-s_fmax-s_both_nan_input, norm:fmin-s_fmax-s_one_nan_input,
         * norm:fmin-s_fmax-s_signaling_nan_nv */
        uint64_t nan = fp_nan(f, &a, &b, fflags);
        return !fp_is_nan(&a) ? x : !fp_is_nan(&b) ? y : nan;
    }
    /* norm:fmin-s_fmax-s_zero_compare */
    bool less = order_key(f, x) < order_key(f, y);
    return less != want_max ? x : y;
}

static uint32_t classify(const struct fp_format *f, uint64_t x)
{
    struct fp_num a = fp_unpack(f, x);
    switch (a.kind) {
    case FP_KIND_ZERO: return a.sign ? FP_CLASS_NEGATIVE_ZERO : FP_CLASS_POSITIVE_ZERO;
    case FP_KIND_INFINITE: return a.sign ? FP_CLASS_NEGATIVE_INFINITY : FP_CLASS_POSITIVE_INFINITY;
    case FP_KIND_QUIET_NAN: return FP_CLASS_QUIET_NAN;
    case FP_KIND_SIGNALING_NAN: return FP_CLASS_SIGNALING_NAN;
    case FP_KIND_FINITE: break;
    }
    if (a.exp < 1 - f->bias)
        return a.sign ? FP_CLASS_NEGATIVE_SUBNORMAL : FP_CLASS_POSITIVE_SUBNORMAL;
    return a.sign ? FP_CLASS_NEGATIVE_NORMAL : FP_CLASS_POSITIVE_NORMAL;
}

#define DEFINE_COMPARISONS(name, bits_type, format)                                                                    \
    bits_type name##_min(bits_type a, bits_type b, uint32_t *fflags)                                                   \
    {                                                                                                                  \
        return (bits_type)min_max(&format, a, b, false, fflags);                                                       \
    }                                                                                                                  \
    bits_type name##_max(bits_type a, bits_type b, uint32_t *fflags)                                                   \
    {                                                                                                                  \
        return (bits_type)min_max(&format, a, b, true, fflags);                                                        \
    }                                                                                                                  \
    bool name##_eq(bits_type a, bits_type b, uint32_t *fflags)                                                         \
    {                                                                                                                  \
        return relate(&format, a, b, false, fflags) == EQUAL;                                                          \
    }                                                                                                                  \
    bool name##_lt(bits_type a, bits_type b, uint32_t *fflags)                                                         \
    {                                                                                                                  \
        return relate(&format, a, b, true, fflags) == BELOW;                                                           \
    }                                                                                                                  \
    bool name##_le(bits_type a, bits_type b, uint32_t *fflags)                                                         \
    {                                                                                                                  \
        return relate(&format, a, b, true, fflags) <= EQUAL;                                                           \
    }                                                                                                                  \
    uint32_t name##_classify(bits_type a)                                                                              \
    {                                                                                                                  \
        return classify(&format, a);                                                                                   \
    }

DEFINE_COMPARISONS(f32, uint32_t, fp_single)
DEFINE_COMPARISONS(f64, uint64_t, fp_double)
