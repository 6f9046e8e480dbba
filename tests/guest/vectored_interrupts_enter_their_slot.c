/* SPDX-License-Identifier: MIT */
/* once: it counts on CSRs and variables as they are at the start */
/* With xtvec.MODE = Vectored an interrupt goes to BASE + 4 x its code, an exception to BASE
 * (norm:mtvec_mode_vectored_op, norm:stvec_op); with Direct everything goes to BASE
 * (norm:mtvec_mode_direct_op). */
#include "lib/interrupt.h"

/* Two tables of 16 jumps, the slot's number being left in a0, then back to M mode as run_in() would. */
__asm__(".pushsection .text\n.option push\n.option norvc\n.balign 256\n"
        "slots:\n"
        ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n j 100f + \\n * 8\n.endr\n"
        "100:\n"
        ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n li a0, \\n\n j 1f\n.endr\n"
        "1: csrw mie, x0\n ld sp, 64(tp)\n ld ra, 72(tp)\n ret\n"
        ".balign 256\n"
        "s_slots:\n"
        ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n j 100f + \\n * 8\n.endr\n"
        "100:\n"
        ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n li a0, \\n\n j 1f\n.endr\n"
        "1: csrw sie, x0\n li a7, 0x4d\n ecall\n"
        ".option pop\n.popsection\n");
extern const char slots[], s_slots[];

static uint64_t spin(uint64_t unused)
{
    __asm__ volatile("1: j 1b");
    return unused;
}

static uint64_t make_breakpoint(uint64_t unused)
{
    __asm__ volatile("ebreak");
    return unused;
}

static uint64_t slot_of(unsigned interrupt, unsigned mode)
{
    CSR_WRITE(mie, BIT_OF(interrupt));
    return run_in(mode, spin, 0);
}

static void check_m(unsigned number, bool vectored)
{
    static const uint8_t all[] = {SSI, MSI, STI, MTI, SEI, MEI};
    for (unsigned i = 0; i < sizeof all; i++) {
        expect(number, slot_of(all[i], MODE_U), vectored ? all[i] : 0);
        expect(number + 1, CSR_READ(mcause), INTERRUPT(all[i]));
    }
    expect(number + 2, run_in(MODE_U, make_breakpoint, 5), 0);
}

void test(void)
{
    uint64_t mtvec = CSR_READ(mtvec);
    raise_all();
    CSR_WRITE(mtvec, (uint64_t)slots | 1);
    expect(1, CSR_READ(mtvec), (uint64_t)slots | 1);
    check_m(2, true);
    CSR_WRITE(mtvec, slots);
    check_m(5, false);

    CSR_WRITE(mtvec, mtvec);
    CSR_WRITE(mideleg, S_INTERRUPTS);
    CSR_WRITE(medeleg, 1 << CAUSE_BREAKPOINT);
    for (unsigned vectored = 0; vectored < 2; vectored++) {
        CSR_WRITE(stvec, (uint64_t)s_slots | vectored);
        expect(10, slot_of(SSI, MODE_U), vectored * SSI);
        expect(11, slot_of(STI, MODE_U), vectored * STI);
        expect(12, slot_of(SEI, MODE_U), vectored * SEI);
        expect(13, run_in(MODE_U, make_breakpoint, 5), 0);
        CSR_SET(mstatus, MSTATUS_SIE);
        expect(14, slot_of(SEI, MODE_S), vectored * SEI);
    }
}
