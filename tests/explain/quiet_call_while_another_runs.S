/* SPDX-License-Identifier: MIT */
/* A kernel whose first task waits for the second by making its call again each time it has its turn. */
/* says: nothing */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    li t0, -1
    csrw pmpaddr0, t0
    csrwi pmpcfg0, 0x1f
    la s1, first
    la s2, second
    csrw mepc, s1
    mret
.balign 4
handler:
    csrr t0, mepc
    beq t0, s1, 1f
    addi s2, t0, 4
    csrw mepc, s1
    mret
1:  csrw mepc, s2
    mret
.balign 4096
first:
    ecall
    j first
second:
    addi s3, s3, 1
    ecall
    j second
