/* SPDX-License-Identifier: MIT */
/* IEEE 754 arithmetic in software on the bits of single (f32) and double (f64) numbers, as the F
 * and D extensions define it: exact in all five rounding modes on every host, without a single
 * host FP instruction. Pure functions.
 *
 * `rm` is an enum fp_rm (any other value rounds towards zero; the caller refuses it beforehand).
 * Flags raised are ORed into *fflags. norm:canonical_NaN: a result that is NaN is the canonical
 * one. norm:ieee_std_tininess: tininess is detected after rounding. */
#ifndef MICROVM_CPU_FP_SOFTFP_H
#define MICROVM_CPU_FP_SOFTFP_H

#include <stdbool.h>
#include <stdint.h>

/* Rounding modes as frm and the rm field encode them: norm:dyn_round_enc. */
enum fp_rm { FP_RNE, FP_RTZ, FP_RDN, FP_RUP, FP_RMM };

/* The bits of fflags. */
enum fp_flag { FP_NX = 1, FP_UF = 2, FP_OF = 4, FP_DZ = 8, FP_NV = 16 };

/* Beside them, from hostfp.h's operations only: not done, the value means nothing. */
#define HOSTFP_REFUSED (UINT32_C(1) << 31)

/* The bits of fclass's result, lowest first: norm:fclass-s_op. */
enum fp_class {
    FP_CLASS_NEGATIVE_INFINITY = 1 << 0,
    FP_CLASS_NEGATIVE_NORMAL = 1 << 1,
    FP_CLASS_NEGATIVE_SUBNORMAL = 1 << 2,
    FP_CLASS_NEGATIVE_ZERO = 1 << 3,
    FP_CLASS_POSITIVE_ZERO = 1 << 4,
    FP_CLASS_POSITIVE_SUBNORMAL = 1 << 5,
    FP_CLASS_POSITIVE_NORMAL = 1 << 6,
    FP_CLASS_POSITIVE_INFINITY = 1 << 7,
    FP_CLASS_SIGNALING_NAN = 1 << 8,
    FP_CLASS_QUIET_NAN = 1 << 9,
};

/* norm:F_canonical_NaN, norm:D_canonical_NaN */
#define F32_CANONICAL_NAN UINT32_C(0x7fc00000)
#define F64_CANONICAL_NAN UINT64_C(0x7ff8000000000000)

/* norm:fp_nan-boxing: a single in a 64-bit register has all upper bits set... */
static inline uint64_t box32(uint32_t bits)
{
    return UINT64_C(0xffffffff) << 32 | bits;
}

/* ...and counts as the canonical NaN if it has not:
 * norm:FP_nontransfer_instrs_improper_nan-boxed_input. */
static inline uint32_t unbox32(uint64_t reg)
{
    return reg >> 32 == UINT32_MAX ? (uint32_t)reg : F32_CANONICAL_NAN;
}

uint32_t f32_add(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags);
uint32_t f32_sub(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags);
uint32_t f32_mul(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags);
uint32_t f32_div(uint32_t a, uint32_t b, unsigned rm, uint32_t *fflags);
uint32_t f32_sqrt(uint32_t a, unsigned rm, uint32_t *fflags);
uint64_t f64_add(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint64_t f64_sub(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint64_t f64_mul(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint64_t f64_div(uint64_t a, uint64_t b, unsigned rm, uint32_t *fflags);
uint64_t f64_sqrt(uint64_t a, unsigned rm, uint32_t *fflags);

/* a * b + c, rounded once. The other three forms negate a or c beforehand. norm:fma_nv_flag:
 * infinity times zero is invalid whatever c is. */
uint32_t f32_mul_add(uint32_t a, uint32_t b, uint32_t c, unsigned rm, uint32_t *fflags);
uint64_t f64_mul_add(uint64_t a, uint64_t b, uint64_t c, unsigned rm, uint32_t *fflags);

/* minimumNumber and maximumNumber of IEEE 754-2019: norm:fmin-s_fmax-s_op. */
uint32_t f32_min(uint32_t a, uint32_t b, uint32_t *fflags);
uint32_t f32_max(uint32_t a, uint32_t b, uint32_t *fflags);
uint64_t f64_min(uint64_t a, uint64_t b, uint32_t *fflags);
uint64_t f64_max(uint64_t a, uint64_t b, uint32_t *fflags);

/* False if an operand is NaN; eq is quiet (norm:feq-s_quiet), lt and le signal
 * (norm:flt-s_fle-s_signaling). */
bool f32_eq(uint32_t a, uint32_t b, uint32_t *fflags);
bool f32_lt(uint32_t a, uint32_t b, uint32_t *fflags);
bool f32_le(uint32_t a, uint32_t b, uint32_t *fflags);
bool f64_eq(uint64_t a, uint64_t b, uint32_t *fflags);
bool f64_lt(uint64_t a, uint64_t b, uint32_t *fflags);
bool f64_le(uint64_t a, uint64_t b, uint32_t *fflags);

/* One bit of enum fp_class. */
uint32_t f32_classify(uint32_t a);
uint32_t f64_classify(uint64_t a);

/* To integers: what does not fit is clipped and invalid, NaN counts as +infinity:
 * norm:fcvt_unrepresentable_nv. */
int32_t f32_to_i32(uint32_t a, unsigned rm, uint32_t *fflags);
uint32_t f32_to_u32(uint32_t a, unsigned rm, uint32_t *fflags);
int64_t f32_to_i64(uint32_t a, unsigned rm, uint32_t *fflags);
uint64_t f32_to_u64(uint32_t a, unsigned rm, uint32_t *fflags);
int32_t f64_to_i32(uint64_t a, unsigned rm, uint32_t *fflags);
uint32_t f64_to_u32(uint64_t a, unsigned rm, uint32_t *fflags);
int64_t f64_to_i64(uint64_t a, unsigned rm, uint32_t *fflags);
uint64_t f64_to_u64(uint64_t a, unsigned rm, uint32_t *fflags);

/* From integers. */
uint32_t i32_to_f32(int32_t a, unsigned rm, uint32_t *fflags);
uint32_t u32_to_f32(uint32_t a, unsigned rm, uint32_t *fflags);
uint32_t i64_to_f32(int64_t a, unsigned rm, uint32_t *fflags);
uint32_t u64_to_f32(uint64_t a, unsigned rm, uint32_t *fflags);
uint64_t i32_to_f64(int32_t a, unsigned rm, uint32_t *fflags);
uint64_t u32_to_f64(uint32_t a, unsigned rm, uint32_t *fflags);
uint64_t i64_to_f64(int64_t a, unsigned rm, uint32_t *fflags);
uint64_t u64_to_f64(uint64_t a, unsigned rm, uint32_t *fflags);

/* Between the widths; widening is exact. */
uint64_t f32_to_f64(uint32_t a, uint32_t *fflags);
uint32_t f64_to_f32(uint64_t a, unsigned rm, uint32_t *fflags);

#endif
