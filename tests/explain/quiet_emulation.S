/* SPDX-License-Identifier: MIT */
/* A handler that emulates an instruction, 200,000 times. */
/* says: nothing */
/* status: 0 */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw mtvec, t0
    li s0, 200000
1:  csrr a0, 0x7c0
    addi s0, s0, -1
    bnez s0, 1b
    li t0, 0x100000
    li t1, 0x5555
    sw t1, (t0)
2:  j 2b
.balign 4
handler:
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
    li a0, 42
    mret
