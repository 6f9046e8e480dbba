/* SPDX-License-Identifier: MIT */
/* The timer's interrupts were off for long: tens of thousands of ticks come at once, and each moves mtimecmp on by a little. */
/* says: nothing */
/* status: 0 */
/* insns: 40000000 */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    li t0, 0x80
    csrw mie, t0
    li s2, 0x2004000
    sd zero, (s2)
    li s0, 5000000
1:  addi s0, s0, -1
    bnez s0, 1b
    csrsi mstatus, 8
    li t0, 0x100000
    li t1, 0x5555
    sw t1, (t0)
1:  j 1b
.balign 4
handler:
    ld t0, (s2)
    addi t0, t0, 2
    sd t0, (s2)
    addi s1, s1, 1
    mret
