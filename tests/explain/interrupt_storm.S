/* SPDX-License-Identifier: MIT */
/* A handler that counts the timer's ticks and does not move mtimecmp. */
/* says: interrupt-storm */
/* fact: machine timer interrupt in M mode at pc 0x80000028 */
/* fact: MTIP stays pending: mtimecmp is 100, and the time is */
/* fact: the handler does not move it */
/* symbol: (work+0x4) */
/* symbol: mtvec is 0x80000030 (handler+0x0) */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    li t1, 0x2004000
    li t0, 100
    sd t0, (t1)
    li t0, 0x80
    csrw mie, t0
.balign 32
    csrsi mstatus, 8
work:
    addi s0, s0, 1
    j work
.balign 8
handler:
    addi s1, s1, 1
    mret
