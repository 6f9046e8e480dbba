/* SPDX-License-Identifier: MIT */
/* Which instruction raises which flag (norm:fcsr_fflags_op), that a flag stays, also under
 * instructions that raise none, until it is written, and that CSR instructions see and set flags in
 * program order. Tininess is detected after rounding (norm:ieee_std_tininess). */
#include "lib/fp.h"

#define MOST UINT64_C(0x7fefffffffffffff)
#define SMALLEST_NORMAL UINT64_C(0x0010000000000000)
#define GREATEST_SUBNORMAL UINT64_C(0x000fffffffffffff)
#define HALF UINT64_C(0x3fe0000000000000)

static void invalid(void)
{
    uint64_t payload = UINT64_C(0xfffc000000000123);
    expect_fp(1, FP("fdiv.d ft0, ft1, ft1", 0, 0, 0), D_NAN, NV);
    expect_fp(2, FP("fdiv.d ft0, ft1, ft1", D_INF, 0, 0), D_NAN, NV);
    expect_fp(3, FP("fsub.d ft0, ft1, ft1", D_INF, 0, 0), D_NAN, NV);
    expect_fp(4, FP("fmul.d ft0, ft1, ft2", 0, D_INF, 0), D_NAN, NV);
    expect_fp(5, FP("fsqrt.d ft0, ft1", D_ONE | D_SIGN, 0, 0), D_NAN, NV);
    expect_fp(6, FP("fsqrt.d ft0, ft1", D_SIGN, 0, 0), D_SIGN, 0);
    /* 0 times infinity is invalid even if the addend is a quiet NaN: norm:fma_nv_flag */
    expect_fp(7, FP("fmadd.d ft0, ft1, ft2, ft3", 0, D_INF, D_NAN), D_NAN, NV);
    expect_fp(8, FP("fnmsub.s ft0, ft1, ft2, ft3", BOX(0), BOX(S_INF), BOX(S_NAN)), BOX(S_NAN), NV);
    expect_fp(9, FP("fmadd.d ft0, ft1, ft2, ft3", D_ONE, D_INF, D_INF | D_SIGN), D_NAN, NV);
    expect_fp(10, FP("fadd.d ft0, ft1, ft2", payload, D_ONE, 0), D_NAN, 0);
    expect_fp(11, FP("fadd.d ft0, ft1, ft2", D_SNAN, D_ONE, 0), D_NAN, NV);
    expect_fp(12, FP("fcvt.s.d ft0, ft1", payload, 0, 0), BOX(S_NAN), 0);
    expect_fp(13, FP("fcvt.s.d ft0, ft1", D_SNAN, 0, 0), BOX(S_NAN), NV);
    expect_fp(14, FP("fcvt.d.s ft0, ft1", BOX(S_SNAN), 0, 0), D_NAN, NV);
    expect_fp(15, FP("fmadd.d ft0, ft1, ft2, ft3", D_ONE, D_ONE, D_SNAN), D_NAN, NV);
}

/* norm:feq-s_quiet, norm:flt-s_fle-s_signaling, norm:feq-s_flt-s_fle-s_NaN_input */
static void compares(void)
{
    expect_fp(20, FP_TO_X("feq.d %0, ft1, ft2", D_NAN, D_ONE), 0, 0);
    expect_fp(21, FP_TO_X("feq.d %0, ft2, ft1", D_SNAN, D_ONE), 0, NV);
    expect_fp(22, FP_TO_X("flt.d %0, ft1, ft2", D_NAN, D_ONE), 0, NV);
    expect_fp(23, FP_TO_X("fle.d %0, ft2, ft1", D_NAN, D_ONE), 0, NV);
    expect_fp(24, FP_TO_X("feq.d %0, ft1, ft2", 0, D_SIGN), 1, 0);
    expect_fp(25, FP_TO_X("flt.d %0, ft2, ft1", 0, D_SIGN), 0, 0);
    expect_fp(26, FP_TO_X("fle.s %0, ft1, ft2", BOX(0), BOX(0x80000000)), 1, 0);
    expect_fp(27, FP_TO_X("flt.s %0, ft1, ft2", BOX(0xff800000), BOX(0xff7fffff)), 1, 0);
}

static void no_flags(void)
{
    expect_fp(30, FP_TO_X("fclass.d %0, ft1", D_SNAN, 0), 1 << 8, 0);
    expect_fp(31, FP_TO_X("fclass.d %0, ft1", D_NAN | D_SIGN, 0), 1 << 9, 0);
    expect_fp(32, FP_TO_X("fclass.s %0, ft1", BOX(0xff800000), 0), 1 << 0, 0);
    expect_fp(33, FP_TO_X("fclass.s %0, ft1", BOX(0x80000001), 0), 1 << 2, 0);
    expect_fp(34, FP_TO_X("fclass.d %0, ft1", D_SIGN, 0), 1 << 3, 0);
    expect_fp(35, FP_TO_X("fclass.d %0, ft1", GREATEST_SUBNORMAL, 0), 1 << 5, 0);
    expect_fp(36, FP("fsgnjn.d ft0, ft1, ft1", D_SNAN, 0, 0), D_SNAN | D_SIGN, 0);
    expect_fp(37, FP("fsgnjx.s ft0, ft1, ft2", BOX(S_SNAN), BOX(0x80000000), 0), BOX(0xff800001), 0);
    expect_fp(38, FP_TO_X("fmv.x.d %0, ft1", D_SNAN, 0), D_SNAN, 0);
    expect_fp(39, FP("fmul.d ft0, ft1, ft2", SMALLEST_NORMAL, HALF, 0), SMALLEST_NORMAL / 2, 0);
    expect_fp(40, FP("fadd.d ft0, ft1, ft2", D_INF, D_ONE, 0), D_INF, 0);
    expect_fp(41, FP("fdiv.d ft0, ft1, ft2", D_INF, 0, 0), D_INF, 0);
}

