/* SPDX-License-Identifier: MIT */
/* mstatus.TVM makes SINVAL.VMA illegal in S mode (norm:Svinval_illegal_instruction_tvm); SFENCE.W.INVAL
 * and SFENCE.INVAL.IR do not heed it (norm:Svinval_sfence_w_inval_inval_s_vs_mode). */
/* qemu: no, 7.2 has no Svinval by default */
#include "lib/env.h"

static uint64_t in_s_mode(uint64_t sinval)
{
    uint64_t unused = 0;
    expect(1, TRY(".word 0x16000073", unused, 0), sinval);
    expect(2, TRY(".word 0x16a50073", unused, 0), sinval); /* sinval.vma a0, a0 */
    if (sinval != NO_TRAP)
        expect(3, self()->tval, 0x16a50073);
    expect(4, TRY(".word 0x18000073", unused, 0), NO_TRAP);
    expect(5, TRY(".word 0x18100073", unused, 0), NO_TRAP);
    return 0;
}

void test(void)
{
    for (unsigned round = 0; round < 3; round++) {
        CSR_CLEAR(mstatus, MSTATUS_TVM);
        run_in(MODE_S, in_s_mode, NO_TRAP);
        CSR_SET(mstatus, MSTATUS_TVM);
        run_in(MODE_S, in_s_mode, CAUSE_ILLEGAL);
    }
}
