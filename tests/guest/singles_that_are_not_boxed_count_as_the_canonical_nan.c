/* SPDX-License-Identifier: MIT */
/* A register whose upper half is not all ones holds the canonical NaN as far as a single's
 * arithmetic goes (norm:FP_nontransfer_instrs_improper_nan-boxed_input); loads and moves box
 * (norm:FP_transfer_instrs_narrow_transfer_in), stores and moves out take the bits as they are
 * (norm:FP_transfer_instrs_narrow_transfer_out). */
#include "lib/fp.h"

#define Q_CLASS (1 << 9)

static uint64_t words[2];

static void arithmetic(uint64_t bad)
{
    uint64_t one = BOX(S_ONE), nan = BOX(S_NAN);
    expect_fp(1, FP("fadd.s ft0, ft1, ft2", bad, one, 0), nan, 0);
    expect_fp(2, FP("fsub.s ft0, ft2, ft1", bad, one, 0), nan, 0);
    expect_fp(3, FP("fmul.s ft0, ft1, ft2", bad, one, 0), nan, 0);
    expect_fp(4, FP("fdiv.s ft0, ft2, ft1", bad, one, 0), nan, 0);
    expect_fp(5, FP("fsqrt.s ft0, ft1", bad, 0, 0), nan, 0);
    expect_fp(6, FP("fmadd.s ft0, ft2, ft2, ft1", bad, one, 0), nan, 0);
    expect_fp(7, FP("fnmsub.s ft0, ft2, ft1, ft2", bad, one, 0), nan, 0);
    expect_fp(8, FP("fmin.s ft0, ft1, ft2", bad, one, 0), one, 0);
    expect_fp(9, FP("fmax.s ft0, ft2, ft1", bad, one, 0), one, 0);
    expect_fp(10, FP("fmin.s ft0, ft1, ft1", bad, one, 0), nan, 0);
    expect_fp(11, FP("fcvt.d.s ft0, ft1", bad, one, 0), D_NAN, 0);
}

static void signs_and_compares(uint64_t bad)
{
    uint64_t one = BOX(S_ONE), minus_one = BOX(0xbf800000);
    expect_fp(20, FP("fsgnj.s ft0, ft1, ft2", bad, minus_one, 0), BOX(0xffc00000), 0);
    expect_fp(21, FP("fsgnj.s ft0, ft2, ft1", bad, minus_one, 0), one, 0);
    expect_fp(22, FP("fsgnjn.s ft0, ft1, ft1", bad, 0, 0), BOX(0xffc00000), 0);
    expect_fp(23, FP("fsgnjx.s ft0, ft1, ft1", bad, 0, 0), BOX(S_NAN), 0);
    expect_fp(24, FP_TO_X("feq.s %0, ft1, ft1", bad, 0), 0, 0);
    expect_fp(25, FP_TO_X("flt.s %0, ft1, ft2", bad, one), 0, NV);
    expect_fp(26, FP_TO_X("fle.s %0, ft2, ft1", bad, one), 0, NV);
    expect_fp(27, FP_TO_X("fclass.s %0, ft1", bad, 0), Q_CLASS, 0);
    expect_fp(28, FP_TO_X("fcvt.w.s %0, ft1", bad, 0), 0x7fffffff, NV);
    expect_fp(29, FP_TO_X("fcvt.lu.s %0, ft1", bad, 0), UINT64_MAX, NV);
}

static void transfers(uint64_t raw)
{
    uint64_t low = (uint64_t)(int64_t)(int32_t)raw;
    words[0] = raw;
    words[1] = 0;
    expect_fp(40, FP_FROM_X("flw ft0, (%2)", words), BOX(raw & UINT32_MAX), 0);
    expect_fp(41, FP_FROM_X("fld ft0, (%2)", words), raw, 0);
    expect_fp(42, FP_FROM_X("fmv.w.x ft0, %2", raw), BOX(raw & UINT32_MAX), 0);
    expect_fp(43, FP_FROM_X("fmv.d.x ft0, %2", raw), raw, 0);
    expect_fp(44, FP_TO_X("fmv.x.w %0, ft1", raw, 0), low, 0);
    expect_fp(45, FP_TO_X("fmv.x.d %0, ft1", raw, 0), raw, 0);
    __asm__ volatile("fmv.d.x ft1, %0\n fsw ft1, 8(%1)\n" ::"r"(raw), "r"(words) : "ft1", "memory");
    expect(46, words[1], raw & UINT32_MAX);
    __asm__ volatile("fmv.d.x ft1, %0\n fsd ft1, 8(%1)\n" ::"r"(raw), "r"(words) : "ft1", "memory");
    expect(47, words[1], raw);
    expect_fp(48, FP("fsgnj.d ft0, ft1, ft1", raw, 0, 0), raw, 0);
}

void test(void)
{
    static const uint64_t bad[] = {0x40000000, 0xfffffffe3f800000, 0x7fffffff00000000, 0x3ff0000000000000,
                                   0xffffffffull << 31};
    static const uint64_t raw[] = {0, 0x7f800001, 0xffffffff7f800001, 0x0123456789abcdef};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        arithmetic(bad[i]);
        signs_and_compares(bad[i]);
    }
    for (unsigned i = 0; i < sizeof raw / sizeof raw[0]; i++)
        transfers(raw[i]);
}
