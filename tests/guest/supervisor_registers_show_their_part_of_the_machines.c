/* SPDX-License-Identifier: MIT */
/* sstatus is the part of mstatus that concerns S mode (norm:sstatus, norm:sstatus_sie, norm:sstatus_spie, norm:sstatus_spp,
 * norm:sstatus_sum, norm:sstatus_mxr), UXL reads 64 bits (norm:sstatus_uxl, norm:sstatus_uxl_sz); sie and sip are the delegated
 * part of mie and mip (norm:sie_acc, norm:sip_acc, norm:sip_op, norm:sip_sie_bits_sz, norm:sip_sie_warl,
 * norm:sip_ssip_sie_ssie, norm:mip_ssip_acc), where a bit that M mode alone sets is read-only (norm:sip_seip_sie_seie,
 * norm:sip_stip_sie_stie, norm:mip_seip_acc); sscratch, scause and stval hold what is written (norm:sscratch, norm:scause,
 * norm:stval, norm:mscratch_sz_acc, norm:mcause_sz_acc, norm:mtval_sz_acc). */
#include "lib/env.h"

#define MIP_S (MIP_SSIP | MIP_STIP | MIP_SEIP)
#define UXL (UINT64_C(3) << 32)

static void check_status(void)
{
    uint64_t shared = MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_SUM | MSTATUS_MXR;
    uint64_t kept = CSR_READ(mstatus);
    for (unsigned bit = 0; bit < 32; bit++) {
        uint64_t mask = shared & UINT64_C(1) << bit;
        CSR_CLEAR(sstatus, shared);
        expect(1, CSR_READ(mstatus) & shared, 0);
        CSR_SET(sstatus, mask);
        expect(2, CSR_READ(mstatus) & shared, mask);
        expect(3, CSR_READ(sstatus) & shared, mask);
        CSR_CLEAR(mstatus, mask);
        expect(4, CSR_READ(sstatus) & shared, 0);
    }
    CSR_WRITE(mstatus, kept);
    CSR_SET(mstatus, MSTATUS_MPIE | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR);
    expect(5, CSR_READ(sstatus) & (MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR), 0);
    CSR_CLEAR(sstatus, UINT64_MAX);
    expect(6, CSR_READ(mstatus) & (MSTATUS_MPIE | MSTATUS_TVM), MSTATUS_MPIE | MSTATUS_TVM);
    expect(7, (CSR_READ(sstatus) & UXL) >> 32, 2);
    CSR_WRITE(mstatus, kept);
}

static void check_interrupts(void)
{
    CSR_WRITE(mie, 0);
    CSR_WRITE(mideleg, 0);
    CSR_WRITE(sie, UINT64_MAX);
    expect(10, CSR_READ(mie), 0); /* nothing is delegated */
    CSR_SET(mip, MIP_S);
    expect(11, CSR_READ(sip), 0);
    CSR_WRITE(mideleg, MIP_S);
    expect(12, CSR_READ(sip), MIP_S);
    CSR_WRITE(sie, UINT64_MAX);
    expect(13, CSR_READ(mie), MIP_S);
    expect(14, CSR_READ(sie), MIP_S);
    CSR_WRITE(sip, 0);
    expect(15, CSR_READ(mip) & MIP_S, MIP_STIP | MIP_SEIP); /* these two are the machine's to clear */
    CSR_WRITE(sip, UINT64_MAX);
    expect(16, CSR_READ(mip) & MIP_S, MIP_S);
    CSR_CLEAR(mip, MIP_STIP | MIP_SEIP);
    expect(17, CSR_READ(sip), MIP_SSIP);
    CSR_WRITE(sie, 0);
    expect(18, CSR_READ(mie), 0);
    CSR_CLEAR(mip, MIP_S);
}

#define HOLDS(name, number)                                                                                            \
    do {                                                                                                               \
        uint64_t kept = CSR_READ(name);                                                                                \
        for (unsigned bit = 0; bit < 64; bit++) {                                                                      \
            CSR_WRITE(name, UINT64_C(1) << bit);                                                                       \
            expect(number, CSR_READ(name), UINT64_C(1) << bit);                                                        \
        }                                                                                                              \
        CSR_WRITE(name, kept);                                                                                         \
    } while (0)

/* Causes that there are, and what each must hold. */
#define HOLDS_CAUSE(name, number)                                                                                      \
    do {                                                                                                               \
        for (unsigned code = 0; code < 16; code++) {                                                                   \
            CSR_WRITE(name, code);                                                                                     \
            expect(number, CSR_READ(name), code);                                                                      \
            CSR_WRITE(name, INTERRUPT(code));                                                                          \
            expect(number + 1, CSR_READ(name), INTERRUPT(code));                                                       \
        }                                                                                                              \
    } while (0)

void test(void)
{
    check_status();
    check_interrupts();
    HOLDS(sscratch, 20);
    HOLDS(stval, 21);
    HOLDS(mscratch, 22);
    HOLDS(mtval, 23);
    HOLDS_CAUSE(scause, 30);
    HOLDS_CAUSE(mcause, 32);
}
