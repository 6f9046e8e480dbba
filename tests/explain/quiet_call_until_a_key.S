/* SPDX-License-Identifier: MIT */
/* A kernel whose user makes the same call until a key is pressed. */
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
    la t0, user
    csrw mepc, t0
    li s1, 0x10000000
    mret
.balign 4
handler:
    addi s3, s3, 1
    lbu t0, 5(s1)
    andi t0, t0, 1
    beqz t0, 1f
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
1:  mret
.balign 4096
user:
    ecall
    j user
