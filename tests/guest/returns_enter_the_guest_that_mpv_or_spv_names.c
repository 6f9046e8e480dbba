/* SPDX-License-Identifier: MIT */
/* MRET with MPV, and SRET with SPV from HS and from M mode, set V (norm:mret_h, norm:sret_v0, norm:hstatus_spv_sret) and
 * clear what they used; with MPP = 3 V stays 0 (norm:mstatus_mpv_op). SRET in VS mode looks at vsstatus and vsepc alone
 * (norm:sret_v1). Which mode was reached shows in the cause of its environment call and in MPV. */
#include "lib/virt.h"

/* Goes by `how` and lets the target call out: TRY shows cause and status of that. */
#define LEAP(how, set_up) TRY(set_up how "\n nop\n 8: li a7, 0\n ecall", unused, 0)

static uint64_t sret_from_here(uint64_t unused)
{
    return LEAP("\n sret", "la t1, 8f\n csrw sepc, t1\n");
}

static uint64_t mret_from_here(uint64_t unused)
{
    return LEAP("\n mret", "la t1, 8f\n csrw mepc, t1\n");
}

static void expect_from(unsigned number, uint64_t cause, uint64_t want, bool virt)
{
    expect(number, cause, want);
    expect(number + 1, self()->status >> 39 & 1, virt);
}

/* The trap handler brings the test back to where the trap came from, so that each leap is in a run of its own. */
static uint64_t to_guest_by_mret(uint64_t mpp)
{
    CSR_CLEAR(mstatus, MSTATUS_MPP);
    CSR_SET(mstatus, MSTATUS_MPV | mpp << MSTATUS_MPP_SHIFT);
    return mret_from_here(0);
}

static void from_m_mode(void)
{
    expect(1, to_guest_by_mret(MODE_M), 11);
    expect(2, CSR_READ(mstatus) & MSTATUS_MPV, 0);
}

void test(void)
{
    from_m_mode();

    for (unsigned spp = 0; spp < 2; spp++)
        for (unsigned spv = 0; spv < 2; spv++) {
            CSR_WRITE(hstatus, spv ? HSTATUS_SPV | HSTATUS_SPVP : 0);
            CSR_CLEAR(mstatus, MSTATUS_SPP);
            CSR_SET(mstatus, spp ? MSTATUS_SPP : 0);
            CSR_CLEAR(mstatus, MSTATUS_SIE);
            CSR_SET(mstatus, MSTATUS_SPIE);
            uint64_t cause = run_in_mode(IN_HS, sret_from_here, 0);
            expect_from(10 + 4 * spp + 2 * spv, cause, spp == 0 ? 8 : spv ? 10 : 9, spv);
            expect(20, CSR_READ(hstatus) & (HSTATUS_SPV | HSTATUS_SPVP), spv ? HSTATUS_SPVP : 0);
            expect(21, CSR_READ(mstatus) & (MSTATUS_SPP | MSTATUS_SIE | MSTATUS_SPIE), MSTATUS_SIE | MSTATUS_SPIE);
            CSR_CLEAR(mstatus, MSTATUS_SIE);
        }

    CSR_WRITE(hstatus, 0);
    for (unsigned spp = 0; spp < 2; spp++) {
        CSR_SET(mstatus, MSTATUS_SPP);
        CSR_WRITE(sepc, 0);
        CSR_WRITE(vsstatus, MSTATUS_SPIE | (spp ? MSTATUS_SPP : 0));
        uint64_t cause = run_in_mode(IN_VS, sret_from_here, 0);
        expect_from(30 + 2 * spp, cause, spp ? 10 : 8, true);
        expect(40, CSR_READ(vsstatus) & (MSTATUS_SPP | MSTATUS_SIE | MSTATUS_SPIE), MSTATUS_SIE | MSTATUS_SPIE);
        expect(41, CSR_READ(mstatus) & MSTATUS_SPP, MSTATUS_SPP);
        expect(42, CSR_READ(sepc), 0);
    }
}
