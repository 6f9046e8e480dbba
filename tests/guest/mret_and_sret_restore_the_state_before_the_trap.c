/* SPDX-License-Identifier: MIT */
/* xRET sets xIE from xPIE, xPIE to 1, xPP to U and leaves the other mode's fields alone
 * (norm:mstatus_xret_op, norm:xret_op, norm:mret_presence, norm:sret_presence); it goes to xepc with bit 0 read as 0 (norm:mepc_align). MRET clears MPRV
 * unless it goes to M mode, SRET clears it always (norm:mstatus_mprv_clr_mret_sret_less_priv). */
/* qemu: no, 7.2 leaves MPRV set over an MRET to S */
#include "lib/env.h"

#define FIELDS (MSTATUS_SIE | MSTATUS_MIE | MSTATUS_SPIE | MSTATUS_MPIE | MSTATUS_SPP | MSTATUS_MPP | MSTATUS_MPRV)
#define MPP(mode) ((uint64_t)(mode) << MSTATUS_MPP_SHIFT)

/* mstatus as a trap from the place behind an xRET shows it, the trap itself having set MPP, MPIE and
 * MIE: what those were before is in `mode` and in MPIE. */
struct after {
    uint64_t status, mode;
};

#define AFTER_RETURN(ret, epc, status)                                                                                 \
    ({                                                                                                                 \
        uint64_t unused = 0;                                                                                           \
        CSR_CLEAR(mstatus, FIELDS);                                                                                    \
        CSR_SET(mstatus, status);                                                                                      \
        __asm__ volatile("la t0, 1f\n la t1, 2f\n sd sp, 64(tp)\n sd t1, 72(tp)\n ori t0, t0, 1\n"                     \
                         " csrw " epc ", t0\n li a7, 0x4d\n " ret "\n j .\n 1: ecall\n 2:\n"                           \
                         : "+r"(unused)                                                                                \
                         :                                                                                             \
                         : "t0", "t1", "a7", "ra", "memory");                                                          \
        uint64_t now = CSR_READ(mstatus);                                                                              \
        CSR_CLEAR(mstatus, MSTATUS_MPRV);                                                                              \
        (struct after){now & (FIELDS & ~MSTATUS_MPP), (now & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT};                       \
    })

static void check(unsigned number, struct after got, uint64_t status, uint64_t mode)
{
    expect(number, got.status, status);
    expect(number + 1, got.mode, mode);
}

/* MIE of the mode behind MRET shows in MPIE, which the ecall has set from it. */
static void check_mret(uint64_t others)
{
    check(1, AFTER_RETURN("mret", "mepc", others | MPP(MODE_U) | MSTATUS_MPIE), others | MSTATUS_MPIE, MODE_U);
    check(3, AFTER_RETURN("mret", "mepc", others | MPP(MODE_U)), others, MODE_U);
    check(5, AFTER_RETURN("mret", "mepc", others | MPP(MODE_S) | MSTATUS_MIE), others, MODE_S);
    check(7, AFTER_RETURN("mret", "mepc", others | MPP(MODE_S) | MSTATUS_MPRV), others, MODE_S);
    check(9, AFTER_RETURN("mret", "mepc", others | MPP(MODE_U) | MSTATUS_MPRV | MSTATUS_MPIE), others | MSTATUS_MPIE,
          MODE_U);
}

/* M mode may use SRET as well, TSR or not. */
static void check_sret(uint64_t m_fields)
{
    check(20, AFTER_RETURN("sret", "sepc", m_fields | MSTATUS_SPP | MSTATUS_SPIE),
          MSTATUS_SIE | MSTATUS_SPIE | (m_fields & MSTATUS_MIE ? MSTATUS_MPIE : 0), MODE_S);
    check(22, AFTER_RETURN("sret", "sepc", m_fields | MSTATUS_SIE),
          MSTATUS_SPIE | (m_fields & MSTATUS_MIE ? MSTATUS_MPIE : 0), MODE_U);
    check(24, AFTER_RETURN("sret", "sepc", m_fields | MSTATUS_MPRV),
          MSTATUS_SPIE | (m_fields & MSTATUS_MIE ? MSTATUS_MPIE : 0), MODE_U);
}

static uint64_t mret_to_m(uint64_t more)
{
    uint64_t status;
    CSR_CLEAR(mstatus, FIELDS);
    CSR_SET(mstatus, MPP(MODE_M) | more);
    __asm__ volatile("la t0, 1f\n csrw mepc, t0\n mret\n j .\n 1: csrr %0, mstatus\n"
                     : "=r"(status)
                     :
                     : "t0", "memory");
    CSR_CLEAR(mstatus, MSTATUS_MPRV | MSTATUS_MIE);
    return status & FIELDS;
}

void test(void)
{
    for (unsigned round = 0; round < 3; round++) {
        check_mret(0);
        check_mret(MSTATUS_SIE | MSTATUS_SPP);
        check_mret(MSTATUS_SPIE);
        check_sret(0);
        check_sret(MSTATUS_MIE | MSTATUS_MPIE);
        expect(30, mret_to_m(0), MSTATUS_MPIE);
        expect(31, mret_to_m(MSTATUS_MPIE), MSTATUS_MPIE | MSTATUS_MIE);
        expect(32, mret_to_m(MSTATUS_MPRV), MSTATUS_MPIE | MSTATUS_MPRV);
        CSR_SET(mstatus, MSTATUS_TSR);
    }
}
