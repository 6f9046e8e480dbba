/* SPDX-License-Identifier: MIT */
/* Conversions from integers round by the mode (norm:fcvt_round) and raise NX where they do; 32-bit
 * ones look at the low half of the register alone, and fit a double exactly
 * (norm:fcvt_float_rounding). 0 gives +0 in every mode. */
#include "lib/fp.h"

#define CHECK(number, instruction, mode, from, want, flags)                                                            \
    expect_fp(number, FP_FROM_X(instruction " ft0, %2, " mode, from), want, flags)

#define EXACT(number, instruction, from, want)                                                                         \
    do {                                                                                                               \
        CHECK(number, instruction, "rne", from, want, 0);                                                              \
        CHECK(number, instruction, "rdn", from, want, 0);                                                              \
        CHECK(number, instruction, "rmm", from, want, 0);                                                              \
        CHECK(number, instruction, "dyn", from, want, 0);                                                              \
    } while (0)

#define FIVE(number, instruction, from, rne, rtz, rdn, rup, rmm)                                                       \
    do {                                                                                                               \
        CHECK(number, instruction, "rne", from, rne, NX);                                                              \
        CHECK(number, instruction, "rtz", from, rtz, NX);                                                              \
        CHECK(number, instruction, "rdn", from, rdn, NX);                                                              \
        CHECK(number, instruction, "rup", from, rup, NX);                                                              \
        CHECK(number, instruction, "rmm", from, rmm, NX);                                                              \
    } while (0)

#define GARBAGE UINT64_C(0xdeadbeef00000000)
#define S_2_24 BOX(0x4b800000) /* 2^24; from there on singles are 2 apart */

static void exact(void)
{
    EXACT(1, "fcvt.s.w", 0, BOX(0));
    EXACT(2, "fcvt.d.lu", 0, 0);
    EXACT(3, "fcvt.s.w", GARBAGE | 1, BOX(S_ONE));
    EXACT(4, "fcvt.s.w", UINT32_MAX, BOX(0xbf800000));
    EXACT(8, "fcvt.s.wu", GARBAGE | 0x80000000, BOX(0x4f000000));
    EXACT(9, "fcvt.s.l", UINT64_C(1) << 63, BOX(0xdf000000));
    EXACT(10, "fcvt.s.lu", UINT64_C(1) << 63, BOX(0x5f000000));
    EXACT(11, "fcvt.d.l", UINT64_MAX, D_ONE | D_SIGN);
    EXACT(12, "fcvt.d.l", (UINT64_C(1) << 53) - 1, UINT64_C(0x433fffffffffffff));
}

/* Exact: the assembler takes no rounding mode. */
static void words_to_doubles(void)
{
    expect_fp(15, FP_FROM_X("fcvt.d.w ft0, %2", GARBAGE | UINT32_MAX), D_ONE | D_SIGN, 0);
    expect_fp(16, FP_FROM_X("fcvt.d.w ft0, %2", 0x80000000), UINT64_C(0xc1e0000000000000), 0);
    expect_fp(13, FP_FROM_X("fcvt.d.wu ft0, %2", GARBAGE | UINT32_MAX), UINT64_C(0x41efffffffe00000), 0);
    expect_fp(14, FP_FROM_X("fcvt.d.wu ft0, %2", GARBAGE), 0, 0);
}

static void rounded(void)
{
    /* 2^24 + 1 and 2^24 + 3 are ties */
    FIVE(20, "fcvt.s.w", 0x1000001, S_2_24, S_2_24, S_2_24, S_2_24 + 1, S_2_24 + 1);
    FIVE(21, "fcvt.s.l", 0x1000003, S_2_24 + 2, S_2_24 + 1, S_2_24 + 1, S_2_24 + 2, S_2_24 + 2);
    FIVE(22, "fcvt.s.w", (uint64_t)-0x1000001, BOX(0xcb800000), BOX(0xcb800000), BOX(0xcb800001), BOX(0xcb800000),
         BOX(0xcb800001));
    FIVE(23, "fcvt.s.wu", UINT32_MAX, BOX(0x4f800000), BOX(0x4f7fffff), BOX(0x4f7fffff), BOX(0x4f800000),
         BOX(0x4f800000));
    FIVE(24, "fcvt.s.lu", UINT64_MAX, BOX(0x5f800000), BOX(0x5f7fffff), BOX(0x5f7fffff), BOX(0x5f800000),
         BOX(0x5f800000));
    FIVE(25, "fcvt.d.lu", UINT64_MAX, UINT64_C(0x43f0000000000000), UINT64_C(0x43efffffffffffff),
         UINT64_C(0x43efffffffffffff), UINT64_C(0x43f0000000000000), UINT64_C(0x43f0000000000000));
    FIVE(26, "fcvt.d.l", (UINT64_C(1) << 53) + 1, UINT64_C(0x4340000000000000), UINT64_C(0x4340000000000000),
         UINT64_C(0x4340000000000000), UINT64_C(0x4340000000000001), UINT64_C(0x4340000000000001));
    /* 2^54 + 2^30 + 1 to a single: not by way of a double, where the 1 would vanish */
    FIVE(27, "fcvt.s.l", (UINT64_C(1) << 54) + (UINT64_C(1) << 30) + 1, BOX(0x5a800001), BOX(0x5a800000),
         BOX(0x5a800000), BOX(0x5a800001), BOX(0x5a800001));
}

void test(void)
{
    for (uint64_t mode = 0; mode <= 4; mode++) {
        CSR_WRITE(frm, mode);
        exact();
        words_to_doubles();
        rounded();
    }
}
