/* SPDX-License-Identifier: MIT */
/* Conversions to integers: what cannot be represented after rounding gives the nearest bound and NV
 * (norm:fcvt_unrepresentable_nv), NaN the greatest integer, an inexact result NX (norm:fcvt_nx), and
 * 32-bit results are sign-extended, the unsigned ones too (norm:fcvt-w-d_fcvt-wu-d_sign_ext).
 * The valid ranges are norm:fcvt_int_double_valid_input and norm:fcvt_long_double_rv64_only. */
#include "lib/fp.h"

#define W_MAX UINT64_C(0x7fffffff)
#define W_MIN UINT64_C(0xffffffff80000000)
#define L_MAX UINT64_C(0x7fffffffffffffff)
#define L_MIN UINT64_C(0x8000000000000000)
#define ALL_ONES UINT64_MAX

#define CHECK(number, instruction, mode, from, value, flags)                                                           \
    expect_fp(number, FP_TO_X(instruction " %0, ft1, " mode, from, 0), value, flags)

/* Five results: rne, rtz, rdn, rup, rmm. */
#define CHECK_MODES(number, instruction, from, v0, f0, v1, f1, v2, f2, v3, f3, v4, f4)                                 \
    do {                                                                                                               \
        CHECK(number, instruction, "rne", from, v0, f0);                                                               \
        CHECK(number + 1, instruction, "rtz", from, v1, f1);                                                           \
        CHECK(number + 2, instruction, "rdn", from, v2, f2);                                                           \
        CHECK(number + 3, instruction, "rup", from, v3, f3);                                                           \
        CHECK(number + 4, instruction, "rmm", from, v4, f4);                                                           \
    } while (0)

#define MINUS(n) ((uint64_t)(-(n)))

static void rounding(void)
{
    uint64_t half = UINT64_C(0x3fe0000000000000), two_and_half = UINT64_C(0x4004000000000000);
    CHECK_MODES(1, "fcvt.w.d", half, 0, NX, 0, NX, 0, NX, 1, NX, 1, NX);
    CHECK_MODES(1, "fcvt.w.d", two_and_half, 2, NX, 2, NX, 2, NX, 3, NX, 3, NX);
    CHECK_MODES(1, "fcvt.l.d", two_and_half | D_SIGN, MINUS(2), NX, MINUS(2), NX, MINUS(3), NX, MINUS(2), NX, MINUS(3),
                NX);
    /* -0.5 and -0.25 unsigned: fine as long as they round to 0 */
    CHECK_MODES(6, "fcvt.wu.s", BOX(0xbf000000), 0, NX, 0, NX, 0, NV, 0, NX, 0, NV);
    CHECK_MODES(6, "fcvt.wu.d", half | D_SIGN, 0, NX, 0, NX, 0, NV, 0, NX, 0, NV);
    CHECK_MODES(6, "fcvt.lu.s", BOX(0xbe800000), 0, NX, 0, NX, 0, NV, 0, NX, 0, NX);
    CHECK_MODES(6, "fcvt.lu.d", D_SIGN | 1, 0, NX, 0, NX, 0, NV, 0, NX, 0, NX);
    /* 2^31 - 0.5, -2^31 - 0.5, 2^32 - 0.5 */
    CHECK_MODES(11, "fcvt.w.d", UINT64_C(0x41dfffffffe00000), W_MAX, NV, W_MAX, NX, W_MAX, NX, W_MAX, NV, W_MAX, NV);
    CHECK_MODES(11, "fcvt.w.d", UINT64_C(0xc1e0000000100000), W_MIN, NX, W_MIN, NX, W_MIN, NV, W_MIN, NX, W_MIN, NV);
    CHECK_MODES(11, "fcvt.wu.d", UINT64_C(0x41efffffffF00000), ALL_ONES, NV, ALL_ONES, NX, ALL_ONES, NX, ALL_ONES, NV,
                ALL_ONES, NV);
}

