/* SPDX-License-Identifier: MIT */
/* A hart without stimecmp: nobody sets the SBI's timer anew. */
/* address: 0x80200000 */
/* says: interrupt-storm */
/* fact: STIP stays pending: the firmware's timer has gone off, and only SBI set_timer takes that away */
/* options: --cpu sstc=off */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw stvec, t0
    li a0, 1000
    li a7, 0x54494d45
    li a6, 0
    ecall
    li t0, 0x20
    csrw sie, t0
    csrsi sstatus, 2
1:  addi s0, s0, 1
    j 1b
.balign 4
handler:
    addi s1, s1, 1
    sret
