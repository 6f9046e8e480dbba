/* SPDX-License-Identifier: MIT */
/* Nothing to do for a scheduler but to let interrupts in for a moment, with the timer armed. */
/* says: nothing */
/* status: 0 */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    li t0, 0x80
    csrw mie, t0
    li s0, 0x2004000
    li t0, 20000
    sd t0, (s0)
1:  csrsi mstatus, 8
    csrci mstatus, 8
    j 1b
.balign 4
handler:
    li t0, 0x100000
    li t1, 0x5555
    sw t1, (t0)
2:  j 2b
