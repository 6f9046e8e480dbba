/* SPDX-License-Identifier: MIT */
/* A kernel that has its user sleep by letting it make the same call until the time has come. */
/* says: nothing */
/* status: 0 */
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
    li s1, 0x200bff8
    li s2, 30000
    mret
.balign 4
handler:
    ld t0, (s1)
    addi s3, s3, 1
    bltu t0, s2, 1f
    csrr t0, mepc
    addi t0, t0, 4
    csrw mepc, t0
1:  mret
.balign 4096
user:
    ecall
    li t0, 0x100000
    li t1, 0x5555
    sw t1, (t0)
1:  j 1b
