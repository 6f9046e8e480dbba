/* SPDX-License-Identifier: MIT */
/* Minimum and maximum: -0 is less than +0 (norm:fmin-s_fmax-s_zero_compare), a number wins over a
 * NaN (norm:fmin-s_fmax-s_one_nan_input), two NaNs give the canonical one
 * (norm:fmin-s_fmax-s_both_nan_input), and a signaling NaN raises NV even if the result is a number
 * (norm:fmin-s_fmax-s_signaling_nan_nv). */
#include "lib/fp.h"

/* Both orders of the operands. */
#define CHECK(number, width, x, y, least, most, flags)                                                                 \
    do {                                                                                                               \
        expect_fp(number, FP("fmin." width " ft0, ft1, ft2", x, y, 0), least, flags);                                  \
        expect_fp(number + 1, FP("fmin." width " ft0, ft2, ft1", x, y, 0), least, flags);                              \
        expect_fp(number + 2, FP("fmax." width " ft0, ft1, ft2", x, y, 0), most, flags);                               \
        expect_fp(number + 3, FP("fmax." width " ft0, ft2, ft1", x, y, 0), most, flags);                               \
    } while (0)

static void singles(void)
{
    uint64_t one = BOX(S_ONE), nan = BOX(S_NAN), snan = BOX(S_SNAN), payload = BOX(0xffc12345);
    uint64_t minus_zero = BOX(0x80000000), zero = BOX(0), minus_one = BOX(0xbf800000);
    CHECK(1, "s", minus_zero, zero, minus_zero, zero, 0);
    CHECK(5, "s", minus_one, one, minus_one, one, 0);
    CHECK(9, "s", one, nan, one, one, 0);
    CHECK(13, "s", one, snan, one, one, NV);
    CHECK(17, "s", payload, nan, nan, nan, 0);
    CHECK(21, "s", payload, snan, nan, nan, NV);
    CHECK(25, "s", BOX(S_INF), nan, BOX(S_INF), BOX(S_INF), 0);
    CHECK(29, "s", snan, snan, nan, nan, NV);
    CHECK(33, "s", BOX(1), minus_zero, minus_zero, BOX(1), 0);
}

static void doubles(void)
{
    uint64_t payload = UINT64_C(0xfff8000000012345);
    CHECK(41, "d", D_SIGN, 0, D_SIGN, 0, 0);
    CHECK(45, "d", D_ONE | D_SIGN, D_ONE, D_ONE | D_SIGN, D_ONE, 0);
    CHECK(49, "d", D_ONE, D_NAN, D_ONE, D_ONE, 0);
    CHECK(53, "d", D_ONE, D_SNAN, D_ONE, D_ONE, NV);
    CHECK(57, "d", payload, D_NAN, D_NAN, D_NAN, 0);
    CHECK(61, "d", payload, D_SNAN, D_NAN, D_NAN, NV);
    CHECK(65, "d", D_INF, D_NAN, D_INF, D_INF, 0);
    CHECK(69, "d", D_SNAN, D_SNAN, D_NAN, D_NAN, NV);
    CHECK(73, "d", 1, D_SIGN | 1, D_SIGN | 1, 1, 0);
}

void test(void)
{
    for (uint64_t mode = 0; mode < 8; mode++) { /* even the reserved ones: nothing is rounded */
        CSR_WRITE(frm, mode);
        singles();
        doubles();
    }
}
