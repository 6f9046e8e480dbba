/* SPDX-License-Identifier: MIT */
/* The wrong bit of the UART's line status. */
/* says: device-spin */
/* fact: uart16550 LSR (0x10000005, 1 byte) reads 0x60 (set: THRE, TEMT; clear: DR, */
/* fact: the loop looks at the bits 0x80 of it */
/* symbol: (putc+0x0) */
.section .text.start, "ax"
.global _start
_start:
    li t0, 0x10000000
putc:
    lbu t1, 5(t0)
    andi t1, t1, 0x80
    beqz t1, putc
