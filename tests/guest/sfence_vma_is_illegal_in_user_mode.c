/* SPDX-License-Identifier: MIT */
/* SFENCE.VMA and the instructions of Svinval are illegal in U mode, whatever TVM says
 * (norm:mstatus_tvm_warl_op, norm:Svinval_illegal_instruction_u_mode,
 * norm:Svinval_sfence_w_inval_inval_u_mode); M mode may always. */
/* qemu: no, 7.2 has no Svinval by default */
#include "lib/env.h"

static uint64_t in_u_mode(uint64_t unused)
{
    expect(1, TRY("sfence.vma", unused, unused), CAUSE_ILLEGAL);
    expect(2, self()->tval, 0x12000073);
    expect(3, TRY("sfence.vma %1, x0", unused, unused), CAUSE_ILLEGAL);
    expect(4, TRY("sfence.vma x0, %1", unused, unused), CAUSE_ILLEGAL);
    expect(5, TRY(".word 0x16000073", unused, unused), CAUSE_ILLEGAL); /* sinval.vma x0, x0 */
    expect(6, self()->tval, 0x16000073);
    expect(7, TRY(".word 0x18000073", unused, unused), CAUSE_ILLEGAL); /* sfence.w.inval */
    expect(8, self()->tval, 0x18000073);
    expect(9, TRY(".word 0x18100073", unused, unused), CAUSE_ILLEGAL); /* sfence.inval.ir */
    expect(10, self()->tval, 0x18100073);
    return 0;
}

void test(void)
{
    for (unsigned round = 0; round < 3; round++) {
        uint64_t unused = 0;
        run_in(MODE_U, in_u_mode, 0);
        expect(11, TRY("sfence.vma\n .word 0x16000073\n .word 0x18000073\n .word 0x18100073", unused, 0), NO_TRAP);
        CSR_SET(mstatus, MSTATUS_TVM);
    }
}
