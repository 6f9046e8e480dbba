/* SPDX-License-Identifier: MIT */
/* sp was never set, and the first push faults; the handler pushes, too. */
/* says: stack-outside-ram */
/* fact: store/AMO access fault in M mode */
/* fact: sp 0xfffffffffffffff0 (outside memory) */
/* symbol: (main+0x2) */
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    call main
main:
    addi sp, sp, -16
    sd ra, 8(sp)
    ret
.balign 4
handler:
    addi sp, sp, -16
    sd ra, 0(sp)
    mret
