/* SPDX-License-Identifier: MIT */
.equ SSTATUS_SPP, 1 << 8

/* A round is 19 instructions: 7 of the program's, ecall and sret among all. It ends in a call with a7 set. */
.balign 4096
.globl user_program
user_program:
    li a7, 0
1:  addi a0, s0, 3
    xor a1, a0, s0
    ecall
    add s1, s1, a0
    slli a2, s1, 1
    addi s0, s0, -1
    bnez s0, 1b
    li a7, 1
    ecall
.balign 4096

/* What the shortest system call of a kernel does: a stack of its own, a register saved, the way back; a0 += a1. */
.balign 4
handler:
    csrrw sp, sscratch, sp
    sd t0, 0(sp)
    sd t1, 8(sp)
    csrr t0, sepc
    addi t0, t0, 4
    csrw sepc, t0
    bnez a7, calls_ended
    add a0, a0, a1
    ld t0, 0(sp)
    ld t1, 8(sp)
    csrrw sp, sscratch, sp
    sret

.globl run_user
run_user:
    addi sp, sp, -48
    sd s0, 16(sp)
    sd s1, 24(sp)
    sd ra, 32(sp)
    csrw sscratch, sp
    mv s0, a0
    li s1, 0
    la t0, handler
    csrw stvec, t0
    la t0, user_program
    csrw sepc, t0
    li t0, SSTATUS_SPP
    csrc sstatus, t0
    sret
calls_ended: /* sp is the one that run_user had */
    mv a0, s1
    ld s0, 16(sp)
    ld s1, 24(sp)
    ld ra, 32(sp)
    addi sp, sp, 48
    ret
