/* SPDX-License-Identifier: MIT */
/* norm:vsstatus_fs_op: with either field off an FP instruction, or an access to fcsr, is illegal, never virtual
 * (norm:H_illegalinst_xstatus_fs_vs); one that changes FP state makes both dirty. With V = 0 vsstatus does not count.
 * norm:vsstatus_sd_xs_op: SD is each one's own. */
#include "lib/virt.h"

static uint64_t compute(uint64_t unused)
{
    return TRY("fadd.d ft0, ft1, ft2", unused, 0);
}

static uint64_t store(uint64_t unused)
{
    static uint64_t place;
    return TRY("fsd ft0, (%1)", unused, &place);
}

static uint64_t read_fcsr(uint64_t unused)
{
    return TRY("csrr %0, fcsr", unused, 0);
}

static void set_fs(unsigned hs, unsigned vs)
{
    CSR_CLEAR(mstatus, MSTATUS_FS);
    CSR_SET(mstatus, hs << 13);
    CSR_WRITE(vsstatus, vs << 13);
}

static void expect_fs(unsigned number, unsigned hs, unsigned vs)
{
    expect(number, CSR_READ(mstatus) >> 13 & 3, hs);
    expect(number + 1, CSR_READ(vsstatus) >> 13 & 3, vs);
    expect(number + 2, CSR_READ(vsstatus) >> 63, vs == 3);
    expect(number + 3, CSR_READ(sstatus) >> 63, hs == 3);
}

void test(void)
{
    for (unsigned i = 0; i < 16 * MODES_BELOW_M; i++) {
        unsigned hs = i & 3, vs = i >> 2 & 3, mode = i / 16;
        bool guest = mode == IN_VU || mode == IN_VS;
        uint64_t want = hs == 0 || (guest && vs == 0) ? CAUSE_ILLEGAL : NO_TRAP;
        set_fs(hs, vs);
        expect(1, run_in_mode(mode, read_fcsr, 0), want);
        expect(2, run_in_mode(mode, store, 0), want);
        expect_fs(10, hs, vs);
        expect(3, run_in_mode(mode, compute, 0), want);
        if (want == NO_TRAP)
            expect_fs(20, 3, guest ? 3 : vs);
        else
            expect_fs(30, hs, vs);
    }
}
