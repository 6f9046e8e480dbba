/* SPDX-License-Identifier: MIT */
/* The integer operations that C has no operator for, as the instructions define them. */
#ifndef MICROVM_CPU_ALU_H
#define MICROVM_CPU_ALU_H

#include <stdint.h>

#include "base/compiler.h"

/* A 32-bit result sign-extended to 64 bits. */
#define SX32(value) ((uint64_t)(int64_t)(int32_t)(value))

ALWAYS_INLINE uint64_t mul_high_uu(uint64_t a, uint64_t b)
{
    return (uint64_t)((uint128)a * b >> 64);
}

ALWAYS_INLINE uint64_t mul_high_ss(uint64_t a, uint64_t b)
{
    return (uint64_t)((int128)(int64_t)a * (int64_t)b >> 64);
}

ALWAYS_INLINE uint64_t mul_high_su(uint64_t a, uint64_t b)
{
    return mul_high_uu(a, b) - ((int64_t)a < 0 ? b : 0);
}

/* norm:div_by_zero, norm:signed_div_overflow, norm:rem_by_zero */
#define DEFINE_DIVISION(bits)                                                                                          \
    ALWAYS_INLINE uint##bits##_t div_u##bits(uint##bits##_t a, uint##bits##_t b)                                       \
    {                                                                                                                  \
        return b == 0 ? UINT##bits##_MAX : a / b;                                                                      \
    }                                                                                                                  \
    ALWAYS_INLINE uint##bits##_t rem_u##bits(uint##bits##_t a, uint##bits##_t b)                                       \
    {                                                                                                                  \
        return b == 0 ? a : a % b;                                                                                     \
    }                                                                                                                  \
    ALWAYS_INLINE uint##bits##_t div_s##bits(uint##bits##_t a, uint##bits##_t b)                                       \
    {                                                                                                                  \
        if (b == 0)                                                                                                    \
            return UINT##bits##_MAX;                                                                                   \
        if (b == UINT##bits##_MAX)                                                                                     \
            return 0 - a;                                                                                              \
        return (uint##bits##_t)((int##bits##_t)a / (int##bits##_t)b);                                                  \
    }                                                                                                                  \
    ALWAYS_INLINE uint##bits##_t rem_s##bits(uint##bits##_t a, uint##bits##_t b)                                       \
    {                                                                                                                  \
        if (b == 0)                                                                                                    \
            return a;                                                                                                  \
        if (b == UINT##bits##_MAX)                                                                                     \
            return 0;                                                                                                  \
        return (uint##bits##_t)((int##bits##_t)a % (int##bits##_t)b);                                                  \
    }

DEFINE_DIVISION(32)
DEFINE_DIVISION(64)

ALWAYS_INLINE uint64_t rotate_left64(uint64_t a, uint64_t n)
{
    return a << n | a >> (-n & 63);
}

ALWAYS_INLINE uint64_t rotate_right64(uint64_t a, uint64_t n)
{
    return a >> n | a << (-n & 63);
}

ALWAYS_INLINE uint32_t rotate_left32(uint32_t a, uint64_t n)
{
    return a << n | a >> (-n & 31);
}

ALWAYS_INLINE uint32_t rotate_right32(uint32_t a, uint64_t n)
{
    return a >> n | a << (-n & 31);
}

/* Each byte becomes 0xff if any of its bits is set. */
static inline uint64_t or_combine_bytes(uint64_t a)
{
    a |= a >> 4 & 0x0f0f0f0f0f0f0f0fu;
    a |= a >> 2 & 0x3333333333333333u;
    a |= a >> 1 & 0x5555555555555555u;
    return (a & 0x0101010101010101u) * 0xff;
}

/* The product without carries, 127 bits wide: norm:clmul_op, norm:clmulh_op, norm:clmulr_op. */
static inline uint128 carryless_mul(uint64_t a, uint64_t b)
{
    uint128 product = 0;
    for (unsigned i = 0; i < 64; i++)
        if (b >> i & 1)
            product ^= (uint128)a << i;
    return product;
}

static inline uint64_t carryless_mul_low(uint64_t a, uint64_t b)
{
    return (uint64_t)carryless_mul(a, b);
}

static inline uint64_t carryless_mul_high(uint64_t a, uint64_t b)
{
    return (uint64_t)(carryless_mul(a, b) >> 64);
}

static inline uint64_t carryless_mul_reversed(uint64_t a, uint64_t b)
{
    return (uint64_t)(carryless_mul(a, b) >> 63);
}

#endif
