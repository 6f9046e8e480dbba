/* SPDX-License-Identifier: MIT */
/* A set bit of mcountinhibit stops its counter and no other; time has no bit
 * (norm:mcountinhibit_op2, norm:mcountinhibit_sz_warl_op1). A stopped counter can be written and goes
 * on from there. */
/* qemu: no, 7.2 counts time unless -icount is given */
#include "lib/env.h"

#define CY 1
#define TM 2
#define IR 4

static void spin(void)
{
    for (volatile unsigned i = 0; i < 200; i++) {
    }
}

static void check(unsigned number, uint64_t inhibit)
{
    CSR_WRITE(mcountinhibit, inhibit);
    expect(number, CSR_READ(mcountinhibit), inhibit);
    uint64_t cycles = CSR_READ(mcycle), instructions = CSR_READ(minstret);
    spin();
    expect(number + 1, CSR_READ(mcycle) == cycles, (inhibit & CY) != 0);
    expect(number + 2, CSR_READ(minstret) == instructions, (inhibit & IR) != 0);
    expect(number + 3, CSR_READ(cycle) == cycles, (inhibit & CY) != 0);
    expect(number + 4, CSR_READ(instret) == instructions, (inhibit & IR) != 0);
}

static void check_written_while_stopped(void)
{
    CSR_WRITE(mcountinhibit, CY | IR);
    CSR_WRITE(mcycle, 1000);
    CSR_WRITE(minstret, 2000);
    spin();
    expect(30, CSR_READ(mcycle), 1000);
    expect(31, CSR_READ(minstret), 2000);
    uint64_t after;
    __asm__ volatile("csrw mcountinhibit, x0\n nop\n nop\n nop\n csrw mcountinhibit, %1\n csrr %0, minstret\n"
                     : "=&r"(after)
                     : "r"(UINT64_C(5)));
    /* The manual leaves it open which of the two writes is counted. */
    expect(32, after >= 2003 && after <= 2005, true);
    CSR_WRITE(mcountinhibit, 0);
    spin();
    expect(33, CSR_READ(minstret) > after, true);
}

void test(void)
{
    for (unsigned round = 0; round < 3; round++) {
        check(1, 0);
        check(6, CY);
        check(11, IR);
        check(16, CY | IR);
        CSR_WRITE(mcountinhibit, UINT64_MAX);
        expect(21, CSR_READ(mcountinhibit) & TM, 0);
        check_written_while_stopped();
    }
}
