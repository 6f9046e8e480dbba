/* SPDX-License-Identifier: MIT */
/* norm:H_trap_deleg, norm:hedeleg_op: to M mode, with medeleg to HS mode, and for a guest with hedeleg too to VS mode.
 * Each handler finds what the manual has written for it: norm:H_trap_m_csrwrites, norm:H_trap_hs_csrwrites,
 * norm:H_trap_vs_csrwrites with the tables of MPV and MPP, SPV and SPP, vsstatus.SPP; GVA says whether xtval is an address
 * of the guest's (norm:mstatus_gva_op, norm:hstatus_gva_op). A virtual instruction is never the guest's to handle. */
#include "lib/virt.h"

enum kind { ILLEGAL, BREAKPOINT, MISALIGNED, VIRTUAL, KINDS };

static const uint64_t causes[KINDS] = {CAUSE_ILLEGAL, CAUSE_BREAKPOINT, CAUSE_STORE_MISALIGNED, CAUSE_VIRTUAL};

static uint64_t place;

static uint64_t provoke(uint64_t kind)
{
    uint64_t value = 0;
    switch (kind) {
    case ILLEGAL: return TRY(".word 0xffffffff", value, 0);
    case BREAKPOINT: return TRY(".word 0x00100073", value, 0);
    case MISALIGNED: return TRY("amoadd.d zero, zero, (%1)", value, (uint64_t)&place + 4);
    default: return TRY("csrr %0, hstatus", value, 0);
    }
}

static bool is_virtual(unsigned mode)
{
    return mode == IN_VU || mode == IN_VS;
}

static uint64_t privilege(unsigned mode)
{
    return mode == IN_HS || mode == IN_VS;
}

static void check_m(unsigned mode, bool gva)
{
    expect(10, self()->status >> 39 & 1, is_virtual(mode));
    expect(11, self()->status >> 11 & 3, privilege(mode));
    expect(12, self()->status >> 38 & 1, gva);
    expect(13, self()->tval2, 0);
}

static void check_hs(unsigned mode, bool gva, bool spvp_before)
{
    expect(20, self()->hstatus >> 7 & 1, is_virtual(mode));
    expect(21, self()->status >> 8 & 1, privilege(mode));
    expect(22, self()->hstatus >> 8 & 1, is_virtual(mode) ? privilege(mode) : spvp_before);
    expect(23, self()->hstatus >> 6 & 1, gva);
    expect(24, self()->tval2, 0);
}

static void check(enum kind kind, unsigned mode, bool medeleg, bool hedeleg, bool spvp)
{
    bool to_vs = is_virtual(mode) && medeleg && hedeleg && kind != VIRTUAL;
    bool gva = is_virtual(mode) && (kind == BREAKPOINT || kind == MISALIGNED);
    CSR_WRITE(medeleg, medeleg ? UINT64_C(1) << causes[kind] : 0);
    CSR_WRITE(hedeleg, hedeleg ? UINT64_MAX : 0);
    CSR_WRITE(hstatus, spvp ? HSTATUS_SPVP : 0);
    expect(1 + kind, run_in_mode(mode, provoke, kind), causes[kind]);
    expect(5, self()->handler, to_vs ? HANDLED_BY_VS : medeleg ? HANDLED_BY_HS : HANDLED_BY_M);
    if (to_vs)
        expect(6, self()->status >> 8 & 1, privilege(mode));
    else if (medeleg)
        check_hs(mode, gva, spvp);
    else
        check_m(mode, gva);
}

void test(void)
{
    hypervisor_setup();
    for (unsigned i = 0; i < KINDS * MODES_BELOW_M * 8; i++) {
        enum kind kind = i % KINDS;
        unsigned mode = i / KINDS % MODES_BELOW_M, rest = i / KINDS / MODES_BELOW_M;
        if (kind != VIRTUAL || is_virtual(mode))
            check(kind, mode, rest & 1, rest & 2, rest & 4);
    }
}
