/* SPDX-License-Identifier: MIT */
/* A driver that claims and completes, but has nothing to send and leaves the transmitter's interrupt on. */
/* says: interrupt-storm */
/* fact: machine external interrupt in M mode */
/* fact: MEIP stays pending: source 10 at the PLIC (uart16550) asks, and the handler claims and completes it */
/* fact: but the device still asks */
/* fact: the UART's IER is 0x2, its IIR 0x2: the transmitter is empty */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    li s2, 0xc000000
    li t0, 1
    sw t0, 40(s2)
    li s3, 0xc002000
    li t0, 0x400
    sw t0, (s3)
    li s4, 0xc200000
    sw zero, (s4)
    li s5, 0x10000000
    li t0, 2
    sb t0, 1(s5)
    li t0, 0x800
    csrw mie, t0
    csrsi mstatus, 8
1:  addi s0, s0, 1
    j 1b
.balign 4
handler:
    lw t0, 4(s4)
    addi s1, s1, 1
    sw t0, 4(s4)
    mret
