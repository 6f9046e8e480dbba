/* SPDX-License-Identifier: MIT */
/* A kernel that makes its user call a hundred times before it lets it go on, over and over. */
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
    la s0, calls
    mret
.balign 4
handler:
    ld t0, (s0)
    addi t0, t0, 1
    sd t0, (s0)
    li t1, 100
    bltu t0, t1, 1f
    sd zero, (s0)
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
1:  mret
.balign 4096
user:
    ecall
    j user
.data
calls:
    .dword 0
