/* SPDX-License-Identifier: MIT */
/* A delegated exception of S or U mode is S mode's: sepc, scause, stval, SPP, SPIE and SIE tell of it and
 * nothing of M mode's changes (norm:medeleg_mideleg_op1, norm:medeleg_mideleg_op2, norm:trap_del_S-mode,
 * norm:trap_del_S_mode_op, norm:sepc_op_trap_write, norm:mstatus_xpie_xie_xpp_trap_op), horizontally too
 * (norm:trap_horiz). M mode's own never goes down (norm:trap_never_trans_lower). */
#include "lib/env.h"

#define S_FIELDS (MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE)

/* S mode's handler ends run_in(). */
__asm__(".pushsection .text\n.balign 4\nto_m: li a7, 0x4d\n ecall\n.popsection\n");
extern const char to_m[];

static uint64_t do_ebreak(uint64_t unused)
{
    __asm__ volatile("ebreak");
    return unused;
}

static uint64_t do_illegal(uint64_t unused)
{
    __asm__ volatile(".half 0");
    return unused;
}

static uint64_t do_load(uint64_t address)
{
    return *(volatile uint64_t *)address;
}

static uint64_t do_ecall(uint64_t unused)
{
    __asm__ volatile("li a7, 0\n ecall" ::: "a7");
    return unused;
}

static void check(unsigned number, unsigned mode, uint64_t (*function)(uint64_t), uint64_t cause)
{
    for (unsigned sie = 0; sie < 2; sie++) {
        CSR_CLEAR(mstatus, S_FIELDS);
        CSR_SET(mstatus, sie * MSTATUS_SIE | (sie ? 0 : MSTATUS_SPIE));
        CSR_WRITE(mtval, 0x1111);
        CSR_WRITE(scause, 0x33);
        CSR_WRITE(sepc, 0);
        /* An address that is nowhere. */
        run_in(mode, function, 8);
        expect(number, CSR_READ(scause), cause);
        uint64_t epc = CSR_READ(sepc);
        expect(number + 1, epc >= (uint64_t)function && epc < (uint64_t)function + 16, true);
        expect(number + 2, CSR_READ(mstatus) & S_FIELDS, (mode == MODE_S ? MSTATUS_SPP : 0) | (sie ? MSTATUS_SPIE : 0));
        expect(number + 3, CSR_READ(mcause), CAUSE_ECALL_S);
        if (cause == CAUSE_LOAD_ACCESS)
            expect(number + 4, CSR_READ(stval), 8);
        if (cause == CAUSE_ECALL_U || cause == CAUSE_ILLEGAL)
            expect(number + 4, CSR_READ(stval), 0);
    }
}

void test(void)
{
    uint64_t value = 0;
    CSR_WRITE(stvec, to_m);
    CSR_WRITE(medeleg, 1 << CAUSE_BREAKPOINT | 1 << CAUSE_ILLEGAL | 1 << CAUSE_LOAD_ACCESS | 1 << CAUSE_ECALL_U);
    for (unsigned round = 0; round < 3; round++) {
        check(1, MODE_U, do_ebreak, CAUSE_BREAKPOINT);
        check(6, MODE_S, do_ebreak, CAUSE_BREAKPOINT);
        check(11, MODE_U, do_illegal, CAUSE_ILLEGAL);
        check(16, MODE_S, do_illegal, CAUSE_ILLEGAL);
        check(21, MODE_S, do_load, CAUSE_LOAD_ACCESS);
        check(26, MODE_U, do_ecall, CAUSE_ECALL_U);
        CSR_WRITE(scause, 0x33);
        expect(31, TRY("ebreak", value, 0), CAUSE_BREAKPOINT);
        expect(32, TRY(".half 0", value, 0), CAUSE_ILLEGAL);
        expect(33, TRY("ld %0, (%1)", value, UINT64_C(8)), CAUSE_LOAD_ACCESS);
        expect(34, CSR_READ(scause), 0x33);
    }
}
