/* SPDX-License-Identifier: MIT */
/* Zba, Zbb, Zbc, Zbs and Zicond where they tend to be wrong: zero inputs, the sign bit, shift
 * amounts that are 0, at their limit or beyond it, and garbage in the upper half for the 32-bit forms. */
#include "lib/env.h"

#define SIGN (UINT64_C(1) << 63)
#define ALL UINT64_MAX
#define GARBAGE UINT64_C(0xdeadbeef00000000)

#define R2(instruction, a, b)                                                                                          \
    ({                                                                                                                 \
        uint64_t r2_out;                                                                                               \
        __asm__ volatile(instruction " %0, %1, %2" : "=r"(r2_out) : "r"((uint64_t)(a)), "r"((uint64_t)(b)));           \
        r2_out;                                                                                                        \
    })
#define R1(instruction, a, more)                                                                                       \
    ({                                                                                                                 \
        uint64_t r1_out;                                                                                               \
        __asm__ volatile(instruction " %0, %1" more : "=r"(r1_out) : "r"((uint64_t)(a)));                              \
        r1_out;                                                                                                        \
    })

/* norm:clz_op, norm:ctz_op, norm:clzw_op, norm:ctzw_op, norm:cpop_op */
static void counts(void)
{
    expect(1, R1("clz", 0, ""), 64);
    expect(1, R1("ctz", 0, ""), 64);
    expect(1, R1("clz", ALL, ""), 0);
    expect(1, R1("clz", 1, ""), 63);
    expect(2, R1("ctz", SIGN, ""), 63);
    expect(2, R1("clzw", GARBAGE, ""), 32);
    expect(2, R1("ctzw", GARBAGE, ""), 32);
    expect(2, R1("clzw", GARBAGE | 0x80000000, ""), 0);
    expect(3, R1("ctzw", GARBAGE | 0x80000000, ""), 31);
    expect(3, R1("clzw", 1, ""), 31);
    expect(3, R1("cpop", 0, ""), 0);
    expect(3, R1("cpop", ALL, ""), 64);
    expect(4, R1("cpopw", GARBAGE, ""), 0);
    expect(4, R1("cpopw", ALL, ""), 32);
    expect(4, R1("cpop", SIGN | 1, ""), 2);
}

/* norm:rol_op, norm:ror_op, norm:rolw_op, norm:rorw_op, norm:rori_op, norm:roriw_op */
static void rotations(void)
{
    uint64_t x = UINT64_C(0x8000000000000001);
    expect(10, R2("rol", x, 0), x);
    expect(10, R2("ror", x, 64), x);
    expect(10, R2("rol", x, 1), 3);
    expect(10, R2("ror", x, 1), UINT64_C(0xc000000000000000));
    expect(11, R2("rol", x, 127), UINT64_C(0xc000000000000000));
    expect(11, R2("ror", x, ALL), 3);
    expect(12, R2("rolw", GARBAGE | 0x80000001, 1), 3);
    expect(12, R2("rorw", GARBAGE | 1, 1), UINT64_C(0xffffffff80000000));
    expect(12, R2("rorw", GARBAGE | 0x80000000, 0), UINT64_C(0xffffffff80000000));
    expect(12, R2("rolw", GARBAGE | 0x7fffffff, 32), 0x7fffffff);
    expect(13, R1("rori", x, ", 63"), 3);
    expect(13, R1("rori", x, ", 0"), x);
    expect(13, R1("roriw", GARBAGE | 1, ", 1"), UINT64_C(0xffffffff80000000));
    expect(13, R1("roriw", GARBAGE | 0x80000000, ", 31"), 1);
    expect(14, R1("roriw", GARBAGE | 0x80000000, ", 0"), UINT64_C(0xffffffff80000000));
}

