/* SPDX-License-Identifier: MIT */
/* A kernel that writes the character of a call, and makes an SBI call of its own for it, and then serves the call once more. */
/* address: 0x80200000 */
/* says: trap-again */
/* fact: environment call from U-mode in U mode at pc 0x400004 */
/* fact: a7 is 0x1, a0 0x2e at it */
/* options: --console none */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw stvec, t0
    la s0, root
    la t1, user
    srli t1, t1, 12
    slli t1, t1, 10
    li t2, 0x80000
    slli t2, t2, 10
    ori t2, t2, 0xcf
    sd t2, 16(s0)
    la t0, middle
    srli t2, t0, 12
    slli t2, t2, 10
    ori t2, t2, 1
    sd t2, (s0)
    la t0, leaf
    srli t2, t0, 12
    slli t2, t2, 10
    ori t2, t2, 1
    la t0, middle
    sd t2, 16(t0)
    la t0, leaf
    ori t1, t1, 0xdb
    sd t1, (t0)
    srli t0, s0, 12
    li t1, 8
    slli t1, t1, 60
    or t0, t0, t1
    csrw satp, t0
    sfence.vma
    li t0, 0x400000
    csrw sepc, t0
    li t0, 0x100
    csrc sstatus, t0
    li a0, '.'
    sret
.balign 8
handler:
    mv s1, a0
    csrr t1, time
    ecall
    mv a0, s1
    sret
.balign 4096
user:
    li a7, 1
    ecall
    j user
.bss
.balign 4096
root:
    .space 4096
middle:
    .space 4096
leaf:
    .space 4096
