/* SPDX-License-Identifier: MIT */
/* One floating-point instruction on chosen bits, with its result's bits and the flags it raised. */
#ifndef MICROVM_TESTS_GUEST_FP_H
#define MICROVM_TESTS_GUEST_FP_H

#include "lib/env.h"

#define NX 1
#define UF 2
#define OF 4
#define DZ 8
#define NV 16

/* A single in a register of 64 bits. */
#define BOX(single) (UINT64_C(0xffffffff00000000) | (single))

#define S_ONE 0x3f800000
#define S_NAN 0x7fc00000 /* the canonical one */
#define S_SNAN 0x7f800001
#define S_INF 0x7f800000
#define D_ONE UINT64_C(0x3ff0000000000000)
#define D_NAN UINT64_C(0x7ff8000000000000)
#define D_SNAN UINT64_C(0x7ff0000000000001)
#define D_INF UINT64_C(0x7ff0000000000000)
#define D_SIGN (UINT64_C(1) << 63)

struct fp_result {
    uint64_t bits;
    uint64_t flags;
};

/* The instruction reads ft1 (a), ft2 (b) and ft3 (c) and writes ft0. */
#define FP(instruction, a, b, c)                                                                                       \
    ({                                                                                                                 \
        struct fp_result fp_out;                                                                                       \
        __asm__ volatile("fmv.d.x ft1, %2\n fmv.d.x ft2, %3\n fmv.d.x ft3, %4\n"                                       \
                         "csrw fflags, zero\n" instruction "\n fmv.x.d %0, ft0\n csrr %1, fflags"                      \
                         : "=&r"(fp_out.bits), "=&r"(fp_out.flags)                                                     \
                         : "r"((uint64_t)(a)), "r"((uint64_t)(b)), "r"((uint64_t)(c))                                  \
                         : "ft0", "ft1", "ft2", "ft3");                                                                \
        fp_out;                                                                                                        \
    })

/* The instruction reads ft1 and ft2 and writes the integer register %0. */
#define FP_TO_X(instruction, a, b)                                                                                     \
    ({                                                                                                                 \
        struct fp_result fp_out;                                                                                       \
        __asm__ volatile("fmv.d.x ft1, %2\n fmv.d.x ft2, %3\n"                                                         \
                         "csrw fflags, zero\n" instruction "\n csrr %1, fflags"                                        \
                         : "=&r"(fp_out.bits), "=&r"(fp_out.flags)                                                     \
                         : "r"((uint64_t)(a)), "r"((uint64_t)(b))                                                      \
                         : "ft1", "ft2");                                                                              \
        fp_out;                                                                                                        \
    })

/* The instruction reads the integer register %2 and writes ft0. */
#define FP_FROM_X(instruction, x)                                                                                      \
    ({                                                                                                                 \
        struct fp_result fp_out;                                                                                       \
        __asm__ volatile("csrw fflags, zero\n" instruction "\n fmv.x.d %0, ft0\n csrr %1, fflags"                      \
                         : "=&r"(fp_out.bits), "=&r"(fp_out.flags)                                                     \
                         : "r"((uint64_t)(x))                                                                          \
                         : "ft0");                                                                                     \
        fp_out;                                                                                                        \
    })

static inline void expect_fp(unsigned number, struct fp_result got, uint64_t bits, uint64_t flags)
{
    expect(number, got.bits, bits);
    expect(number, got.flags, flags);
}

#endif
