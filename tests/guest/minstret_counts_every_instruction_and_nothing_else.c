/* SPDX-License-Identifier: MIT */
/* minstret grows by one for each instruction that retires (norm:minstret_op); one that traps, ECALL
 * and EBREAK too, does not retire (norm:ecall_ebreak_no_minstret_inc). A written value is what the next
 * instruction reads (norm:mcycle_minstret_wr); instret is the same counter. */
/* qemu: no, it counts time unless -icount is given */
#include "lib/env.h"

#define COUNTED(instructions)                                                                                          \
    ({                                                                                                                 \
        uint64_t before, after;                                                                                        \
        __asm__ volatile("csrr %0, minstret\n" instructions "\n csrr %1, minstret\n"                                   \
                         : "=&r"(before), "=&r"(after)                                                                 \
                         :                                                                                             \
                         : "t0", "t1", "memory");                                                                      \
        after - before;                                                                                                \
    })

static void check(void)
{
    expect(1, COUNTED(""), 1);
    expect(2, COUNTED("nop"), 2);
    expect(3, COUNTED(".rept 1000\n nop\n .endr"), 1001);
    expect(4, COUNTED("li t0, 500\n 1: addi t0, t0, -1\n bnez t0, 1b"), 1002);
    expect(5, COUNTED("j 1f\n nop\n 1: lr.w t0, (sp)\n fence\n fence.i"), 5);
    /* 1 for the read, la (2), sd, and the handler's instructions: compare two traps. */
    uint64_t pair = COUNTED("la t0, 1f\n sd t0, 32(tp)\n ebreak\n nop\n nop\n 1:");
    uint64_t with_nop = COUNTED("la t0, 1f\n sd t0, 32(tp)\n nop\n ebreak\n 1:");
    expect(6, with_nop, pair + 1);
}

static void check_writes(void)
{
    uint64_t read, retired;
    __asm__ volatile("csrw minstret, %2\n csrr %0, minstret\n csrr %1, instret\n"
                     : "=&r"(read), "=&r"(retired)
                     : "r"(UINT64_C(0x123456789abc)));
    expect(7, read, 0x123456789abc);
    expect(8, retired, 0x123456789abd);
    __asm__ volatile("csrw minstret, %2\n nop\n csrr %0, instret\n csrr %1, instret\n"
                     : "=&r"(read), "=&r"(retired)
                     : "r"(UINT64_MAX));
    expect(9, read, 0);
    expect(10, retired, 1);
    __asm__ volatile("csrw mcycle, %1\n csrr %0, mcycle\n" : "=&r"(read) : "r"(UINT64_C(1) << 40));
    expect(11, read >= UINT64_C(1) << 40 && read < (UINT64_C(1) << 40) + 1000, true);
}

/* The trap itself: an EBREAK and its handler against the handler's instructions counted by hand. */
static void check_trap(void)
{
    uint64_t old = CSR_READ(mtvec), count;
    __asm__ volatile("la t0, 1f\n csrw mtvec, t0\n csrw minstret, x0\n nop\n ebreak\n nop\n nop\n"
                     ".balign 4\n1: csrr %0, minstret\n"
                     : "=r"(count)
                     :
                     : "t0", "memory");
    CSR_WRITE(mtvec, old);
    expect(12, count, 1);
}

void test(void)
{
    for (unsigned round = 0; round < 3; round++) {
        check();
        check_writes();
        check_trap();
    }
}
