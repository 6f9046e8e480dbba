/* SPDX-License-Identifier: MIT */
/* once: it counts on CSRs and variables as they are at the start */
/* norm:htimedelta_sz_acc_op: VS and VU mode's time; norm:hip_vstip_op, norm:hip_vstip_clear: VSTIP follows vstimecmp at the next
 * instruction, with V = 0 as well, and cannot be cleared otherwise; norm:hip_vstip_vstie_acc_op: hvip is ORed in; the guest
 * gets it as its own timer interrupt. norm:menvcfg_stce_op2, norm:henvcfg_stce: without either STCE there is no comparator. */
#include "lib/virt.h"

#define DELTA (UINT64_C(0) - 1000000)

static uint64_t read_time(uint64_t unused)
{
    (void)unused;
    return CSR_READ(time);
}

static uint64_t wait_for_timer(uint64_t unused)
{
    uint64_t ticks = 50;
    (void)unused;
    CSR_WRITE(sie, MIP_STIP);
    return TRY("csrr t1, time\n add t1, t1, %0\n csrw stimecmp, t1\n csrsi sstatus, 2\n 1: j 1b", ticks, 0);
}

static bool pending(void)
{
    return CSR_READ(hip) & MIP_VSTIP;
}

void test(void)
{
    hypervisor_setup();
    CSR_WRITE(mcounteren, 7);
    CSR_WRITE(hcounteren, 7);
    CSR_WRITE(scounteren, 7);
    CSR_WRITE(menvcfg, ENVCFG_STCE);
    CSR_WRITE(henvcfg, ENVCFG_STCE);
    CSR_WRITE(htimedelta, DELTA);
    for (unsigned mode = 0; mode < MODES_BELOW_M; mode++) {
        uint64_t delta = mode == IN_VU || mode == IN_VS ? DELTA : 0;
        uint64_t before = CSR_READ(time), seen = run_in_mode(mode, read_time, 0) - delta;
        expect(1 + mode, seen >= before && seen <= CSR_READ(time), true);
    }

    CSR_WRITE(htimedelta, 0);
    CSR_WRITE(vstimecmp, UINT64_MAX);
    expect(10, pending(), false);
    CSR_WRITE(vstimecmp, CSR_READ(time));
    expect(11, pending(), true);
    CSR_WRITE(hvip, 0);
    expect(12, pending(), true);
    expect(13, CSR_READ(mip) >> 6 & 1, 1);
    CSR_WRITE(htimedelta, 0 - CSR_READ(time));
    expect(14, pending(), false);
    CSR_WRITE(hvip, MIP_VSTIP);
    expect(15, pending(), true);
    CSR_WRITE(hvip, 0);

    CSR_WRITE(vstimecmp, 0);
    expect(16, pending(), true);
    CSR_WRITE(henvcfg, 0);
    expect(17, pending(), false);
    CSR_WRITE(henvcfg, ENVCFG_STCE);
    expect(18, pending(), true);
    CSR_WRITE(menvcfg, 0);
    expect(19, pending(), false);
    expect(20, CSR_READ(henvcfg) & ENVCFG_STCE, 0);

    CSR_WRITE(menvcfg, ENVCFG_STCE);
    CSR_WRITE(henvcfg, ENVCFG_STCE);
    CSR_WRITE(vstimecmp, UINT64_MAX);
    CSR_WRITE(hideleg, MIP_VSTIP);
    expect(21, run_in_mode(IN_VS, wait_for_timer, 0), INTERRUPT(5));
    expect(22, self()->handler, HANDLED_BY_VS);
    expect(23, CSR_READ(stimecmp), UINT64_MAX);
    expect(24, CSR_READ(time) + CSR_READ(htimedelta) >= CSR_READ(vstimecmp), true);
}
