/* SPDX-License-Identifier: MIT */
/* Each operation that rounds, in each of the five modes (norm:dyn_round_enc), given in the
 * instruction and through frm, the other frm values notwithstanding (norm:roundingmode_dynamic). */
#include "lib/fp.h"

/* Results of five modes, in the order of their encoding: RNE RTZ RDN RUP RMM. */
struct results {
    uint64_t of[5];
};

#define CHECK(number, instruction, a, b, c, wanted_flags, ...)                                                         \
    do {                                                                                                               \
        struct results want = {{__VA_ARGS__}};                                                                         \
        for (uint64_t mode = 0; mode < 5; mode++) {                                                                    \
            CSR_WRITE(frm, mode);                                                                                      \
            expect_fp(number, FP(instruction ", dyn", a, b, c), want.of[mode], wanted_flags);                          \
            expect_fp(number, FP(instruction ", rne", a, b, c), want.of[0], wanted_flags);                             \
            expect_fp(number, FP(instruction ", rtz", a, b, c), want.of[1], wanted_flags);                             \
            expect_fp(number, FP(instruction ", rdn", a, b, c), want.of[2], wanted_flags);                             \
            expect_fp(number, FP(instruction ", rup", a, b, c), want.of[3], wanted_flags);                             \
            expect_fp(number, FP(instruction ", rmm", a, b, c), want.of[4], wanted_flags);                             \
        }                                                                                                              \
    } while (0)

/* Around 1, in units of the last place u: 1 + u/2 is a tie with an even neighbour below, 1 + u + u/2
 * one with an even neighbour above. */
#define D_HALF_ULP UINT64_C(0x3ca0000000000000)
#define S_HALF_ULP 0x33800000
#define D_MINUS(x) ((x) | D_SIGN)
#define S_MINUS(x) (BOX(x) | 0x80000000)

static void sums(void)
{
    uint64_t one = D_ONE, next = D_ONE + 1, third = D_ONE + 2;
    CHECK(1, "fadd.d ft0, ft1, ft2", one, D_HALF_ULP, 0, NX, one, one, one, next, next);
    CHECK(2, "fadd.d ft0, ft1, ft2", next, D_HALF_ULP, 0, NX, third, next, next, third, third);
    CHECK(3, "fsub.d ft0, ft1, ft2", D_MINUS(one), D_HALF_ULP, 0, NX, D_MINUS(one), D_MINUS(one), D_MINUS(next),
          D_MINUS(one), D_MINUS(next));
    CHECK(4, "fadd.s ft0, ft1, ft2", BOX(S_ONE), BOX(S_HALF_ULP), 0, NX, BOX(S_ONE), BOX(S_ONE), BOX(S_ONE),
          BOX(S_ONE + 1), BOX(S_ONE + 1));
    CHECK(5, "fsub.s ft0, ft1, ft2", S_MINUS(S_ONE), BOX(S_HALF_ULP), 0, NX, S_MINUS(S_ONE), S_MINUS(S_ONE),
          S_MINUS(S_ONE + 1), S_MINUS(S_ONE), S_MINUS(S_ONE + 1));
    CHECK(6, "fsub.d ft0, ft1, ft1", one, 0, 0, 0, 0, 0, D_SIGN, 0, 0);
    CHECK(7, "fsub.s ft0, ft1, ft1", BOX(S_ONE), 0, 0, 0, BOX(0), BOX(0), S_MINUS(0), BOX(0), BOX(0));
    CHECK(8, "fadd.d ft0, ft1, ft2", one, 1, 0, NX, one, one, one, next, one);
}

static void products_and_quotients(void)
{
    uint64_t third = UINT64_C(0x3fd5555555555555), three = UINT64_C(0x4008000000000000);
    uint64_t two = UINT64_C(0x4000000000000000), root = UINT64_C(0x3ff6a09e667f3bcc);
    CHECK(10, "fdiv.d ft0, ft1, ft2", D_ONE, three, 0, NX, third, third, third, third + 1, third);
    CHECK(11, "fdiv.d ft0, ft1, ft2", D_MINUS(D_ONE), three, 0, NX, D_MINUS(third), D_MINUS(third), D_MINUS(third + 1),
          D_MINUS(third), D_MINUS(third));
    /* 1/3 as a single: the next bits are 1010..., above the middle */
    CHECK(12, "fdiv.s ft0, ft1, ft2", BOX(S_ONE), BOX(0x40400000), 0, NX, BOX(0x3eaaaaab), BOX(0x3eaaaaaa),
          BOX(0x3eaaaaaa), BOX(0x3eaaaaab), BOX(0x3eaaaaab));
    CHECK(13, "fsqrt.d ft0, ft1", two, 0, 0, NX, root + 1, root, root, root + 1, root + 1);
    /* sqrt(2) as a single: 1.6a09e6 followed by 67f3... of 2^-24 * 2^8 */
    CHECK(14, "fsqrt.s ft0, ft1", BOX(0x40000000), 0, 0, NX, BOX(0x3fb504f3), BOX(0x3fb504f3), BOX(0x3fb504f3),
          BOX(0x3fb504f4), BOX(0x3fb504f3));
    /* (1 + u)(1 + u) = 1 + 2u + u^2 */
    CHECK(15, "fmul.d ft0, ft1, ft1", D_ONE + 1, 0, 0, NX, D_ONE + 2, D_ONE + 2, D_ONE + 2, D_ONE + 3, D_ONE + 2);
    CHECK(16, "fmul.s ft0, ft1, ft2", S_MINUS(S_ONE + 1), BOX(S_ONE + 1), 0, NX, S_MINUS(S_ONE + 2), S_MINUS(S_ONE + 2),
          S_MINUS(S_ONE + 3), S_MINUS(S_ONE + 2), S_MINUS(S_ONE + 2));
    /* the smallest subnormal halved: a tie between it and 0 */
    CHECK(17, "fmul.d ft0, ft1, ft2", 1, UINT64_C(0x3fe0000000000000), 0, NX | UF, 0, 0, 0, 1, 1);
}