/* norm:min_op, norm:maxu_op, norm:orc_b_op, norm:rev8_op, norm:sext_b_op, norm:sext_h_op, norm:zext_h_op */
static void bytes_and_extremes(void)
{
    expect(20, R2("min", SIGN, 0), SIGN);
    expect(20, R2("max", SIGN, 0), 0);
    expect(20, R2("minu", SIGN, 0), 0);
    expect(20, R2("maxu", ALL, 0), ALL);
    expect(21, R1("orc.b", UINT64_C(0x0100800000000010), ""), UINT64_C(0xff00ff00000000ff));
    expect(21, R1("rev8", UINT64_C(0x0123456789abcdef), ""), UINT64_C(0xefcdab8967452301));
    expect(22, R1("sext.b", 0x1280, ""), UINT64_C(0xffffffffffffff80));
    expect(22, R1("sext.h", 0x18000, ""), UINT64_C(0xffffffffffff8000));
    expect(22, R1("zext.h", ALL, ""), 0xffff);
    expect(23, R2("andn", ALL, SIGN), ~SIGN);
    expect(23, R2("orn", 0, 0), ALL);
    expect(23, R2("xnor", SIGN, SIGN), ALL);
}

/* norm:bset_op, norm:bclr_op, norm:binv_op, norm:bext_op: only the low six bits of the index count */
static void single_bits(void)
{
    expect(30, R2("bset", 0, 63), SIGN);
    expect(30, R2("bset", 0, 64), 1);
    expect(30, R2("bset", 0, ALL), SIGN);
    expect(31, R2("bclr", ALL, 64 + 63), ~SIGN);
    expect(31, R2("bclr", 1, 0), 0);
    expect(32, R2("binv", SIGN, 63), 0);
    expect(32, R2("binv", SIGN, 64), SIGN | 1);
    expect(33, R2("bext", SIGN, 63), 1);
    expect(33, R2("bext", SIGN, 64), 0);
    expect(34, R1("bseti", 0, ", 63"), SIGN);
    expect(34, R1("bclri", ALL, ", 32"), ALL ^ UINT64_C(1) << 32);
    expect(34, R1("binvi", 0, ", 31"), 0x80000000);
    expect(34, R1("bexti", SIGN, ", 63"), 1);
}

/* norm:add_uw_op, norm:slli_uw_op, norm:sh1add_op, norm:sh3add_uw_op */
static void addresses(void)
{
    expect(40, R2("add.uw", ALL, 1), UINT64_C(0x100000000));
    expect(40, R2("sh1add", SIGN, 5), 5);
    expect(40, R2("sh3add", UINT64_C(1) << 61, 7), 7);
    expect(41, R2("sh1add.uw", GARBAGE | 0x80000000, 0), UINT64_C(0x100000000));
    expect(41, R2("sh2add.uw", GARBAGE, ALL), ALL);
    expect(41, R2("sh3add.uw", ALL, 8), UINT64_C(0x800000000));
    expect(42, R1("slli.uw", GARBAGE | 0xffffffff, ", 0"), 0xffffffff);
    expect(42, R1("slli.uw", GARBAGE | 3, ", 63"), SIGN);
    expect(42, R1("slli.uw", ALL, ", 32"), UINT64_C(0xffffffff00000000));
}

/* norm:clmul_op, norm:clmulh_op, norm:clmulr_op: (x^64 - 1) / (x - 1) squared has the even powers only */
static void carryless(void)
{
    expect(50, R2("clmul", ALL, ALL), UINT64_C(0x5555555555555555));
    expect(50, R2("clmulh", ALL, ALL), UINT64_C(0x5555555555555555));
    expect(50, R2("clmulr", ALL, ALL), UINT64_C(0xaaaaaaaaaaaaaaaa));
    expect(51, R2("clmul", SIGN, 2), 0);
    expect(51, R2("clmulh", SIGN, 2), 1);
    expect(51, R2("clmulr", SIGN, 2), 2);
    expect(52, R2("clmul", 0, ALL), 0);
    expect(52, R2("clmulh", ALL, 1), 0);
    expect(52, R2("clmulr", SIGN, 1), 1);
    expect(53, R2("clmulr", SIGN, SIGN), SIGN);
    expect(53, R2("clmulh", SIGN, SIGN), SIGN >> 1);
}

void test(void)
{
    for (unsigned warm = 0; warm < 3; warm++) {
        counts();
        rotations();
        bytes_and_extremes();
        single_bits();
        addresses();
        carryless();
    }
}
