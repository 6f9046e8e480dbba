/* SPDX-License-Identifier: MIT */
/* Addition, multiplication, their fusion, division and square root. */
#include "cpu/fp/softfp.h"

#include "cpu/fp/softfp_num.h"

/* sig * 2^(exp - 126), sig below 2^127; zero has sig 0. Wide enough for an exact product. */
struct wide {
    uint128 sig;
    int exp;
    bool sign;
};

static struct wide widen(const struct fp_num *a)
{
    return (struct wide){(uint128)a->sig << 63, a->exp, a->sign};
}

/* Both significands have zeros below, so that halving the product loses nothing. */
static struct wide product(const struct fp_num *a, const struct fp_num *b)
{
    return (struct wide){(uint128)a->sig * b->sig >> 1, a->exp + b->exp + 1, a->sign ^ b->sign};
}

static unsigned count_leading_zeros128(uint128 a)
{
    uint64_t high = (uint64_t)(a >> 64);
    return high != 0 ? count_leading_zeros64(high) : 64 + count_leading_zeros64((uint64_t)a);
}

static uint64_t pack_wide(const struct fp_format *f, const struct wide *a, unsigned rm, uint32_t *fflags)
{
    if (a->sig == 0)
        return fp_zero(f, a->sign);
    unsigned shift = count_leading_zeros128(a->sig);
    uint64_t sig = (uint64_t)shift_right_jam128(a->sig << shift, 64);
    return fp_pack(f, a->sign, a->exp + 1 - (int)shift, sig, rm, fflags);
}

/* big + small, with big's exponent not below small's unless one of them is zero. Bits are lost
 * to the sticky one only where at most one leading bit can cancel. */
static struct wide sum(struct wide big, struct wide small, unsigned rm)
{
    uint128 addend = shift_right_jam128(small.sig, (unsigned)(big.exp - small.exp));
    if (big.sign == small.sign)
        return (struct wide){big.sig + addend, big.exp, big.sign};
    if (big.sig == addend)
        return (struct wide){0, 0, rm == FP_RDN};
    if (big.sig > addend)
        return (struct wide){big.sig - addend, big.exp, big.sign};
    return (struct wide){addend - big.sig, big.exp, small.sign};
}

/* Finite or zero operands. */
static uint64_t add_wide(const struct fp_format *f, struct wide a, struct wide b, unsigned rm, uint32_t *fflags)
{
    bool swap = a.sig == 0 || (b.sig != 0 && a.exp < b.exp);
    struct wide total = swap ? sum(b, a, rm) : sum(a, b, rm);
    return pack_wide(f, &total, rm, fflags);
}

static uint64_t add(const struct fp_format *f, uint64_t x, uint64_t y, unsigned rm, uint32_t *fflags)
{
    struct fp_num a = fp_unpack(f, x);
    struct fp_num b = fp_unpack(f, y);
    if (fp_is_nan(&a) || fp_is_nan(&b))
        return fp_nan(f, &a, &b, fflags);
    if (a.kind == FP_KIND_INFINITE && b.kind == FP_KIND_INFINITE && a.sign != b.sign)
        return fp_invalid(f, fflags);
    if (a.kind == FP_KIND_INFINITE || b.kind == FP_KIND_INFINITE)
        return fp_infinity(f, a.kind == FP_KIND_INFINITE ? a.sign : b.sign);
    return add_wide(f, widen(&a), widen(&b), rm, fflags);
}

/* Whether the product of two numbers that are not NaN is invalid. */
static bool zero_times_infinity(const struct fp_num *a, const struct fp_num *b)
{
    return (a->kind == FP_KIND_ZERO && b->kind == FP_KIND_INFINITE) ||
           (a->kind == FP_KIND_INFINITE && b->kind == FP_KIND_ZERO);
}

static uint64_t mul(const struct fp_format *f, uint64_t x, uint64_t y, unsigned rm, uint32_t *fflags)
{
    struct fp_num a = fp_unpack(f, x);
    struct fp_num b = fp_unpack(f, y);
    if (fp_is_nan(&a) || fp_is_nan(&b))
        return fp_nan(f, &a, &b, fflags);
    if (zero_times_infinity(&a, &b))
        return fp_invalid(f, fflags);
    if (a.kind == FP_KIND_INFINITE || b.kind == FP_KIND_INFINITE)
        return fp_infinity(f, a.sign ^ b.sign);
    struct wide result = product(&a, &b);
    return pack_wide(f, &result, rm, fflags);
}

/* norm:fma_nv_flag: the invalid product counts before c's being a NaN. */
static uint64_t mul_add(const struct fp_format *f, const uint64_t operands[3], unsigned rm, uint32_t *fflags)
{
    struct fp_num a = fp_unpack(f, operands[0]);
    struct fp_num b = fp_unpack(f, operands[1]);
    struct fp_num c = fp_unpack(f, operands[2]);
    bool sign = a.sign ^ b.sign;
    bool infinite = a.kind == FP_KIND_INFINITE || b.kind == FP_KIND_INFINITE;
    if (zero_times_infinity(&a, &b))
        return fp_invalid(f, fflags);
    if (fp_is_nan(&a) || fp_is_nan(&b) || fp_is_nan(&c)) {
        fp_nan(f, &a, &b, fflags);
        return fp_nan(f, &c, &c, fflags);
    }
    if (infinite && c.kind == FP_KIND_INFINITE && sign != c.sign)
        return fp_invalid(f, fflags);
    if (infinite || c.kind == FP_KIND_INFINITE)
        return fp_infinity(f, infinite ? sign : c.sign);
    return add_wide(f, product(&a, &b), widen(&c), rm, fflags);
}

