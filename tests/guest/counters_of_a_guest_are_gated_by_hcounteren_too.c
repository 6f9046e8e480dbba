/* SPDX-License-Identifier: MIT */
/* norm:hcounteren_op, norm:H_virtinst_vs_nonhighctr_h0_m1, norm:H_virtinst_vu_nonhighctr_h0_s0_m1: a guest's counter reads are illegal
 * without mcounteren; then virtual instructions without hcounteren, and in VU mode without scounteren.
 * norm:hcounteren_acc, norm:henvcfg_stce, norm:mcounteren_tm_clr: likewise stimecmp in VS mode, with STCE. */
#include "lib/virt.h"

static uint64_t read_counter(uint64_t which)
{
    uint64_t value = 0;
    switch (which) {
    case 0: return TRY("csrr %0, cycle", value, 0);
    case 1: return TRY("csrr %0, time", value, 0);
    case 2: return TRY("csrr %0, instret", value, 0);
    default: return TRY("csrr %0, hpmcounter31", value, 0);
    }
}

static uint64_t read_stimecmp(uint64_t unused)
{
    return TRY("csrr %0, stimecmp", unused, 0);
}

static uint64_t read_vstimecmp(uint64_t unused)
{
    return TRY("csrr %0, vstimecmp", unused, 0);
}

static uint64_t wanted(unsigned mode, bool m, bool h, bool s)
{
    bool guest = mode == IN_VU || mode == IN_VS, user = mode == IN_U || mode == IN_VU;
    if (!m)
        return CAUSE_ILLEGAL;
    if (guest && !h)
        return CAUSE_VIRTUAL;
    return !user || s ? NO_TRAP : guest ? CAUSE_VIRTUAL : CAUSE_ILLEGAL;
}

static void check_counters(void)
{
    for (unsigned i = 0; i < 4 * 8 * MODES_BELOW_M; i++) {
        unsigned which = i % 4, mode = i / 4 % MODES_BELOW_M, bits = i / 4 / MODES_BELOW_M;
        uint64_t bit = UINT64_C(1) << (which == 3 ? 31 : which);
        bool m = bits & 1, h = bits & 2, s = bits & 4;
        CSR_WRITE(mcounteren, m ? bit : ~bit);
        CSR_WRITE(hcounteren, h ? bit : ~bit);
        CSR_WRITE(scounteren, s ? bit : ~bit);
        expect(1 + which, run_in_mode(mode, read_counter, which), wanted(mode, m, h, s));
    }
}

static void check_comparator(void)
{
    for (unsigned i = 0; i < 16; i++) {
        bool m = i & 1, h = i & 2, stce = i & 4, guest_stce = i & 8;
        CSR_WRITE(mcounteren, m ? 2 : 0);
        CSR_WRITE(hcounteren, h ? 2 : 0);
        CSR_WRITE(menvcfg, stce ? ENVCFG_STCE : 0);
        CSR_WRITE(henvcfg, guest_stce ? ENVCFG_STCE : 0);
        uint64_t hs = m && stce ? NO_TRAP : CAUSE_ILLEGAL;
        uint64_t vs = hs != NO_TRAP ? hs : h && guest_stce ? NO_TRAP : CAUSE_VIRTUAL;
        expect(10, run_in_mode(IN_HS, read_stimecmp, 0), hs);
        expect(11, run_in_mode(IN_HS, read_vstimecmp, 0), hs);
        expect(12, run_in_mode(IN_VS, read_stimecmp, 0), vs);
        expect(13, run_in_mode(IN_VS, read_vstimecmp, 0), hs == NO_TRAP ? CAUSE_VIRTUAL : hs);
        expect(14, run_in_mode(IN_VU, read_stimecmp, 0), hs == NO_TRAP ? CAUSE_VIRTUAL : hs);
        expect(15, run_in_mode(IN_U, read_stimecmp, 0), CAUSE_ILLEGAL);
    }
}

void test(void)
{
    check_counters();
    check_comparator();
}
