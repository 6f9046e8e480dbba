/* SPDX-License-Identifier: MIT */
/* hostfp.h's try_ names on x86-64: while a guest runs, MXCSR holds its rounding mode and gathers
 * its flags.
 *
 * Exact on the host, value and flags, in RNE, RTZ, RDN and RUP, because SSE2 and FMA3 follow
 * IEEE 754, with the exceptions masked detect tininess after rounding (norm:ieee_std_tininess),
 * and DAZ and FTZ are off:
 * - add sub mul div sqrt mul_add and the conversions between widths, unless the result is NaN:
 *   x86 propagates payloads where norm:canonical_NaN wants none, and need not signal
 *   infinity * 0 + quiet NaN (norm:fma_nv_flag);
 * - eq (ucomis signals for signalling NaNs only), lt and le (comis for any NaN): always;
 * - conversions from integers, except u64 from 2^63 on; to i32 and i64, except where x86 answers
 *   its "indefinite", the least integer; to u32 and u64 only for operands in [0, 2^32 - 1] and
 *   [0, 2^63), lest the wider signed conversion raise NX for a result that is out of range.
 * All else is refused, having raised no flag that the software would not. min and max differ
 * (NaNs, zeros) and are integer work.
 *
 * Each operation is a volatile asm: the compiler neither folds it nor moves it across another
 * one, so neither across hostfp_enter, hostfp_take_flags and hostfp_leave, nor can it contract
 * two into one. */
#ifndef MICROVM_CPU_FP_HOSTFP_X86_H
#define MICROVM_CPU_FP_HOSTFP_X86_H

#include <string.h>

#include "base/compiler.h"
#include "cpu/fp/softfp.h"

/* MXCSR: no sticky flag, all exceptions masked, round to nearest; the ABI's default. */
#define MXCSR_DEFAULT UINT32_C(0x1f80)
#define MXCSR_RM_SHIFT 13
#define MXCSR_FLAGS UINT32_C(0x3f)
/* Sticky bits: invalid, denormal operand, divide by zero, overflow, underflow, precision. */
#define MXCSR_IE (1u << 0)
#define MXCSR_ZE (1u << 2)
#define MXCSR_OE (1u << 3)
#define MXCSR_UE (1u << 4)
#define MXCSR_PE (1u << 5)

#define HOST_HAS_FMA __builtin_cpu_supports("fma")

ALWAYS_INLINE void mxcsr_write(uint32_t value)
{
    __asm__ volatile("ldmxcsr %0" : : "m"(value) : "memory");
}

ALWAYS_INLINE uint32_t mxcsr_read(void)
{
    uint32_t value;
    __asm__ volatile("stmxcsr %0" : "=m"(value) : : "memory");
    return value;
}

/* Whether the operations serve this dynamic rounding mode. */
static inline bool hostfp_serves(unsigned frm)
{
    return frm <= FP_RUP;
}

/* Begins guest FP with no flag raised. With an frm that is not served no host_ operation may
 * follow. */
static inline void hostfp_enter(unsigned frm)
{
    static const uint8_t modes[8] = {[FP_RNE] = 0, [FP_RTZ] = 3, [FP_RDN] = 1, [FP_RUP] = 2};
    mxcsr_write(MXCSR_DEFAULT | (uint32_t)modes[frm & 7] << MXCSR_RM_SHIFT);
}

/* The flags raised on the host since hostfp_enter or the last call, as fflags has them. */
static inline uint32_t hostfp_take_flags(void)
{
    uint32_t mxcsr = mxcsr_read();
    if ((mxcsr & MXCSR_FLAGS) == 0)
        return 0;
    mxcsr_write(mxcsr & ~MXCSR_FLAGS);
    return (mxcsr & MXCSR_PE ? FP_NX : 0u) | (mxcsr & MXCSR_UE ? FP_UF : 0u) | (mxcsr & MXCSR_OE ? FP_OF : 0u) |
           (mxcsr & MXCSR_ZE ? FP_DZ : 0u) | (mxcsr & MXCSR_IE ? FP_NV : 0u);
}