static void overflows(void)
{
    uint64_t most = UINT64_C(0x7fefffffffffffff), flags = NX | OF;
    CHECK(20, "fadd.d ft0, ft1, ft1", most, 0, 0, flags, D_INF, most, most, D_INF, D_INF);
    CHECK(21, "fadd.d ft0, ft1, ft1", D_MINUS(most), 0, 0, flags, D_MINUS(D_INF), D_MINUS(most), D_MINUS(D_INF),
          D_MINUS(most), D_MINUS(D_INF));
    CHECK(22, "fmul.s ft0, ft1, ft1", BOX(0x7f7fffff), 0, 0, flags, BOX(S_INF), BOX(0x7f7fffff), BOX(0x7f7fffff),
          BOX(S_INF), BOX(S_INF));
    CHECK(23, "fcvt.s.d ft0, ft1", D_MINUS(most), 0, 0, flags, S_MINUS(S_INF), S_MINUS(0x7f7fffff), S_MINUS(S_INF),
          S_MINUS(0x7f7fffff), S_MINUS(S_INF));
}

/* One rounding for product and sum together: 1 * 1 + u/2, and (1 + u)(1 - u) - 1 = -u^2 exactly. */
static void fused(void)
{
    uint64_t one = D_ONE, next = D_ONE + 1, half = D_HALF_ULP;
    CHECK(30, "fmadd.d ft0, ft1, ft1, ft3", one, 0, half, NX, one, one, one, next, next);
    CHECK(31, "fnmadd.d ft0, ft1, ft1, ft3", one, 0, half, NX, D_MINUS(one), D_MINUS(one), D_MINUS(next), D_MINUS(one),
          D_MINUS(next));
    CHECK(32, "fmsub.d ft0, ft1, ft1, ft3", one, 0, D_MINUS(half), NX, one, one, one, next, next);
    CHECK(33, "fnmsub.d ft0, ft1, ft1, ft3", one, 0, D_MINUS(half), NX, D_MINUS(one), D_MINUS(one), D_MINUS(next),
          D_MINUS(one), D_MINUS(next));
    uint64_t square = D_MINUS(UINT64_C(0x3970000000000000)); /* -2^-104 */
    CHECK(34, "fmadd.d ft0, ft1, ft2, ft3", next, UINT64_C(0x3feffffffffffffe), D_MINUS(one), 0, square, square, square,
          square, square);
    CHECK(35, "fmadd.s ft0, ft1, ft1, ft3", BOX(S_ONE), 0, BOX(S_HALF_ULP), NX, BOX(S_ONE), BOX(S_ONE), BOX(S_ONE),
          BOX(S_ONE + 1), BOX(S_ONE + 1));
    /* a product of singles that a double holds only in part: 1 + 2^-23 + 2^-60 */
    CHECK(36, "fmadd.s ft0, ft1, ft2, ft3", BOX(S_ONE + 1), BOX(S_ONE), BOX(0x21800000), NX, BOX(S_ONE + 1),
          BOX(S_ONE + 1), BOX(S_ONE + 1), BOX(S_ONE + 2), BOX(S_ONE + 1));
    /* a tie of singles, broken by 2^-70 from the addend: above the middle */
    CHECK(37, "fmadd.s ft0, ft1, ft2, ft3", BOX(S_ONE + 1), BOX(0x3fc00000), BOX(0x1c800000), NX, BOX(0x3fc00002),
          BOX(0x3fc00001), BOX(0x3fc00001), BOX(0x3fc00002), BOX(0x3fc00002));
    /* and below it */
    CHECK(38, "fmsub.s ft0, ft1, ft2, ft3", BOX(S_ONE + 1), BOX(0x3fc00000), BOX(0x1c800000), NX, BOX(0x3fc00001),
          BOX(0x3fc00001), BOX(0x3fc00001), BOX(0x3fc00002), BOX(0x3fc00001));
    CHECK(39, "fnmadd.d ft0, ft1, ft2, ft3", 0, 0, 0, 0, D_SIGN, D_SIGN, D_SIGN, D_SIGN, D_SIGN);
}

static void narrowing(void)
{
    /* 1 + 2^-24 */
    CHECK(40, "fcvt.s.d ft0, ft1", UINT64_C(0x3ff0000010000000), 0, 0, NX, BOX(S_ONE), BOX(S_ONE), BOX(S_ONE),
          BOX(S_ONE + 1), BOX(S_ONE + 1));
    /* 1.5 of the smallest single */
    CHECK(41, "fcvt.s.d ft0, ft1", UINT64_C(0x36a8000000000000), 0, 0, NX | UF, BOX(2), BOX(1), BOX(1), BOX(2), BOX(2));
}

void test(void)
{
    sums();
    products_and_quotients();
    overflows();
    fused();
    narrowing();
}
