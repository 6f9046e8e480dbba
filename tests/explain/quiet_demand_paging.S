/* SPDX-License-Identifier: MIT */
/* A handler that maps the page that was missed, over and over: pages come and go. */
/* address: 0x80200000 */
/* says: nothing */
/* status: 0 */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw stvec, t0
    la s0, root
    li t1, 0x200000cf
    sd t1, 16(s0)
    srli t0, s0, 12
    li t1, 8
    slli t1, t1, 60
    or t0, t0, t1
    csrw satp, t0
    sfence.vma
    li s1, 60000
    li s2, 0x40000000
1:  ld t0, (s2)
    sd zero, 8(s0)
    sfence.vma
    addi s1, s1, -1
    bnez s1, 1b
    li a7, 0x53525354
    li a6, 0
    li a0, 0
    li a1, 0
    ecall
.balign 4
handler:
    li t1, 0x200000cf
    sd t1, 8(s0)
    sfence.vma
    sret
.bss
.balign 4096
root:
    .space 4096
