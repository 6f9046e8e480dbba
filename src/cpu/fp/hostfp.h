/* SPDX-License-Identifier: MIT */
/* FP operations while a guest runs, on the host's FPU where that is exact. They work between
 * hostfp_enter(frm) and hostfp_leave() with rm equal to that frm, and may leave their flags in the
 * host's FPU until hostfp_take_flags(). Meanwhile no C code may compute with floating point, or
 * its flags become the guest's.
 *
 * try_NAME has the parameters and the meaning of softfp.h's NAME, or else sets HOSTFP_REFUSED in
 * *flags: then its value is meaningless and NAME is to be called. So a hot function need contain
 * no call that makes it save registers. host_NAME does that at once. NAME_rtz is a conversion to
 * integer that truncates whatever the mode is.
 *
 * On x86-64 the SSE unit serves four rounding modes (hostfp_x86.h says which operations are exact
 * there and why); other hosts, and builds with MICROVM_FP_PORTABLE defined, have the software
 * alone. */
#ifndef MICROVM_CPU_FP_HOSTFP_H
#define MICROVM_CPU_FP_HOSTFP_H

#include "base/compiler.h"
#include "cpu/fp/softfp.h"

#if defined(__x86_64__) && !defined(MICROVM_FP_PORTABLE)
#include "cpu/fp/hostfp_x86.h"
#else
#include "cpu/fp/hostfp_portable.h"
#endif

/* host_NAME by try_NAME, and by the software's call where that refuses. */
#define HOSTFP_COMPLETE(type, name, attempt, software, ...)                                                            \
    ALWAYS_INLINE type host_##name(__VA_ARGS__, uint32_t *fflags)                                                      \
    {                                                                                                                  \
        uint32_t flags = 0;                                                                                            \
        type result = try_##name attempt;                                                                              \
        if (UNLIKELY(flags & HOSTFP_REFUSED))                                                                          \
            return software;                                                                                           \
        *fflags |= flags;                                                                                              \
        return result;                                                                                                 \
    }

#define HOSTFP_COMPLETE_ROUNDED(type, name)                                                                            \
    HOSTFP_COMPLETE(type, name, (a, b, rm, &flags), name(a, b, rm, fflags), type a, type b, unsigned rm)
#define HOSTFP_COMPLETE_PICK(type, name) HOSTFP_COMPLETE(type, name, (a, b, &flags), name(a, b, fflags), type a, type b)
#define HOSTFP_COMPLETE_RELATION(type, name)                                                                           \
    HOSTFP_COMPLETE(bool, name, (a, b, &flags), name(a, b, fflags), type a, type b)
#define HOSTFP_COMPLETE_CONVERSION(to, name, from)                                                                     \
    HOSTFP_COMPLETE(to, name, (a, rm, &flags), name(a, rm, fflags), from a, unsigned rm)
#define HOSTFP_COMPLETE_INTEGER(f, type, i, int_type)                                                                  \
    HOSTFP_COMPLETE_CONVERSION(int_type, f##_to_##i, type)                                                             \
    HOSTFP_COMPLETE(int_type, f##_to_##i##_rtz, (a, rm, &flags), f##_to_##i(a, FP_RTZ, fflags), type a, unsigned rm)   \
    HOSTFP_COMPLETE_CONVERSION(type, i##_to_##f, int_type)
#define HOSTFP_COMPLETE_FORMAT(f, type)                                                                                \
    HOSTFP_COMPLETE_ROUNDED(type, f##_add)                                                                             \
    HOSTFP_COMPLETE_ROUNDED(type, f##_sub)                                                                             \
    HOSTFP_COMPLETE_ROUNDED(type, f##_mul)                                                                             \
    HOSTFP_COMPLETE_ROUNDED(type, f##_div)                                                                             \
    HOSTFP_COMPLETE_CONVERSION(type, f##_sqrt, type)                                                                   \
    HOSTFP_COMPLETE(type, f##_mul_add, (a, b, c, rm, &flags), f##_mul_add(a, b, c, rm, fflags), type a, type b,        \
                    type c, unsigned rm)                                                                               \
    HOSTFP_COMPLETE_PICK(type, f##_min)                                                                                \
    HOSTFP_COMPLETE_PICK(type, f##_max)                                                                                \
    HOSTFP_COMPLETE_RELATION(type, f##_eq)                                                                             \
    HOSTFP_COMPLETE_RELATION(type, f##_lt)                                                                             \
    HOSTFP_COMPLETE_RELATION(type, f##_le)                                                                             \
    HOSTFP_COMPLETE_INTEGER(f, type, i32, int32_t)                                                                     \
    HOSTFP_COMPLETE_INTEGER(f, type, u32, uint32_t)                                                                    \
    HOSTFP_COMPLETE_INTEGER(f, type, i64, int64_t)                                                                     \
    HOSTFP_COMPLETE_INTEGER(f, type, u64, uint64_t)

HOSTFP_COMPLETE_FORMAT(f32, uint32_t)
HOSTFP_COMPLETE_FORMAT(f64, uint64_t)
HOSTFP_COMPLETE(uint64_t, f32_to_f64, (a, &flags), f32_to_f64(a, fflags), uint32_t a)
HOSTFP_COMPLETE_CONVERSION(uint32_t, f64_to_f32, uint64_t)

#endif
