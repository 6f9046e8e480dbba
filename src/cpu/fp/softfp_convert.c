/* SPDX-License-Identifier: MIT */
/* Conversions between FP formats and integers. */
#include "cpu/fp/softfp.h"

#include "cpu/fp/softfp_num.h"

/* An integer type's greatest magnitudes. */
struct int_range {
    uint64_t positive;
    uint64_t negative;
};

static const struct int_range range_i32 = {INT32_MAX, UINT64_C(1) << 31};
static const struct int_range range_u32 = {UINT32_MAX, 0};
static const struct int_range range_i64 = {INT64_MAX, UINT64_C(1) << 63};
static const struct int_range range_u64 = {UINT64_MAX, 0};

/* norm:fcvt_unrepresentable_nv: the nearest value; NaN counts as +infinity. In two's complement. */
static uint64_t clip(const struct int_range *range, bool negative, uint32_t *fflags)
{
    *fflags |= FP_NV;
    return negative ? -range->negative : range->positive;
}

static uint64_t to_int(const struct fp_format *f, const struct int_range *range, uint64_t x, unsigned rm,
                       uint32_t *fflags)
{
    struct fp_num a = fp_unpack(f, x);
    if (a.kind == FP_KIND_ZERO)
        return 0;
    if (a.kind != FP_KIND_FINITE || a.exp > 63)
        return clip(range, a.sign && !fp_is_nan(&a), fflags);
    uint64_t magnitude = a.sig;
    bool inexact = false;
    if (a.exp < 63) {
        /* Two bits are enough to tell which way a number far below one rounds. */
        unsigned drop = a.exp < 0 ? 63 : (unsigned)(63 - a.exp);
        uint64_t sig = a.exp < 0 ? shift_right_jam64(a.sig, (unsigned)-a.exp) : a.sig;
        magnitude = fp_round_off(a.sign, sig, drop, rm);
        inexact = sig << (64 - drop) != 0;
    }
    if (magnitude > (a.sign ? range->negative : range->positive))
        return clip(range, a.sign, fflags);
    *fflags |= inexact ? FP_NX : 0u;
    return a.sign ? -magnitude : magnitude;
}

static uint64_t from_int(const struct fp_format *f, bool sign, uint64_t magnitude, unsigned rm, uint32_t *fflags)
{
    if (magnitude == 0)
        return 0;
    unsigned shift = count_leading_zeros64(magnitude);
    return fp_pack(f, sign, 63 - (int)shift, magnitude << shift, rm, fflags);
}

static uint64_t from_signed(const struct fp_format *f, int64_t value, unsigned rm, uint32_t *fflags)
{
    return from_int(f, value < 0, value < 0 ? -(uint64_t)value : (uint64_t)value, rm, fflags);
}

static uint64_t change_format(const struct fp_format *from, const struct fp_format *to, uint64_t x, unsigned rm,
                              uint32_t *fflags)
{
    struct fp_num a = fp_unpack(from, x);
    if (fp_is_nan(&a))
        return fp_nan(to, &a, &a, fflags);
    if (a.kind == FP_KIND_ZERO)
        return fp_zero(to, a.sign);
    if (a.kind == FP_KIND_INFINITE)
        return fp_infinity(to, a.sign);
    return fp_pack(to, a.sign, a.exp, a.sig, rm, fflags);
}

uint64_t f32_to_f64(uint32_t a, uint32_t *fflags)
{
    return change_format(&fp_single, &fp_double, a, FP_RNE, fflags);
}

uint32_t f64_to_f32(uint64_t a, unsigned rm, uint32_t *fflags)
{
    return (uint32_t)change_format(&fp_double, &fp_single, a, rm, fflags);
}

#define DEFINE_TO_INT(name, bits_type, format, int_name, int_type)                                                     \
    int_type name##_to_##int_name(bits_type a, unsigned rm, uint32_t *fflags)                                          \
    {                                                                                                                  \
        return (int_type)to_int(&format, &range_##int_name, a, rm, fflags);                                            \
    }

#define DEFINE_FROM_INT(name, bits_type, format, int_name, int_type, convert, ...)                                     \
    bits_type int_name##_to_##name(int_type a, unsigned rm, uint32_t *fflags)                                          \
    {                                                                                                                  \
        return (bits_type)convert(&format, __VA_ARGS__, rm, fflags);                                                   \
    }

#define DEFINE_CONVERSIONS(name, bits_type, format)                                                                    \
    DEFINE_TO_INT(name, bits_type, format, i32, int32_t)                                                               \
    DEFINE_TO_INT(name, bits_type, format, u32, uint32_t)                                                              \
    DEFINE_TO_INT(name, bits_type, format, i64, int64_t)                                                               \
    DEFINE_TO_INT(name, bits_type, format, u64, uint64_t)                                                              \
    DEFINE_FROM_INT(name, bits_type, format, i32, int32_t, from_signed, a)                                             \
    DEFINE_FROM_INT(name, bits_type, format, u32, uint32_t, from_int, false, a)                                        \
    DEFINE_FROM_INT(name, bits_type, format, i64, int64_t, from_signed, a)                                             \
    DEFINE_FROM_INT(name, bits_type, format, u64, uint64_t, from_int, false, a)

DEFINE_CONVERSIONS(f32, uint32_t, fp_single)
DEFINE_CONVERSIONS(f64, uint64_t, fp_double)
