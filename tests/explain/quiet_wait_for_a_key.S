/* SPDX-License-Identifier: MIT */
/* A shell that polls for keys: somebody may press one. */
/* says: nothing */
.section .text.start, "ax"
.global _start
_start:
    li t0, 0x10000000
getc:
    lbu t1, 5(t0)
    andi t1, t1, 1
    beqz t1, getc
    lbu t1, 0(t0)
    j getc
