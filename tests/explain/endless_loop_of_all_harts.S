/* SPDX-License-Identifier: MIT */
/* All harts but one are parked by main's caller, and main returns. */
/* options: --cpus 3 */
/* says: endless-loop */
/* fact: hart 1 loops at pc */
/* symbol: (park+0x0) */
.section .text.start, "ax"
.global _start
_start:
    bnez a0, park
    li t0, 300000
1:  addi t0, t0, -1
    bnez t0, 1b
    j halt
park:
    j park
halt:
    nop
    j halt
