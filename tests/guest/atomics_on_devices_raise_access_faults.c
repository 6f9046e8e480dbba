/* SPDX-License-Identifier: MIT */
/* Devices have no AMO, LR or SC: access faults, precise, LR's as a load (norm:pma_amo_levels,
 * norm:pma_rsrv_levels). */
/* qemu: no, it lets them through */
#include "lib/env.h"

void test(void)
{
    uint64_t value = 7;
    for (uint64_t at = UART; at <= UART + 4; at += 4) {
        expect(1, TRY("lr.w %0, (%1)", value, at), CAUSE_LOAD_ACCESS);
        expect(2, self()->tval, at);
        expect(3, TRY("sc.w %0, %0, (%1)", value, at), CAUSE_STORE_ACCESS);
        expect(4, self()->tval, at);
        expect(5, TRY("amoadd.w %0, %0, (%1)", value, at), CAUSE_STORE_ACCESS);
        expect(6, self()->tval, at);
    }
    expect(7, value, 7);
}