static void zero_divide_overflow_underflow(void)
{
    expect_fp(50, FP("fdiv.d ft0, ft1, ft2", D_ONE, D_SIGN, 0), D_INF | D_SIGN, DZ);
    expect_fp(51, FP("fdiv.s ft0, ft1, ft2", BOX(S_ONE), BOX(0), 0), BOX(S_INF), DZ);
    expect_fp(52, FP("fmul.d ft0, ft1, ft1", MOST, 0, 0), D_INF, OF | NX);
    expect_fp(53, FP("fmul.d ft0, ft1, ft1", SMALLEST_NORMAL, 0, 0), 0, UF | NX);
    /* 2^-1022 (1 - 2^-53) is tiny even with 53 bits and no lower bound; it becomes 2^-1022 */
    expect_fp(54, FP("fmul.d ft0, ft1, ft2, rne", SMALLEST_NORMAL, UINT64_C(0x3fefffffffffffff), 0), SMALLEST_NORMAL,
              UF | NX);
    /* 2^-1022 (1 - 2^-104) rounds to 2^-1022 in 53 bits, too: not tiny, unless it is truncated */
    expect_fp(55, FP("fmul.d ft0, ft1, ft2, rne", GREATEST_SUBNORMAL, D_ONE + 1, 0), SMALLEST_NORMAL, NX);
    expect_fp(56, FP("fmul.d ft0, ft1, ft2, rtz", GREATEST_SUBNORMAL, D_ONE + 1, 0), GREATEST_SUBNORMAL, UF | NX);
    expect_fp(57, FP("fmul.d ft0, ft1, ft2, rmm", GREATEST_SUBNORMAL, D_ONE + 1, 0), SMALLEST_NORMAL, NX);
    expect_fp(58, FP("fmul.s ft0, ft1, ft2, rne", BOX(0x00800000), BOX(0x3f7fffff), 0), BOX(0x00800000), UF | NX);
    expect_fp(59, FP("fmul.s ft0, ft1, ft2, rne", BOX(0x007fffff), BOX(0x3f800001), 0), BOX(0x00800000), NX);
    expect_fp(60, FP("fmul.s ft0, ft1, ft2, rdn", BOX(0x007fffff), BOX(0x3f800001), 0), BOX(0x007fffff), UF | NX);
    /* the same by way of a narrowing and of a fused operation */
    expect_fp(61, FP("fcvt.s.d ft0, ft1", UINT64_C(0x380fffffffffffff), 0, 0), BOX(0x00800000), NX);
    expect_fp(62, FP("fcvt.s.d ft0, ft1", UINT64_C(0x380fffffe0000000), 0, 0), BOX(0x00800000), UF | NX);
    expect_fp(63, FP("fmadd.d ft0, ft1, ft2, ft3", GREATEST_SUBNORMAL, D_ONE + 1, 0), SMALLEST_NORMAL, NX);
}

/* The flags after each step, read in the same straight run of code. */
static void accrue(void)
{
    uint64_t after[6], fcsr;
    __asm__ volatile("fmv.d.x ft1, %[one]\n fmv.d.x ft2, x0\n fmv.d.x ft3, %[most]\n csrw fcsr, x0\n"
                     "fdiv.d ft0, ft1, ft2\n csrr %[a], fflags\n"
                     "fadd.d ft0, ft1, ft1\n csrr %[b], fflags\n"
                     "fmul.d ft0, ft3, ft3\n csrr %[c], fflags\n"
                     "csrci fflags, 8\n csrr %[d], fflags\n"
                     "fdiv.d ft0, ft2, ft2\n csrrwi %[e], fflags, 2\n"
                     "fadd.d ft0, ft1, ft1\n csrr %[f], fflags\n csrr %[fcsr], fcsr\n"
                     : [a] "=&r"(after[0]), [b] "=&r"(after[1]), [c] "=&r"(after[2]), [d] "=&r"(after[3]),
                       [e] "=&r"(after[4]), [f] "=&r"(after[5]), [fcsr] "=&r"(fcsr)
                     : [one] "r"(D_ONE), [most] "r"(MOST)
                     : "ft0", "ft1", "ft2", "ft3");
    expect(70, after[0], DZ);
    expect(71, after[1], DZ);
    expect(72, after[2], DZ | OF | NX);
    expect(73, after[3], OF | NX);
    expect(74, after[4], OF | NX | NV);
    expect(75, after[5], UF);
    expect(76, fcsr, UF);
}

/* fcsr is frm and fflags together, 8 bits of it: norm:fcsr_rsv. */
static void fcsr_parts(void)
{
    CSR_WRITE(fcsr, UINT64_MAX);
    expect(80, CSR_READ(fcsr), 0xff);
    CSR_WRITE(frm, 0xa);
    expect(81, CSR_READ(fcsr), 2 << 5 | 31);
    CSR_WRITE(fflags, 0xffe1);
    expect(82, CSR_READ(fcsr), 2 << 5 | 1);
    CSR_WRITE(fcsr, 4 << 5 | NV);
    expect(83, CSR_READ(frm), 4);
    expect(84, CSR_READ(fflags), NV);
    CSR_WRITE(fcsr, 0);
}

void test(void)
{
    for (unsigned warm = 0; warm < 3; warm++) {
        invalid();
        compares();
        no_flags();
        zero_divide_overflow_underflow();
        accrue();
        fcsr_parts();
    }
}
