/* SPDX-License-Identifier: MIT */
/* once: it counts on CSRs and variables as they are at the start */
/* With TVM, satp and SFENCE.VMA are illegal in S mode (norm:mstatus_tvm_warl_op), with TW a WFI that would
 * wait (norm:mstatus_tw_op), with TSR an SRET (norm:mstatus_tsr_op); without them, none. xtval is the
 * instruction (norm:mtval_instr_bits_list). */
#include "lib/env.h"

static uint64_t read_satp(uint64_t unused)
{
    return TRY("csrr %0, satp", unused, 0);
}

static uint64_t write_satp(uint64_t unused)
{
    return TRY("csrw satp, x0", unused, 0);
}

static uint64_t fence(uint64_t unused)
{
    return TRY("sfence.vma x0, x0", unused, 0);
}

static uint64_t wait(uint64_t unused)
{
    return TRY("wfi", unused, 0);
}

static uint64_t do_sret(uint64_t unused)
{
    return TRY("csrs sstatus, %1\n la t1, 8f\n csrw sepc, t1\n sret\n 8:", unused,
               (uint64_t)MSTATUS_SPP);
}

static void check(unsigned number, uint64_t (*what)(uint64_t), uint64_t bit, uint32_t instruction)
{
    CSR_CLEAR(mstatus, MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR);
    expect(number, run_in(MODE_S, what, 0), NO_TRAP);
    CSR_SET(mstatus, (MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR) & ~bit);
    expect(number + 1, run_in(MODE_S, what, 0), NO_TRAP);
    CSR_SET(mstatus, bit);
    expect(number + 2, run_in(MODE_S, what, 0), CAUSE_ILLEGAL);
    if (instruction != 0)
        expect(number + 3, self()->tval, instruction);
}

void test(void)
{
    check(10, read_satp, MSTATUS_TVM, 0);
    check(20, write_satp, MSTATUS_TVM, 0x18001073);
    check(30, fence, MSTATUS_TVM, 0x12000073);
    check(40, do_sret, MSTATUS_TSR, 0x10200073);
    CSR_SET(mideleg, MIP_SSIP); /* for the one WFI that must not trap: it shall not wait either */
    CSR_SET(mie, MIP_SSIP);
    CSR_CLEAR(mstatus, MSTATUS_SIE);
    CSR_SET(mstatus, MSTATUS_TW);
    expect(50, run_in(MODE_S, wait, 0), CAUSE_ILLEGAL);
    expect(51, self()->tval, 0x10500073);
    CSR_CLEAR(mstatus, MSTATUS_TW);
    CSR_SET(mip, MIP_SSIP);
    expect(52, run_in(MODE_S, wait, 0), NO_TRAP);
}
