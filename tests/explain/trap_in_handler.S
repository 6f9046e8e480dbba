/* SPDX-License-Identifier: MIT */
/* A handler that saves its registers where mscratch points to: nowhere. */
/* says: trap-in-handler */
/* fact: breakpoint in M mode at pc 0x8000000c */
/* fact: traps itself: store/AMO access fault in M mode at pc 0x80000014 */
/* symbol: (handler+0x4) */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    ebreak
.balign 4
handler:
    csrrw a0, mscratch, a0
    sd t0, 8(a0)
    mret
