/* SPDX-License-Identifier: MIT */
/* U and VU mode's environment calls have cause 8, HS mode's 9, VS mode's 10 (norm:H_cause_ecall), all with nothing in
 * mtval, mtval2 and mtinst. medeleg has a bit for each (norm:medeleg_enc_txt), hedeleg for 8 alone (norm:hedeleg_acc). */
#include "lib/virt.h"

static uint64_t call(uint64_t unused)
{
    return TRY("li a7, 0\n ecall", unused, 0);
}

void test(void)
{
    static const uint64_t cause[MODES_BELOW_M] = {[IN_U] = 8, [IN_HS] = 9, [IN_VU] = 8, [IN_VS] = 10};
    CSR_WRITE(medeleg, UINT64_MAX);
    CSR_WRITE(hedeleg, UINT64_MAX);
    expect(20, CSR_READ(medeleg) & 0xf00, 0x700);
    expect(21, CSR_READ(hedeleg) & 0xf00, 0x100);
    CSR_WRITE(medeleg, 0);
    for (unsigned mode = 0; mode < MODES_BELOW_M; mode++) {
        CSR_WRITE(mtval, 1);
        CSR_WRITE(mtval2, 1);
        CSR_WRITE(mtinst, 1);
        expect(1 + mode, run_in_mode(mode, call, 0), cause[mode]);
        expect(10, self()->handler, HANDLED_BY_M);
        expect(11, self()->tval, 0);
        expect(12, self()->tval2, 0);
        expect(13, self()->tinst, 0);
    }
}