static void bounds_of_words(void)
{
    CHECK(20, "fcvt.w.s", "rtz", BOX(0x4effffff), 0x7fffff80, 0);
    CHECK(21, "fcvt.w.s", "rtz", BOX(0x4f000000), W_MAX, NV);
    CHECK(22, "fcvt.w.s", "rtz", BOX(0xcf000000), W_MIN, 0);
    CHECK(23, "fcvt.w.s", "rtz", BOX(0xcf000001), W_MIN, NV);
    CHECK(24, "fcvt.wu.s", "rtz", BOX(0x4f7fffff), UINT64_C(0xffffffffffffff00), 0);
    CHECK(25, "fcvt.wu.s", "rtz", BOX(0x4f800000), ALL_ONES, NV);
    CHECK(26, "fcvt.wu.s", "rtz", BOX(0xbf800000), 0, NV);
    CHECK(27, "fcvt.wu.d", "rtz", UINT64_C(0x41e0000000000000), W_MIN, 0);
    CHECK(28, "fcvt.wu.d", "rtz", UINT64_C(0x41efffffffe00000), ALL_ONES, 0);
    CHECK(29, "fcvt.w.d", "rtz", UINT64_C(0xc1e0000000200000), W_MIN, NV);
}

static void bounds_of_doublewords(void)
{
    CHECK(30, "fcvt.l.d", "rtz", UINT64_C(0x43dfffffffffffff), UINT64_C(0x7ffffffffffffc00), 0);
    CHECK(31, "fcvt.l.d", "rtz", UINT64_C(0x43e0000000000000), L_MAX, NV);
    CHECK(32, "fcvt.l.d", "rtz", UINT64_C(0xc3e0000000000000), L_MIN, 0);
    CHECK(33, "fcvt.l.d", "rtz", UINT64_C(0xc3e0000000000001), L_MIN, NV);
    CHECK(34, "fcvt.lu.d", "rtz", UINT64_C(0x43efffffffffffff), UINT64_C(0xfffffffffffff800), 0);
    CHECK(35, "fcvt.lu.d", "rtz", UINT64_C(0x43f0000000000000), ALL_ONES, NV);
    CHECK(36, "fcvt.lu.d", "rtz", UINT64_C(0x43e0000000000000), L_MIN, 0);
    CHECK(37, "fcvt.lu.d", "rtz", D_ONE | D_SIGN, 0, NV);
    CHECK(38, "fcvt.l.s", "rtz", BOX(0x5f000000), L_MAX, NV);
    CHECK(39, "fcvt.l.s", "rtz", BOX(0xdf000000), L_MIN, 0);
    CHECK(40, "fcvt.lu.s", "rtz", BOX(0x5f800000), ALL_ONES, NV);
    CHECK(41, "fcvt.lu.s", "rtz", BOX(0x5f7fffff), UINT64_C(0xffffff0000000000), 0);
}

#define CHECK_SPECIAL(number, to, least, most)                                                                         \
    do {                                                                                                               \
        CHECK(number, "fcvt." to ".s", "rne", BOX(S_NAN), most, NV);                                                   \
        CHECK(number, "fcvt." to ".s", "rtz", BOX(0xffc00000), most, NV);                                              \
        CHECK(number, "fcvt." to ".s", "rtz", BOX(S_SNAN), most, NV);                                                  \
        CHECK(number, "fcvt." to ".s", "rtz", BOX(S_INF), most, NV);                                                   \
        CHECK(number, "fcvt." to ".s", "rne", BOX(0xff800000), least, NV);                                             \
        CHECK(number, "fcvt." to ".s", "rdn", BOX(0x80000000), 0, 0);                                                  \
        CHECK(number, "fcvt." to ".d", "rtz", D_NAN, most, NV);                                                        \
        CHECK(number, "fcvt." to ".d", "rne", D_NAN | D_SIGN, most, NV);                                               \
        CHECK(number, "fcvt." to ".d", "rne", D_INF, most, NV);                                                        \
        CHECK(number, "fcvt." to ".d", "rtz", D_INF | D_SIGN, least, NV);                                              \
        CHECK(number, "fcvt." to ".d", "rup", D_SIGN, 0, 0);                                                           \
    } while (0)

void test(void)
{
    for (uint64_t mode = 0; mode <= 4; mode++) { /* frm must not matter to a static mode */
        CSR_WRITE(frm, mode);
        rounding();
        bounds_of_words();
        bounds_of_doublewords();
        CHECK_SPECIAL(50, "w", W_MIN, W_MAX);
        CHECK_SPECIAL(51, "wu", 0, ALL_ONES);
        CHECK_SPECIAL(52, "l", L_MIN, L_MAX);
        CHECK_SPECIAL(53, "lu", 0, ALL_ONES);
    }
}
