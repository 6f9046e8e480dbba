/* SPDX-License-Identifier: MIT */
/* An interrupt that is pending when xRET or a CSR write lets it through comes before the next
 * instruction (norm:intr_mip_mie_xret_csrwr): xepc is the return's target, or the instruction behind
 * the write. */
#include "lib/interrupt.h"

static volatile uint64_t reached;

static uint64_t target(uint64_t unused)
{
    reached = 1;
    return unused;
}

/* MRET to a mode in which MSI is on. */
static void check_mret(unsigned number, unsigned mode)
{
    taken_m.count = reached = 0;
    CSR_WRITE(mie, BIT_OF(MSI));
    run_in(mode, target, 0);
    expect(number, taken_m.count, 1);
    expect(number + 1, taken_m.cause[0], INTERRUPT(MSI));
    expect(number + 2, taken_m.epc[0], (uint64_t)target);
    expect(number + 3, taken_m.status[0] & MSTATUS_MPP, (uint64_t)mode << MSTATUS_MPP_SHIFT);
    expect(number + 4, reached, 1);
}

/* SRET from S mode, SIE = 0, to U mode or to S mode with SPIE = 1: the delegated SSI is on there. */
static uint64_t do_sret(uint64_t status)
{
    uint64_t after = 0;
    __asm__ volatile("la t0, 1f\n csrw sepc, t0\n csrs sstatus, %1\n sret\n nop\n 1: addi %0, t0, 0\n"
                     : "=r"(after)
                     : "r"(status)
                     : "t0", "memory");
    return after;
}

static void check_sret(unsigned number, uint64_t status)
{
    taken_s.count = 0;
    CSR_CLEAR(mstatus, MSTATUS_SIE | MSTATUS_SPP | MSTATUS_SPIE);
    CSR_WRITE(mie, BIT_OF(SSI));
    uint64_t landed = run_in(MODE_S, do_sret, status);
    expect(number, taken_s.count, 1);
    expect(number + 1, taken_s.cause[0], INTERRUPT(SSI));
    expect(number + 2, taken_s.epc[0], landed);
    expect(number + 3, taken_s.status[0] & MSTATUS_SPP, status & MSTATUS_SPP);
}

#define AFTER(instruction, operand)                                                                                    \
    ({                                                                                                                 \
        uint64_t next;                                                                                                 \
        __asm__ volatile("la %0, 1f\n " instruction "\n 1: nop\n nop\n"                                                \
                         : "=&r"(next)                                                                                 \
                         : "r"((uint64_t)(operand))                                                                    \
                         : "memory");                                                                                  \
        next;                                                                                                          \
    })

static void check_write(unsigned number, uint64_t next)
{
    expect(number, taken_m.count, 1);
    expect(number + 1, taken_m.epc[0], next);
    taken_m.count = 0;
}

static void check_csr_writes(void)
{
    taken_m.count = 0;
    CSR_WRITE(mie, BIT_OF(SSI));
    CSR_WRITE(mideleg, 0);
    CSR_CLEAR(mip, BIT_OF(SSI));
    CSR_CLEAR(mstatus, MSTATUS_MIE);
    CSR_SET(mip, BIT_OF(SSI));
    check_write(40, AFTER("csrs mstatus, %1", MSTATUS_MIE));
    check_write(42, AFTER("csrs mie, %1", BIT_OF(SSI)));
    CSR_CLEAR(mip, BIT_OF(SSI));
    CSR_WRITE(mie, BIT_OF(SSI));
    check_write(44, AFTER("csrs mip, %1", BIT_OF(SSI)));
    CSR_WRITE(mideleg, BIT_OF(SSI));
    CSR_WRITE(mie, BIT_OF(SSI));
    expect(46, taken_m.count, 0);
    check_write(47, AFTER("csrc mideleg, %1", BIT_OF(SSI)));
    CSR_CLEAR(mstatus, MSTATUS_MIE);
}

void test(void)
{
    uint64_t mtvec = start_noting();
    *(volatile uint32_t *)CLINT_MSIP = 1;
    while (!(CSR_READ(mip) & BIT_OF(MSI))) {
    }
    CSR_WRITE(mideleg, BIT_OF(SSI));
    for (unsigned round = 0; round < 3; round++) {
        check_mret(1, MODE_U);
        check_mret(6, MODE_S);
    }
    CSR_SET(mip, BIT_OF(SSI));
    for (unsigned round = 0; round < 3; round++) {
        check_sret(20, 0);
        check_sret(25, MSTATUS_SPP | MSTATUS_SPIE);
    }
    for (unsigned round = 0; round < 3; round++)
        check_csr_writes();
    CSR_WRITE(mtvec, mtvec);
}
