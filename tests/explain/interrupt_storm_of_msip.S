/* SPDX-License-Identifier: MIT */
/* A letter from the hart to itself that it never takes out of the box. */
/* says: interrupt-storm */
/* fact: machine software interrupt in M mode */
/* fact: MSIP stays pending: msip of this hart (at 0x2000000) is still 1 */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    li t0, 8
    csrw mie, t0
    li t1, 0x2000000
    sw t0, (t1)
    li t0, 1
    sw t0, (t1)
    csrsi mstatus, 8
1:  addi s0, s0, 1
    j 1b
.balign 4
handler:
    addi s1, s1, 1
    mret
