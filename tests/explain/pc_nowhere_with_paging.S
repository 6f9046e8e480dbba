/* SPDX-License-Identifier: MIT */
/* A call to a page that is not mapped: the walk is told. */
/* address: 0x80200000 */
/* says: pc-nowhere */
/* fact: instruction page fault in S mode at pc 0x40000000, tval 0x40000000 */
/* fact: page walk for the fetch at 0x40000000 */
/* fact: = 0x0: V is clear */
.option norvc
.section .text.start, "ax"
.global _start
_start:
    la t0, handler
    csrw stvec, t0
    la t0, root
    li t1, 0x200000cf               /* 1 GiB from 0x80000000 on: V R W X A D */
    sd t1, 16(t0)
    srli t0, t0, 12
    li t1, 8
    slli t1, t1, 60
    or t0, t0, t1
    csrw satp, t0
    sfence.vma
    lui t0, 0x40000
    jalr t0
.balign 4
handler:
    j handler
.bss
.balign 4096
root:
    .space 4096
