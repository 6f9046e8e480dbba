/* SPDX-License-Identifier: MIT */
/* Virtual machines without page tables: functions run in VS and VU mode, and traps that go to HS and VS mode.
 *
 * hypervisor_setup() lets HS and VS mode take traps: what the test then delegates comes to trap_to_hs and trap_to_vs,
 * which note it in self() as M mode's handler does and go on where TRY() said. self()->handler tells who it was. */
#ifndef MICROVM_TESTS_GUEST_VIRT_H
#define MICROVM_TESTS_GUEST_VIRT_H

#include "lib/env.h"

#define CAUSE_VIRTUAL 22

#define MSTATUS_GVA (UINT64_C(1) << 38)
#define MSTATUS_MPV (UINT64_C(1) << 39)
#define HSTATUS_GVA (1 << 6)
#define HSTATUS_SPV (1 << 7)
#define HSTATUS_SPVP (1 << 8)
#define HSTATUS_HU (1 << 9)
#define HSTATUS_VTVM (1 << 20)
#define HSTATUS_VTW (1 << 21)
#define HSTATUS_VTSR (1 << 22)

#define MIP_VSSIP (1 << 2)
#define MIP_VSTIP (1 << 6)
#define MIP_VSEIP (1 << 10)
#define MIP_LCOFIP (1 << 13)

#define ENVCFG_STCE (UINT64_C(1) << 63)
#define STATEEN_SE (UINT64_C(1) << 63)
#define STATEEN_ENVCFG (UINT64_C(1) << 62)

void trap_to_hs(void);
void trap_to_vs(void);

/* Each mode below M, in the order in which tests run over them. */
enum { IN_U, IN_HS, IN_VU, IN_VS, MODES_BELOW_M };

static inline uint64_t run_in_mode(unsigned mode, uint64_t (*function)(uint64_t), uint64_t argument)
{
    bool virt = mode == IN_VU || mode == IN_VS;
    if (virt)
        CSR_SET(mstatus, MSTATUS_MPV);
    else
        CSR_CLEAR(mstatus, MSTATUS_MPV);
    uint64_t result = run_in(mode == IN_U || mode == IN_VU ? MODE_U : MODE_S, function, argument);
    CSR_CLEAR(mstatus, MSTATUS_MPV);
    return result;
}

static inline void hypervisor_setup(void)
{
    CSR_WRITE(stvec, trap_to_hs);
    CSR_WRITE(vstvec, trap_to_vs);
    CSR_WRITE(sscratch, self());
    CSR_WRITE(vsscratch, self());
    CSR_WRITE(mstateen0, STATEEN_SE | STATEEN_ENVCFG);
    CSR_WRITE(hstateen0, STATEEN_SE | STATEEN_ENVCFG);
}

#endif
