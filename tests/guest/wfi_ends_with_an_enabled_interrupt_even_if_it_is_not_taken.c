/* SPDX-License-Identifier: MIT */
/* norm:wfi_op: WFI goes on when an interrupt is pending and enabled in mie, whatever mstatus.MIE says
 * (norm:wfi_intr_dis, norm:wfi_no_intr_pc);
 * with MIE the interrupt is taken, and its xepc is the instruction behind WFI (norm:wfi_mepc_val). */
#include "lib/env.h"

static volatile uint32_t *msip(void)
{
    return (volatile uint32_t *)CLINT_MSIP;
}

static volatile uint64_t *mtimecmp(void)
{
    return (volatile uint64_t *)CLINT_MTIMECMP;
}

static void arm_timer(uint64_t ticks)
{
    *mtimecmp() = *(volatile uint64_t *)CLINT_MTIME + ticks;
}

void test(void)
{
    uint64_t pc = 0;
    CSR_WRITE(mie, MIP_MSIP);
    *msip() = 1;
    __asm__ volatile("wfi");
    *msip() = 0;

    CSR_WRITE(mie, MIP_MTIP);
    arm_timer(5000);
    __asm__ volatile("wfi");
    expect(1, CSR_READ(mip) & MIP_MTIP, MIP_MTIP);

    arm_timer(5000);
    expect(2, CSR_READ(mip) & MIP_MTIP, 0);
    expect(3, TRY("csrsi mstatus, 8\n la %0, 8f\n wfi\n 8: j 8b", pc, 0), INTERRUPT(7));
    expect(4, self()->epc, pc);
    CSR_WRITE(mie, 0);
}
