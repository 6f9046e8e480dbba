/* SPDX-License-Identifier: MIT */
/* hostfp.h's names on hosts whose FPU is not used: the software, which needs neither entering
 * nor leaving. */
#ifndef MICROVM_CPU_FP_HOSTFP_PORTABLE_H
#define MICROVM_CPU_FP_HOSTFP_PORTABLE_H

#include "cpu/fp/softfp.h"

/* Whether the operations serve this dynamic rounding mode. */
static inline bool hostfp_serves(unsigned frm)
{
    return frm <= FP_RMM;
}

static inline void hostfp_enter(unsigned frm)
{
    (void)frm;
}

static inline uint32_t hostfp_take_flags(void)
{
    return 0;
}

static inline void hostfp_leave(void)
{
}

#define try_f32_add f32_add
#define try_f32_sub f32_sub
#define try_f32_mul f32_mul
#define try_f32_div f32_div
#define try_f32_sqrt f32_sqrt
#define try_f32_mul_add f32_mul_add
#define try_f32_min f32_min
#define try_f32_max f32_max
#define try_f32_eq f32_eq
#define try_f32_lt f32_lt
#define try_f32_le f32_le
#define try_f32_to_i32 f32_to_i32
#define try_f32_to_u32 f32_to_u32
#define try_f32_to_i64 f32_to_i64
#define try_f32_to_u64 f32_to_u64
#define try_f32_to_i32_rtz(a, rm, fflags) ((void)(rm), f32_to_i32(a, FP_RTZ, fflags))
#define try_f32_to_u32_rtz(a, rm, fflags) ((void)(rm), f32_to_u32(a, FP_RTZ, fflags))
#define try_f32_to_i64_rtz(a, rm, fflags) ((void)(rm), f32_to_i64(a, FP_RTZ, fflags))
#define try_f32_to_u64_rtz(a, rm, fflags) ((void)(rm), f32_to_u64(a, FP_RTZ, fflags))
#define try_i32_to_f32 i32_to_f32
#define try_u32_to_f32 u32_to_f32
#define try_i64_to_f32 i64_to_f32
#define try_u64_to_f32 u64_to_f32
#define try_f32_to_f64 f32_to_f64

#define try_f64_add f64_add
#define try_f64_sub f64_sub
#define try_f64_mul f64_mul
#define try_f64_div f64_div
#define try_f64_sqrt f64_sqrt
#define try_f64_mul_add f64_mul_add
#define try_f64_min f64_min
#define try_f64_max f64_max
#define try_f64_eq f64_eq
#define try_f64_lt f64_lt
#define try_f64_le f64_le
#define try_f64_to_i32 f64_to_i32
#define try_f64_to_u32 f64_to_u32
#define try_f64_to_i64 f64_to_i64
#define try_f64_to_u64 f64_to_u64
#define try_f64_to_i32_rtz(a, rm, fflags) ((void)(rm), f64_to_i32(a, FP_RTZ, fflags))
#define try_f64_to_u32_rtz(a, rm, fflags) ((void)(rm), f64_to_u32(a, FP_RTZ, fflags))
#define try_f64_to_i64_rtz(a, rm, fflags) ((void)(rm), f64_to_i64(a, FP_RTZ, fflags))
#define try_f64_to_u64_rtz(a, rm, fflags) ((void)(rm), f64_to_u64(a, FP_RTZ, fflags))
#define try_i32_to_f64 i32_to_f64
#define try_u32_to_f64 u32_to_f64
#define try_i64_to_f64 i64_to_f64
#define try_u64_to_f64 u64_to_f64
#define try_f64_to_f32 f64_to_f32

#endif
