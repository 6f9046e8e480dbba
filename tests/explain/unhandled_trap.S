/* SPDX-License-Identifier: MIT */
/* A handler that knows nothing better than to stop. */
/* says: unhandled-trap */
/* fact: load address misaligned in M mode */
/* symbol: (panic+0x0) */
.section .text.start, "ax"
.global _start
_start:
    la sp, stack_top
    la t0, handler
    csrw mtvec, t0
    li t0, 0x80001002
    lr.d t1, (t0)
.balign 4
handler:
    addi sp, sp, -16
    sd ra, 0(sp)
    call panic
panic:
    j panic
