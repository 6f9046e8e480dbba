/* SPDX-License-Identifier: MIT */
/* In S mode WFI goes on as soon as an interrupt is pending and enabled in mie, even one that SIE masks or
 * that is delegated (norm:wfi_op, norm:wfi_unaffected_conditions); when it is taken, xepc is the instruction
 * behind WFI (norm:wfi_mepc_val). In U mode WFI is illegal or goes on (norm:mstatus_tw_umode_op). */
#include "lib/interrupt.h"

static uint64_t wait(uint64_t unused)
{
    uint64_t next;
    (void)unused;
    __asm__ volatile("la %0, 1f\n wfi\n 1: nop" : "=r"(next)::"memory");
    return next;
}

static uint64_t try_wait(uint64_t unused)
{
    return TRY("wfi", unused, 0);
}

/* Long enough for WFI to be reached first: 10 ms. */
#define TICKS 100000

static void arm_timer(void)
{
    *(volatile uint64_t *)CLINT_MTIMECMP = *(volatile uint64_t *)CLINT_MTIME + TICKS;
}

/* The timer of M mode ends S mode's wait: it is always on there. */
static void check_timer_for_m(void)
{
    uint64_t mtvec = start_noting();
    arm_timer();
    CSR_WRITE(mie, BIT_OF(MTI));
    uint64_t next = run_in(MODE_S, wait, 0);
    expect(1, taken_m.count, 1);
    expect(2, taken_m.cause[0], INTERRUPT(MTI));
    expect(3, taken_m.epc[0], next);
    expect(4, taken_m.status[0] & MSTATUS_MPP, MODE_S << MSTATUS_MPP_SHIFT);
    CSR_WRITE(mtvec, mtvec);
}

/* Delegated, masked by SIE, pending: goes on without a trap. */
static void check_delegated(void)
{
    uint64_t mtvec = start_noting();
    CSR_WRITE(mideleg, BIT_OF(SSI));
    CSR_SET(mip, BIT_OF(SSI));
    CSR_WRITE(mie, BIT_OF(SSI));
    CSR_CLEAR(mstatus, MSTATUS_SIE);
    run_in(MODE_S, wait, 0);
    expect(5, taken_s.count, 0);
    expect(6, taken_m.count, 0);
    CSR_CLEAR(mip, BIT_OF(SSI));
    CSR_WRITE(mtvec, mtvec);
}

/* stimecmp ends a wait in S mode, SIE or not. */
static void check_stimecmp(bool sie)
{
    uint64_t mtvec = start_noting();
    CSR_SET(0x30a, UINT64_C(1) << 63);
    CSR_WRITE(mideleg, BIT_OF(STI));
    CSR_WRITE(mie, BIT_OF(STI));
    CSR_SET(mstatus, sie ? MSTATUS_SIE : 0);
    CSR_WRITE(0x14d, CSR_READ(time) + TICKS);
    uint64_t next = run_in(MODE_S, wait, 0);
    expect(8, CSR_READ(time) >= CSR_READ(0x14d), true);
    expect(9, taken_s.count, sie);
    if (sie)
        expect(10, taken_s.epc[0], next);
    CSR_WRITE(0x14d, UINT64_MAX);
    CSR_CLEAR(mstatus, MSTATUS_SIE);
    CSR_WRITE(mtvec, mtvec);
}

void test(void)
{
    for (unsigned round = 0; round < 3; round++) {
        check_timer_for_m();
        check_delegated();
        check_stimecmp(false);
        check_stimecmp(true);
        CSR_WRITE(mideleg, BIT_OF(SSI));
        CSR_WRITE(mie, BIT_OF(SSI));
        CSR_CLEAR(mip, BIT_OF(SSI));
        CSR_SET(mstatus, MSTATUS_TW);
        expect(20, run_in(MODE_U, try_wait, 0), CAUSE_ILLEGAL);
        expect(21, run_in(MODE_S, try_wait, 0), CAUSE_ILLEGAL);
        CSR_CLEAR(mstatus, MSTATUS_TW);
        expect(22, run_in(MODE_U, try_wait, 0), CAUSE_ILLEGAL);
        expect(23, self()->tval, 0x10500073);
    }
}
