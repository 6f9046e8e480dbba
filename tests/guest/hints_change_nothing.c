/* SPDX-License-Identifier: MIT */
/* Hints (norm:hints_op, norm:Zca_hints): computations into x0, c.addi of 0, the NTL hints
 * (norm:NTL-ALL_enc), prefetches (norm:cbp_unperm_noexcep) even of addresses that fault, PAUSE
 * (norm:pause_op) and other FENCEs that order nothing. No register changes, nothing traps, and each
 * retires. */
/* qemu: no, its minstret does not count instructions */
#include "lib/env.h"

#define NOWHERE UINT64_C(0x0123456789abcde1)

/* All registers but x0, sp and tp hold a pattern before; gives how many differ afterwards. */
__attribute__((naked, noinline)) static uint64_t registers_changed(void (*hint)(void) __attribute__((unused)))
{
    __asm__ volatile("addi sp, sp, -112\n sd ra, 0(sp)\n sd gp, 8(sp)\n"
                     ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n sd s\\n, 16+8*\\n(sp)\n .endr\n"
                     "mv t0, a0\n li gp, 0x123456\n"
                     ".irp n, 6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
                     "li x\\n, 0x5a5a0000 + \\n\n .endr\n"
                     "jalr t0\n"
                     "li t0, 0x123456\n sub gp, gp, t0\n snez gp, gp\n"
                     ".irp n, 6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
                     "li t0, 0x5a5a0000 + \\n\n sub t0, t0, x\\n\n snez t0, t0\n add gp, gp, t0\n .endr\n"
                     "mv a0, gp\n ld ra, 0(sp)\n ld gp, 8(sp)\n"
                     ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n ld s\\n, 16+8*\\n(sp)\n .endr\n"
                     "addi sp, sp, 112\n ret\n");
}

__attribute__((naked)) static void integer_hints(void)
{
    __asm__ volatile("lui x0, 0x12345\n auipc x0, 0x12345\n addi x0, t1, 5\n slti x0, t1, 7\n andi x0, a0, 1\n"
                     "slli x0, x0, 31\n srai x0, x0, 7\n slli x0, a0, 3\n add x0, a0, a1\n sub x0, a0, a1\n"
                     "sltu x0, a0, a1\n xor x0, t1, t2\n addiw x0, a0, 1\n sllw x0, a0, a1\n subw x0, a0, a1\n"
                     "mul x0, a0, a1\n div x0, a0, x0\n remuw x0, a0, x0\n sh2add x0, a0, a1\n clz x0, a0\n"
                     ".4byte 0x0000000f, 0x0030000f, 0x0300000f, 0x0100000f\n ret\n");
}

__attribute__((naked)) static void compressed_hints(void)
{
    __asm__ volatile(".2byte 0x0005, 0x0381, 0x0001 | 31 << 2, 0x6005, 0x4005, 0x1001 | 5 << 2\n" /* nop addi lui li */
                     ".2byte 0x800a, 0x900a, 0x9016, 0x0012, 0x0382, 0x8381, 0x8781\n" /* mv add slli srli srai */
                     ".2byte 0x900a, 0x900e, 0x9012, 0x9016\n"                         /* c.ntl.* */
                     "add x0, x0, x2\n add x0, x0, x3\n add x0, x0, x4\n add x0, x0, x5\n ret\n");
}

__attribute__((naked)) static void prefetches(void)
{
    /* ori x0, rs1, offset + 0, 1 or 3, with rs1 a pattern, an odd address, a hole */
    __asm__ volatile("ori x0, a0, 0\n ori x0, a0, 1\n ori x0, a0, 3\n ori x0, a0, -32\n ori x0, a0, -31\n"
                     "ori x0, x0, 1\n ori x0, sp, 0x7e3\n ret\n");
}

static uint64_t in_mode(uint64_t unused)
{
    (void)unused;
    expect(1, registers_changed(integer_hints), 0);
    expect(2, registers_changed(compressed_hints), 0);
    expect(3, registers_changed(prefetches), 0);
    uint64_t value = 0, nowhere = NOWHERE;
    expect(4, TRY("ori x0, %1, 0\n ori x0, %1, 1\n ori x0, %1, 3", value, nowhere), NO_TRAP);
    return 0;
}

void test(void)
{
    for (unsigned warm = 0; warm < 2; warm++) {
        in_mode(0);
        run_in(MODE_S, in_mode, 0);
        run_in(MODE_U, in_mode, 0);
    }
    uint64_t before, after;
    __asm__ volatile("csrr %0, minstret\n addi x0, x1, 1\n add x0, x0, x5\n .4byte 0x0100000f, 0x0000000f\n"
                     "csrr %1, minstret"
                     : "=&r"(before), "=&r"(after));
    expect(5, after - before, 5);
}
