/* SPDX-License-Identifier: MIT */
/* How a kernel ends that has said hello. */
/* says: endless-loop */
/* fact: 1 instruction in M mode at pc */
/* fact: interrupts: off in M mode */
/* symbol: (halt+0x0) */
.section .text.start, "ax"
.global _start
_start:
    li t0, 0x10000000
    li t1, 'H'
    sb t1, (t0)
halt:
    j halt
