/* SPDX-License-Identifier: MIT */
/* MIE and SIE mask interrupts in their own mode only: those for a higher mode are on, those for a
 * lower mode off, whatever the bits say (norm:mstatus_xie_intr_en_dis, norm:intr_mip_mie_op). */
#include "lib/interrupt.h"

/* Mode, MIE, SIE; whether an M interrupt and a delegated one are taken. */
static const struct {
    uint8_t mode, mie, sie, takes_m, takes_s;
} cases[] = {
    {MODE_M, 0, 0, 0, 0}, {MODE_M, 0, 1, 0, 0}, {MODE_M, 1, 0, 1, 0}, {MODE_M, 1, 1, 1, 0},
    {MODE_S, 0, 0, 1, 0}, {MODE_S, 0, 1, 1, 1}, {MODE_S, 1, 0, 1, 0}, {MODE_S, 1, 1, 1, 1},
    {MODE_U, 0, 0, 1, 1}, {MODE_U, 0, 1, 1, 1}, {MODE_U, 1, 0, 1, 1}, {MODE_U, 1, 1, 1, 1},
};

static uint64_t spin(uint64_t rounds)
{
    for (volatile uint64_t i = 0; i < rounds; i++) {
    }
    return 0;
}

static void set_enables(unsigned i)
{
    CSR_CLEAR(mstatus, MSTATUS_SIE | MSTATUS_MPIE);
    CSR_SET(mstatus, cases[i].sie * MSTATUS_SIE | cases[i].mie * MSTATUS_MPIE);
}

static void check(unsigned i)
{
    taken_m.count = taken_s.count = 0;
    CSR_WRITE(mie, BIT_OF(MSI) | BIT_OF(SSI));
    CSR_SET(mip, BIT_OF(SSI));
    set_enables(i);
    if (cases[i].mode != MODE_M) {
        run_in(cases[i].mode, spin, 10);
    } else {
        CSR_SET(mstatus, cases[i].mie * MSTATUS_MIE);
        spin(10);
    }
    CSR_CLEAR(mstatus, MSTATUS_MIE);
    expect(2 * i + 1, taken_m.count, cases[i].takes_m);
    expect(2 * i + 2, taken_s.count, cases[i].takes_s);
}

void test(void)
{
    uint64_t mtvec = start_noting();
    CSR_WRITE(mideleg, BIT_OF(SSI));
    *(volatile uint32_t *)CLINT_MSIP = 1;
    while (!(CSR_READ(mip) & BIT_OF(MSI))) {
    }
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
        check(i);
    expect(50, taken_m.cause[0], INTERRUPT(MSI));
    expect(51, taken_s.cause[0], INTERRUPT(SSI));
    CSR_WRITE(mtvec, mtvec);
}
