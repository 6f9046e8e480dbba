/* SPDX-License-Identifier: MIT */
/* norm:vsip_vsie_sei, norm:vsip_vsie_sti, norm:vsip_vsie_ssi, norm:hip_vssip_vssie_op, norm:mip_mie_alias: one bit, under its
 * names in mip, hip, hvip and, if hideleg gives it, in the guest's sip. SSIP is the one that the guest may write.
 * norm:vsip_vsie_sz_acc_op: HS-level interrupts do not show in the guest. */
#include "lib/virt.h"

static uint64_t read_sip(uint64_t unused)
{
    (void)unused;
    return CSR_READ(sip);
}

static uint64_t read_sie(uint64_t unused)
{
    (void)unused;
    return CSR_READ(sie);
}

static uint64_t write_sip(uint64_t value)
{
    CSR_WRITE(sip, value);
    return 0;
}

static uint64_t write_sie(uint64_t value)
{
    CSR_WRITE(sie, value);
    return 0;
}

#define ALL (MIP_VSSIP | MIP_VSTIP | MIP_VSEIP)

/* Enables are off while bits are pending, and the other way round: what hideleg does not give would be HS mode's at once. */
static void check_pending(uint64_t hideleg)
{
    CSR_WRITE(mie, 0);
    CSR_WRITE(hvip, ALL);
    expect(1, CSR_READ(hip), ALL);
    expect(2, CSR_READ(mip) & ALL, ALL);
    expect(3, CSR_READ(vsip), hideleg >> 1);
    expect(4, run_in_mode(IN_VS, read_sip, 0), hideleg >> 1);
    run_in_mode(IN_VS, write_sip, 0);
    expect(5, CSR_READ(hvip), ALL & ~(hideleg & MIP_VSSIP));
    expect(6, CSR_READ(sip), MIP_SSIP | MIP_SEIP);
    run_in_mode(IN_VS, write_sip, UINT64_MAX);
    expect(7, CSR_READ(hvip), ALL);
    CSR_WRITE(hvip, 0);
}

static void check_enables(uint64_t hideleg)
{
    CSR_WRITE(hie, ALL);
    expect(11, CSR_READ(mie), ALL);
    expect(12, CSR_READ(vsie), hideleg >> 1);
    expect(13, run_in_mode(IN_VS, read_sie, 0), hideleg >> 1);
    run_in_mode(IN_VS, write_sie, 0);
    expect(14, CSR_READ(hie), ALL & ~hideleg);
    expect(15, CSR_READ(mie), ALL & ~hideleg);
    run_in_mode(IN_VS, write_sie, UINT64_MAX);
    expect(16, CSR_READ(hie), ALL);
    expect(17, CSR_READ(sie), 0); /* norm:sie_hip_hie_mutex */
}

void test(void)
{
    CSR_WRITE(mideleg, UINT64_MAX);
    CSR_SET(mip, MIP_SSIP | MIP_SEIP);
    for (unsigned i = 0; i < 8; i++) {
        uint64_t hideleg = (i & 1 ? MIP_VSSIP : 0) | (i & 2 ? MIP_VSTIP : 0) | (i & 4 ? MIP_VSEIP : 0);
        CSR_WRITE(hideleg, hideleg);
        check_pending(hideleg);
        check_enables(hideleg);
    }
    CSR_WRITE(mie, 0);
    CSR_WRITE(hvip, ALL);
    CSR_WRITE(hip, 0);
    expect(21, CSR_READ(hvip), MIP_VSTIP | MIP_VSEIP);
    CSR_SET(mip, ALL);
    expect(22, CSR_READ(hvip), ALL);
    CSR_WRITE(hvip, 0);
    CSR_SET(mip, ALL);
    expect(23, CSR_READ(hip), MIP_VSSIP);
    CSR_WRITE(sie, UINT64_MAX);
    expect(24, CSR_READ(sie) & (ALL | 1 << 12), 0);
}