/* Gives the FPU back to C code. */
static inline void hostfp_leave(void)
{
    mxcsr_write(MXCSR_DEFAULT);
}

/* A result is never a signalling NaN, so its comparison with itself raises nothing. */
#define HOSTFP_REAL(f, bits_type, real)                                                                                \
    ALWAYS_INLINE real f##_real(bits_type bits)                                                                        \
    {                                                                                                                  \
        real value;                                                                                                    \
        memcpy(&value, &bits, sizeof value);                                                                           \
        return value;                                                                                                  \
    }                                                                                                                  \
    ALWAYS_INLINE bits_type f##_bits(real value)                                                                       \
    {                                                                                                                  \
        bits_type bits;                                                                                                \
        memcpy(&bits, &value, sizeof bits);                                                                            \
        return bits;                                                                                                   \
    }                                                                                                                  \
    ALWAYS_INLINE bits_type f##_unless_nan(real result, uint32_t *flags)                                               \
    {                                                                                                                  \
        if (UNLIKELY(result != result))                                                                                \
            *flags |= HOSTFP_REFUSED;                                                                                  \
        return f##_bits(result);                                                                                       \
    }

#define HOSTFP_BINARY(f, bits_type, real, name, insn)                                                                  \
    ALWAYS_INLINE bits_type try_##f##_##name(bits_type a, bits_type b, unsigned rm, uint32_t *flags)                   \
    {                                                                                                                  \
        real result = f##_real(a);                                                                                     \
        (void)rm;                                                                                                      \
        __asm__ volatile(insn " %1, %0" : "+x"(result) : "x"(f##_real(b)));                                            \
        return f##_unless_nan(result, flags);                                                                          \
    }

#define HOSTFP_SQRT(f, bits_type, real, suffix)                                                                        \
    ALWAYS_INLINE bits_type try_##f##_sqrt(bits_type a, unsigned rm, uint32_t *flags)                                  \
    {                                                                                                                  \
        real result = f##_real(a);                                                                                     \
        (void)rm;                                                                                                      \
        __asm__ volatile("sqrts" suffix " %0, %0" : "+x"(result));                                                     \
        return f##_unless_nan(result, flags);                                                                          \
    }

#define HOSTFP_MUL_ADD(f, bits_type, real, suffix)                                                                     \
    ALWAYS_INLINE bits_type try_##f##_mul_add(bits_type a, bits_type b, bits_type c, unsigned rm, uint32_t *flags)     \
    {                                                                                                                  \
        real result = f##_real(a);                                                                                     \
        (void)rm;                                                                                                      \
        if (UNLIKELY(!HOST_HAS_FMA)) {                                                                                 \
            *flags |= HOSTFP_REFUSED;                                                                                  \
            return 0;                                                                                                  \
        }                                                                                                              \
        __asm__ volatile("vfmadd213s" suffix " %2, %1, %0" : "+x"(result) : "x"(f##_real(b)), "x"(f##_real(c)));       \
        return f##_unless_nan(result, flags);                                                                          \
    }

/* Numbers that are not NaN, zeros' signs included, are in order as sign-magnitude integers. */
#define HOSTFP_PICK(f, bits_type, name, relation)                                                                      \
    ALWAYS_INLINE bits_type try_##f##_##name(bits_type a, bits_type b, uint32_t *flags)                                \
    {                                                                                                                  \
        if (UNLIKELY(f##_is_nan(a) || f##_is_nan(b)))                                                                  \
            *flags |= HOSTFP_REFUSED;                                                                                  \
        return f##_order(a) relation f##_order(b) ? a : b;                                                             \
    }

#define HOSTFP_MIN_MAX(f, bits_type, signed_type, infinity)                                                            \
    ALWAYS_INLINE bool f##_is_nan(bits_type a)                                                                         \
    {                                                                                                                  \
        return (bits_type)(a << 1) > (bits_type)(infinity << 1);                                                       \
    }                                                                                                                  \
    ALWAYS_INLINE signed_type f##_order(bits_type a)                                                                   \
    {                                                                                                                  \
        bits_type sign = a >> (sizeof a * 8 - 1);                                                                      \
        return (signed_type)(a ^ (bits_type)(0 - sign) >> 1);                                                          \
    }                                                                                                                  \
    HOSTFP_PICK(f, bits_type, min, <)                                                                                  \
    HOSTFP_PICK(f, bits_type, max, >)

/* a < b is "b above a", which is false for unordered operands, as "b above or equal a" is. */
#define HOSTFP_LESS(f, bits_type, name, condition, insn)                                                               \
    ALWAYS_INLINE bool try_##f##_##name(bits_type a, bits_type b, uint32_t *flags)                                     \
    {                                                                                                                  \
        bool holds;                                                                                                    \
        (void)flags;                                                                                                   \
        __asm__ volatile(insn " %1, %2" : "=@cc" condition(holds) : "x"(f##_real(a)), "x"(f##_real(b)));               \
        return holds;                                                                                                  \
    }

#define HOSTFP_COMPARE(f, bits_type, suffix)                                                                           \
    ALWAYS_INLINE bool try_##f##_eq(bits_type a, bits_type b, uint32_t *flags)                                         \
    {                                                                                                                  \
        bool zero, unordered;                                                                                          \
        (void)flags;                                                                                                   \
        __asm__ volatile("ucomis" suffix " %3, %2"                                                                     \
                         : "=@ccz"(zero), "=@ccp"(unordered)                                                           \
                         : "x"(f##_real(a)), "x"(f##_real(b)));                                                        \
        return zero & !unordered;                                                                                      \
    }                                                                                                                  \
    HOSTFP_LESS(f, bits_type, lt, "a", "comis" suffix)                                                                 \
    HOSTFP_LESS(f, bits_type, le, "ae", "comis" suffix)

/* To i32 and i64: the least integer is right, or else stands for an operand that is out of range
 * or NaN. */
#define HOSTFP_TO_SIGNED(f, bits_type, name, int_type, least, insn)                                                    \
    ALWAYS_INLINE int_type try_##f##_to_##name(bits_type a, unsigned rm, uint32_t *flags)                              \
    {                                                                                                                  \
        int_type result;                                                                                               \
        (void)rm;                                                                                                      \
        __asm__ volatile(insn " %1, %0" : "=r"(result) : "x"(f##_real(a)));                                            \
        if (UNLIKELY(result == least))                                                                                 \
            *flags |= HOSTFP_REFUSED;                                                                                  \
        return result;                                                                                                 \
    }

/* To u32 and u64 by the conversion to i64, for operands from +0 to `most` (their bits are in
 * order). */
#define HOSTFP_TO_UNSIGNED(f, bits_type, name, int_type, most, insn)                                                   \
    ALWAYS_INLINE int_type try_##f##_to_##name(bits_type a, unsigned rm, uint32_t *flags)                              \
    {                                                                                                                  \
        int64_t result;                                                                                                \
        (void)rm;                                                                                                      \
        if (UNLIKELY(a > most)) {                                                                                      \
            *flags |= HOSTFP_REFUSED;                                                                                  \
            return 0;                                                                                                  \
        }                                                                                                              \
        __asm__ volatile(insn " %1, %0" : "=r"(result) : "x"(f##_real(a)));                                            \
        return (int_type)result;                                                                                       \
    }

#define HOSTFP_TO_INTEGERS(f, bits_type, most_u32, most_u64, tail, insn)                                               \
    HOSTFP_TO_SIGNED(f, bits_type, i32##tail, int32_t, INT32_MIN, insn)                                                \
    HOSTFP_TO_SIGNED(f, bits_type, i64##tail, int64_t, INT64_MIN, insn)                                                \
    HOSTFP_TO_UNSIGNED(f, bits_type, u32##tail, uint32_t, most_u32, insn)                                              \
    HOSTFP_TO_UNSIGNED(f, bits_type, u64##tail, uint64_t, most_u64, insn)

/* The instruction leaves part of its target as it was: a zeroed one spares the wait for its last
 * writer. */
#define HOSTFP_FROM(f, bits_type, real, name, int_type, wide_type, insn)                                               \
    ALWAYS_INLINE bits_type try_##name##_to_##f(int_type a, unsigned rm, uint32_t *flags)                              \
    {                                                                                                                  \
        real result = 0;                                                                                               \
        (void)rm;                                                                                                      \
        (void)flags;                                                                                                   \
        __asm__ volatile(insn " %1, %0" : "+x"(result) : "r"((wide_type)a));                                           \
        return f##_bits(result);                                                                                       \
    }

#define HOSTFP_FROM_INTEGERS(f, bits_type, real, suffix)                                                               \
    HOSTFP_FROM(f, bits_type, real, i32, int32_t, int32_t, "cvtsi2s" suffix "l")                                       \
    HOSTFP_FROM(f, bits_type, real, u32, uint32_t, int64_t, "cvtsi2s" suffix "q")                                      \
    HOSTFP_FROM(f, bits_type, real, i64, int64_t, int64_t, "cvtsi2s" suffix "q")                                       \
    ALWAYS_INLINE bits_type try_u64_to_##f(uint64_t a, unsigned rm, uint32_t *flags)                                   \
    {                                                                                                                  \
        if (UNLIKELY(a > INT64_MAX)) {                                                                                 \
            *flags |= HOSTFP_REFUSED;                                                                                  \
            return 0;                                                                                                  \
        }                                                                                                              \
        return try_i64_to_##f((int64_t)a, rm, flags);                                                                  \
    }

#define HOSTFP_FORMAT(f, bits_type, signed_type, real, suffix, infinity, most_u32, most_u64)                           \
    HOSTFP_REAL(f, bits_type, real)                                                                                    \
    HOSTFP_BINARY(f, bits_type, real, add, "adds" suffix)                                                              \
    HOSTFP_BINARY(f, bits_type, real, sub, "subs" suffix)                                                              \
    HOSTFP_BINARY(f, bits_type, real, mul, "muls" suffix)                                                              \
    HOSTFP_BINARY(f, bits_type, real, div, "divs" suffix)                                                              \
    HOSTFP_SQRT(f, bits_type, real, suffix)                                                                            \
    HOSTFP_MUL_ADD(f, bits_type, real, suffix)                                                                         \
    HOSTFP_MIN_MAX(f, bits_type, signed_type, infinity)                                                                \
    HOSTFP_COMPARE(f, bits_type, suffix)                                                                               \
    HOSTFP_TO_INTEGERS(f, bits_type, most_u32, most_u64, , "cvts" suffix "2si")                                        \
    HOSTFP_TO_INTEGERS(f, bits_type, most_u32, most_u64, _rtz, "cvtts" suffix "2si")                                   \
    HOSTFP_FROM_INTEGERS(f, bits_type, real, suffix)

/* The last two: the greatest numbers up to 2^32 - 1 and below 2^63. */
HOSTFP_FORMAT(f32, uint32_t, int32_t, float, "s", UINT32_C(0x7f800000), UINT32_C(0x4f7fffff), UINT32_C(0x5effffff))
HOSTFP_FORMAT(f64, uint64_t, int64_t, double, "d", UINT64_C(0x7ff0000000000000), UINT64_C(0x41efffffffe00000),
              UINT64_C(0x43dfffffffffffff))

ALWAYS_INLINE uint64_t try_f32_to_f64(uint32_t a, uint32_t *flags)
{
    double result = 0;
    __asm__ volatile("cvtss2sd %1, %0" : "+x"(result) : "x"(f32_real(a)));
    return f64_unless_nan(result, flags);
}

ALWAYS_INLINE uint32_t try_f64_to_f32(uint64_t a, unsigned rm, uint32_t *flags)
{
    float result = 0;
    (void)rm;
    __asm__ volatile("cvtsd2ss %1, %0" : "+x"(result) : "x"(f64_real(a)));
    return f32_unless_nan(result, flags);
}

#endif