static uint64_t divide(const struct fp_format *f, uint64_t x, uint64_t y, unsigned rm, uint32_t *fflags)
{
    struct fp_num a = fp_unpack(f, x);
    struct fp_num b = fp_unpack(f, y);
    bool sign = a.sign ^ b.sign;
    if (fp_is_nan(&a) || fp_is_nan(&b))
        return fp_nan(f, &a, &b, fflags);
    if (a.kind == b.kind && a.kind != FP_KIND_FINITE)
        return fp_invalid(f, fflags);
    if (a.kind == FP_KIND_ZERO || b.kind == FP_KIND_INFINITE)
        return fp_zero(f, sign);
    if (b.kind == FP_KIND_ZERO && a.kind == FP_KIND_FINITE)
        *fflags |= FP_DZ;
    if (a.kind == FP_KIND_INFINITE || b.kind == FP_KIND_ZERO)
        return fp_infinity(f, sign);
    bool less = a.sig < b.sig;
    uint128 dividend = (uint128)a.sig << (less ? 64 : 63);
    uint64_t quotient = (uint64_t)(dividend / b.sig);
    bool sticky = (uint64_t)dividend != quotient * b.sig;
    return fp_pack(f, sign, a.exp - b.exp - less, quotient | sticky, rm, fflags);
}

/* The floor of the square root of a number in [2^14, 2^16). */
static uint128 root16(uint128 square)
{
    uint32_t target = (uint32_t)square;
    uint32_t result = 0;
    for (uint32_t bit = 128; bit != 0; bit >>= 1)
        if ((result | bit) * (result | bit) <= target)
            result |= bit;
    return result;
}

/* The square root of a number in [2^126, 2^128), with its lowest bit made sticky. Each turn
 * doubles the digits: with s^2 + rest the number's leading part, the next digits are rest / 2s,
 * at most one too many. */
static uint64_t root128(uint128 square)
{
    uint128 s = root16(square >> 112);
    uint128 rest = (square >> 112) - s * s;
    for (unsigned half = 8; half <= 32; half *= 2) {
        uint128 mask = ((uint128)1 << half) - 1;
        uint128 dividend = rest << half | (square >> (128 - 3 * half) & mask);
        uint128 low = square >> (128 - 4 * half) & mask;
        uint128 digits = dividend / (2 * s);
        uint128 left = (dividend % (2 * s)) << half | low;
        bool excess = left < digits * digits;
        s = (s << half) + digits;
        rest = left - digits * digits + (excess ? 2 * s - 1 : 0);
        s -= excess;
    }
    return (uint64_t)s | (rest != 0);
}

static uint64_t square_root(const struct fp_format *f, uint64_t x, unsigned rm, uint32_t *fflags)
{
    struct fp_num a = fp_unpack(f, x);
    if (fp_is_nan(&a))
        return fp_nan(f, &a, &a, fflags);
    if (a.kind == FP_KIND_ZERO)
        return x;
    if (a.sign)
        return fp_invalid(f, fflags);
    if (a.kind == FP_KIND_INFINITE)
        return x;
    unsigned odd = a.exp & 1;
    uint64_t sig = root128((uint128)a.sig << (63 + odd));
    return fp_pack(f, false, (a.exp - (int)odd) / 2, sig, rm, fflags);
}

#define DEFINE_ARITHMETIC(name, bits_type, format)                                                                     \
    bits_type name##_add(bits_type a, bits_type b, unsigned rm, uint32_t *fflags)                                      \
    {                                                                                                                  \
        return (bits_type)add(&format, a, b, rm, fflags);                                                              \
    }                                                                                                                  \
    bits_type name##_sub(bits_type a, bits_type b, unsigned rm, uint32_t *fflags)                                      \
    {                                                                                                                  \
        return (bits_type)add(&format, a, b ^ format.sign, rm, fflags);                                                \
    }                                                                                                                  \
    bits_type name##_mul(bits_type a, bits_type b, unsigned rm, uint32_t *fflags)                                      \
    {                                                                                                                  \
        return (bits_type)mul(&format, a, b, rm, fflags);                                                              \
    }                                                                                                                  \
    bits_type name##_div(bits_type a, bits_type b, unsigned rm, uint32_t *fflags)                                      \
    {                                                                                                                  \
        return (bits_type)divide(&format, a, b, rm, fflags);                                                           \
    }                                                                                                                  \
    bits_type name##_sqrt(bits_type a, unsigned rm, uint32_t *fflags)                                                  \
    {                                                                                                                  \
        return (bits_type)square_root(&format, a, rm, fflags);                                                         \
    }                                                                                                                  \
    bits_type name##_mul_add(bits_type a, bits_type b, bits_type c, unsigned rm, uint32_t *fflags)                     \
    {                                                                                                                  \
        return (bits_type)mul_add(&format, (uint64_t[]){a, b, c}, rm, fflags);                                         \
    }

DEFINE_ARITHMETIC(f32, uint32_t, fp_single)
DEFINE_ARITHMETIC(f64, uint64_t, fp_double)
