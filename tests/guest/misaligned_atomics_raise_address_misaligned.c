/* SPDX-License-Identifier: MIT */
/* LR, SC and AMO at addresses that are not multiples of their size trap, and store nothing
 * (norm:lr_sc_alignment, norm:amo_alignment). */
/* qemu: no, an SC without a reservation fails there before its address is looked at */
#include "lib/env.h"

static uint64_t words[2] = {0x1111111111111111, 0x2222222222222222};

static void check(unsigned number, uint64_t got, uint64_t want, uint64_t address)
{
    expect(number, got, want);
    expect(number + 1, self()->tval, address);
    expect(number + 2, words[0], 0x1111111111111111);
    expect(number + 3, words[1], 0x2222222222222222);
}

void test(void)
{
    uint64_t value = 5;
    for (uint64_t offset = 1; offset < 8; offset++) {
        uint64_t at = (uint64_t)words + offset;
        check(10, TRY("lr.d %0, (%1)", value, at), CAUSE_LOAD_MISALIGNED, at);
        check(20, TRY("sc.d %0, %0, (%1)", value, at), CAUSE_STORE_MISALIGNED, at);
        check(30, TRY("amoadd.d %0, %0, (%1)", value, at), CAUSE_STORE_MISALIGNED, at);
        check(40, TRY("amoswap.d x0, %0, (%1)", value, at), CAUSE_STORE_MISALIGNED, at);
        if (offset % 4 == 0)
            continue;
        check(50, TRY("lr.w %0, (%1)", value, at), CAUSE_LOAD_MISALIGNED, at);
        check(60, TRY("sc.w %0, %0, (%1)", value, at), CAUSE_STORE_MISALIGNED, at);
        check(70, TRY("amomaxu.w %0, %0, (%1)", value, at), CAUSE_STORE_MISALIGNED, at);
    }
    expect(80, value, 5);
}
