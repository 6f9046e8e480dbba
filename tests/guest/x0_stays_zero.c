/* SPDX-License-Identifier: MIT */
/* An instruction of each class writes to x0, and x0 is 0 afterwards (norm:x0eq0); loads, AMOs and
 * CSR reads happen all the same (norm:load_exc_x0), and a jump with x0 as its link goes where it
 * should. */
#include "lib/fp.h"

static uint64_t word;

#define CHECK(number, instruction)                                                                                     \
    do {                                                                                                               \
        uint64_t x0_value = 0xdead, from = UINT64_C(0x123456789abcdef1);                                               \
        __asm__ volatile("fmv.d.x ft1, %1\n" instruction "\n addi %0, x0, 0\n"                                         \
                         : "=&r"(x0_value), "+r"(from)                                                                 \
                         : "r"(&word)                                                                                  \
                         : "ft1", "t0", "memory");                                                                     \
        expect(number, x0_value, 0);                                                                                   \
        __asm__ volatile(instruction "\n add %0, x0, x0\n"                                                             \
                         : "=&r"(x0_value), "+r"(from)                                                                 \
                         : "r"(&word)                                                                                  \
                         : "t0", "memory");                                                                            \
        expect(number, x0_value, 0);                                                                                   \
    } while (0)

static void computations(void)
{
    CHECK(1, "addi x0, %1, 5\n lui x0, 0x12345\n auipc x0, 1");
    CHECK(2, "add x0, %1, %1\n sub x0, x0, %1\n xor x0, %1, x0");
    CHECK(3, "slli x0, %1, 3\n srl x0, %1, x0\n sraiw x0, %1, 1\n addiw x0, %1, 1");
    CHECK(4, "slt x0, x0, %1\n sltiu x0, x0, 1\n sltu x0, x0, %1");
    CHECK(5, "mul x0, %1, %1\n mulhu x0, %1, %1\n div x0, %1, x0\n remu x0, %1, x0\n divw x0, %1, %1");
    CHECK(6, "sh1add x0, %1, %1\n add.uw x0, %1, %1\n andn x0, %1, x0\n clz x0, x0\n cpop x0, %1");
    CHECK(7, "rev8 x0, %1\n orc.b x0, %1\n max x0, %1, x0\n rori x0, %1, 4\n sext.b x0, %1");
    CHECK(8, "clmul x0, %1, %1\n bset x0, x0, x0\n binvi x0, x0, 3\n bext x0, %1, x0");
}

static void memory(void)
{
    CHECK(20, "ld x0, (%2)\n lw x0, (%2)\n lbu x0, 1(%2)\n lh x0, 2(%2)");
    word = 5;
    CHECK(21, "amoadd.d x0, %1, (%2)\n amoswap.w x0, %1, (%2)\n amomaxu.d x0, %1, (%2)");
    CHECK(22, "lr.d x0, (%2)\n sc.d x0, %1, (%2)\n lr.w x0, (%2)\n sc.w x0, x0, (%2)");
    expect(23, word & UINT32_MAX, 0);
    uint64_t value = 0, nowhere = 0;
    expect(24, TRY("ld x0, (%1)", value, nowhere), CAUSE_LOAD_ACCESS);
}

static void the_rest(void)
{
    CHECK(30, "csrr x0, mscratch\n csrrw x0, mtval, %1\n csrrsi x0, mcause, 0\n rdcycle x0");
    expect(31, CSR_READ(mtval), UINT64_C(0x123456789abcdef1));
    CHECK(32, "fmv.x.d x0, ft1\n feq.d x0, ft1, ft1\n fclass.d x0, ft1\n fcvt.l.d x0, ft1, rtz");
    CHECK(33, "fmv.x.w x0, ft1\n fle.s x0, ft1, ft1\n fcvt.wu.d x0, ft1, rup");
    CHECK(34, "jal x0, 1f\n li %1, 7\n 1:");
    CHECK(35, "la t0, 1f\n jalr x0, 0(t0)\n li %1, 7\n 1:");
    CHECK(36, ".4byte 0x00008013 | 31 << 20\n"); /* addi x0, x1, 31 */
    /* a NaN converted into x0 raises its flag */
    __asm__ volatile("csrw fflags, x0\n fmv.d.x ft1, %0\n fcvt.w.d x0, ft1" ::"r"(D_NAN) : "ft1");
    expect(37, CSR_READ(fflags), NV);
}

void test(void)
{
    for (unsigned warm = 0; warm < 3; warm++) {
        computations();
        memory();
        the_rest();
    }
}
