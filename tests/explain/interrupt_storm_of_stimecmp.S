/* SPDX-License-Identifier: MIT */
/* A kernel on the SBI whose timer's date lies in the past for good. */
/* address: 0x80200000 */
/* says: interrupt-storm */
/* fact: supervisor timer interrupt in S mode */
/* fact: STIP stays pending: stimecmp is 77, and the time is */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw stvec, t0
    li t0, 77
    csrw stimecmp, t0
    li t0, 0x20
    csrw sie, t0
    csrsi sstatus, 2
1:  addi s0, s0, 1
    j 1b
.balign 4
handler:
    addi s1, s1, 1
    csrr t0, time
    sret
