/* SPDX-License-Identifier: MIT */
/* The same on the built-in SBI, by a jump of two instructions. */
/* address: 0x80200000 */
/* says: endless-loop */
/* fact: 2 instructions in S mode at pc 0x8020000 */
.section .text.start, "ax"
.global _start
_start:
    li a7, 1
    li a0, 'H'
    ecall
halt:
    nop
    j halt
