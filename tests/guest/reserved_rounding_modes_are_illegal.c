/* SPDX-License-Identifier: MIT */
/* Rounding modes 5 and 6 in the instruction, and 5 to 7 in frm behind the dynamic mode, are reserved
 * (norm:roundingmode_rsv); this machine raises an illegal instruction, also for conversions that
 * cannot round. Instructions that have no rounding mode, and static modes, do not look at frm. */
#include "lib/fp.h"

#define TRY_FP(instruction)                                                                                            \
    ({                                                                                                                 \
        uint64_t unused = 0;                                                                                           \
        TRY(instruction, unused, 0);                                                                                   \
    })

/* OP-FP with rd = ft0, rs1 = ft1 and rs2 = r. */
#define OP_FP(funct7, mode, r) ".insn r 0x53, " #mode ", " #funct7 ", ft0, ft1, " #r "\n"
#define FMADD(mode) ".insn r4 0x43, " #mode ", 1, ft0, ft1, ft2, ft3\n"
#define TO_X(funct7, mode, r) ".insn r 0x53, " #mode ", " #funct7 ", %0, ft1, " #r "\n"

#define CHECK_ALL(number, mode, want)                                                                                  \
    do {                                                                                                               \
        expect(number, TRY_FP(OP_FP(0x00, mode, ft2)), want);     /* fadd.s */                                         \
        expect(number + 1, TRY_FP(OP_FP(0x05, mode, ft2)), want); /* fsub.d */                                         \
        expect(number + 2, TRY_FP(OP_FP(0x09, mode, ft2)), want); /* fmul.d */                                         \
        expect(number + 3, TRY_FP(OP_FP(0x0c, mode, ft2)), want); /* fdiv.s */                                         \
        expect(number + 4, TRY_FP(OP_FP(0x2d, mode, f0)), want);  /* fsqrt.d */                                        \
        expect(number + 5, TRY_FP(FMADD(mode)), want);                                                                 \
        expect(number + 6, TRY_FP(TO_X(0x60, mode, f0)), want);  /* fcvt.w.s */                                        \
        expect(number + 7, TRY_FP(TO_X(0x61, mode, f3)), want);  /* fcvt.lu.d */                                       \
        expect(number + 8, TRY_FP(OP_FP(0x20, mode, f1)), want); /* fcvt.s.d */                                        \
        expect(number + 9, TRY_FP(OP_FP(0x21, mode, f0)), want); /* fcvt.d.s */                                        \
    } while (0)

static void nothing_to_round(unsigned number)
{
    expect(number, TRY_FP("fsgnj.s ft0, ft1, ft2\n fsgnjx.d ft0, ft1, ft2"), NO_TRAP);
    expect(number + 1, TRY_FP("fmin.s ft0, ft1, ft2\n fmax.d ft0, ft1, ft2"), NO_TRAP);
    expect(number + 2, TRY_FP("feq.s t0, ft1, ft2\n flt.d t0, ft1, ft2\n fle.s t0, ft1, ft2"), NO_TRAP);
    expect(number + 3, TRY_FP("fclass.s t0, ft1\n fmv.x.w t0, ft1\n fmv.d.x ft0, x0"), NO_TRAP);
    expect(number + 4, TRY_FP("fadd.s ft0, ft1, ft2, rne\n fcvt.w.d t0, ft1, rtz"), NO_TRAP);
    expect(number + 5, TRY_FP("fmul.d ft0, ft1, ft2, rmm\n fmadd.d ft0, ft1, ft2, ft3, rup"), NO_TRAP);
}

void test(void)
{
    for (uint64_t mode = 0; mode < 8; mode++) {
        CSR_WRITE(frm, mode);
        CHECK_ALL(1, 5, CAUSE_ILLEGAL);
        CHECK_ALL(11, 6, CAUSE_ILLEGAL);
        CHECK_ALL(21, 7, mode > 4 ? CAUSE_ILLEGAL : NO_TRAP);
        CHECK_ALL(31, 0, NO_TRAP);
        CHECK_ALL(41, 4, NO_TRAP);
        nothing_to_round(51);
    }
    __asm__ volatile("fmv.d.x ft0, %0" ::"r"(UINT64_C(0x1234)));
    CSR_WRITE(fcsr, 5 << 5);
    expect(60, TRY_FP("fdiv.d ft0, ft1, ft2, dyn"), CAUSE_ILLEGAL);
    uint64_t bits;
    __asm__ volatile("fmv.x.d %0, ft0" : "=r"(bits));
    expect(61, bits, 0x1234);
    expect(62, CSR_READ(fflags), 0);
}
